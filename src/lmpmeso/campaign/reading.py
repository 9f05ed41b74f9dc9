"""From a campaign file (TOML) to a :class:`Campaign`; every fault is found before anything runs."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from lmpmeso.campaign.accelerators import swaps_fault
from lmpmeso.campaign.expected_relaxation import relaxation_of, temperature_of_relaxation
from lmpmeso.campaign.measurement import Measurement
from lmpmeso.campaign.measurements import MEASUREMENTS, sections
from lmpmeso.campaign.own_models import OwnModel, read_own_model
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.engine.resources import Resources, Slurm
from lmpmeso.errors import CampaignError, ModelError, StatisticsError
from lmpmeso.files.toml_faults import FaultFinder, dotted, nearest, toml_values
from lmpmeso.files.toml_lines import Path as KeyPath
from lmpmeso.hessians.particle_swaps import refuse_unswappable
from lmpmeso.models import (
    GlassModel,
    further_model_names,
    get_model,
    is_model_file,
    is_packaged_name,
    model_names,
    registered_names,
)

HERE = Path()
"""The current folder."""
SECTIONS: dict[str, type] = {
    **{kind.section: kind for kind in MEASUREMENTS if fields(kind)},  # type: ignore[arg-type]
    "resources": Resources,
}
"""The tables of a campaign file besides the list of liquids."""


def parse_campaign(text: str, source: str = "campaign", beside: Path = HERE) -> Campaign:
    """Check the text of a campaign file, which messages call ``source``; model files are looked for ``beside`` it.

    Raises:
        CampaignError: it is no TOML, or holds faults; all of them are told, with their lines.
    """
    values = toml_values(text, source, CampaignError)
    if "species" in values and "liquids" not in values:
        raise CampaignError(
            f"{source} is a model file, and a campaign is wanted: write one that names it, with [[liquids]], "
            f'model = "{Path(source).name}" and temperatures; `lmpmeso plan --preset ipl-mini --print > study.toml` '
            "gives one to begin with"
        )
    reader = _Reader(text, beside)
    campaign = reader.campaign(values)
    if campaign is None:
        raise CampaignError(reader.told(source))
    return campaign


class _Reader(FaultFinder):
    """From the values of a campaign file to the campaign."""

    def __init__(self, text: str, beside: Path):
        super().__init__(text, "campaign")
        self._beside = beside
        self._own: dict[str, OwnModel] = {}

    def campaign(self, values: dict[str, Any]) -> Campaign | None:
        """The campaign; None where it has faults."""
        top = self.keys((), values, Campaign, {"liquids", *SECTIONS})
        read = {
            name: section
            for name, kind in SECTIONS.items()
            if name in values
            and (section := self._section((name,), values[name], kind)) is not None
        }
        resources = read.pop("resources", Resources())
        liquids = self._liquids(values.get("liquids"))
        # Faulty sections have their defaults here, so that the faults of the others are found too.
        top = {"name": "campaign", **top}
        campaign = Campaign(**top, liquids=(), sections=sections(**read), resources=resources)
        resolved = {
            k: found
            for k, liquid in liquids.items()
            if (found := self._resolve(("liquids", k), liquid, campaign)) is not None
        }
        self._check_distinct(resolved)
        campaign = replace(campaign, liquids=tuple(resolved.values()))
        self._check_together(campaign, values)
        return None if self.faults else campaign

    def _section(self, path: KeyPath, values: Any, kind: type) -> Any:
        """A section as its object; None where it has faults."""
        if not isinstance(values, dict):
            self.fault(path, f"is a section: write its keys under [{dotted(path)}]")
            return None
        if kind is Resources and "slurm" in values:
            slurm = self._section((*path, "slurm"), values["slurm"], Slurm)
            read = self.keys(path, values, kind, {"slurm"})
            return None if slurm is None else Resources(**read, slurm=slurm)
        before = len(self.faults)
        read = self.keys(path, values, kind, {"slurm"} if kind is Resources else ())
        if len(self.faults) > before:
            return None
        return kind.from_keys(read) if issubclass(kind, Measurement) else kind(**read)

    def _liquids(self, values: Any) -> dict[int, dict[str, Any]]:
        """The keys of each liquid that has no fault so far, by its place in the list."""
        if not isinstance(values, list) or not values:
            self.fault(("liquids",), "a campaign needs at least one [[liquids]] with a model")
            return {}
        read = {}
        for k, liquid in enumerate(values):
            path: KeyPath = ("liquids", k)
            if not isinstance(liquid, dict):
                self.fault(path, "each liquid is a table: begin it with [[liquids]]")
                continue
            before = len(self.faults)
            keys = self.keys(path, liquid, Liquid, ())
            if ("temperatures" in liquid) == ("relaxation" in liquid):
                self.fault(path, "give either temperatures or relaxation (τ_α/t0)")
            if "model" in keys:
                self._check_model((*path, "model"), keys["model"])
            if len(self.faults) == before:
                read[k] = keys
        return read

    def _check_model(self, path: KeyPath, name: str) -> None:
        if name in registered_names():
            self.fault(
                path,
                f'"{name}" is known to this process alone, but a campaign works in others: give a model file',
            )
        elif not is_model_file(name):
            if not is_packaged_name(name):
                known = [*model_names(), *further_model_names()]
                words = f'unknown model "{name}"{nearest(name, known)}'
                self.fault(path, f"{words}; a model file ends in .toml")
        elif name not in self._own:
            try:
                own = read_own_model(name, self._beside)
            except ModelError as error:
                self.fault(path, str(error))
                return
            others = {known.model.name: known for known in self._own.values()}
            if own.model.name in others:
                self.fault(path, f"another model file is called {own.model.name}, too: rename one")
            self._own[name] = own

    def _resolve(self, path: KeyPath, given: dict[str, Any], campaign: Campaign) -> Liquid | None:
        """A liquid with everything that the file left to the defaults."""
        own = self._own.get(given["model"])
        model = get_model(given["model"]) if own is None else own.model
        before = len(self.faults)
        n_particles = given.get("n_particles", model.n_particles)
        self._check_size((*path, "n_particles"), model, n_particles)
        temperatures = given.get("temperatures") or self._temperatures(
            (*path, "relaxation"), model, given["relaxation"]
        )
        glasses = given.get("glasses", (campaign.glasses.number,))
        if len(glasses) == 1:
            glasses *= len(temperatures)
        if len(glasses) != len(temperatures):
            self.fault(
                (*path, "glasses"),
                f"{len(glasses)} numbers for {len(temperatures)} temperatures: give one for all, or "
                "one for each",
            )
        replicas = given.get("replicas", 1)
        if min(glasses) < replicas:
            self.fault(
                path, f"{replicas} replicas share {min(glasses)} glasses: each needs at least one"
            )
        key = "temperatures" if "temperatures" in given else "relaxation"
        if len(set(temperatures)) != len(temperatures):
            self.fault((*path, key), "a temperature occurs twice")
        if len(self.faults) > before:
            return None
        ordered = sorted(zip(temperatures, glasses, strict=True), reverse=True)
        resolved = {
            "model": given["model"] if own is None else model.name,
            "own_model": own,
            "n_particles": n_particles,
            "temperatures": tuple(t for t, _ in ordered),
            "glasses": tuple(n for _, n in ordered),
        }
        liquid = Liquid(**{**given, **resolved})
        species = model.species[model.largest_species]
        if given.get("q") is None and species.q_max is None:
            self.fault(path, f"q_max of {model.name} is not known: give q [1/σ]")
        self._check_relaxation(path, liquid, campaign)
        self._check_swaps((*path, "swap_below"), liquid)
        return None if len(self.faults) > before else liquid

    def _check_relaxation(self, path: KeyPath, liquid: Liquid, campaign: Campaign) -> None:
        """It must be known when to give up."""
        if campaign.equilibration.max_t0 is not None:
            return
        unknown = [t for t in liquid.temperatures if relaxation_of(liquid, t) is None]
        if unknown:
            swaps = " with swaps" if liquid.swapped(unknown[0]) else ""
            self.fault(
                path,
                f"no relaxation time of {liquid.model}{swaps} is known to plan with: give "
                "equilibration.max_t0, the time [t0] after which its equilibration is given up",
            )

    def _check_swaps(self, path: KeyPath, liquid: Liquid) -> None:
        """Swaps must mean something, and some temperature must be below theirs."""
        if liquid.swap_below is None:
            return
        try:
            refuse_unswappable(liquid.glass_model)
        except ModelError as error:
            self.fault(path, str(error))
        coldest = min(liquid.temperatures)
        if not liquid.swapped(coldest):
            self.fault(path, f"no temperature is below it; the lowest is {coldest:g}")

    def _temperatures(
        self, path: KeyPath, model: GlassModel, relaxation: tuple[float, ...]
    ) -> tuple[float, ...]:
        """The temperatures of given relaxation times."""
        found = []
        for k, tau in enumerate(relaxation):
            try:
                found.append(temperature_of_relaxation(model.name, tau))
            except StatisticsError as error:
                self.fault((*path, k), str(error))
                found.append(-float(k))
        return tuple(found)

    def _check_size(self, path: KeyPath, model: GlassModel, n_particles: int) -> None:
        """The box must hold two cut-offs, as minimum images and the Hessian need."""
        if model.topology is not None and n_particles != model.n_particles:
            self.fault(
                path,
                f"bonds of {model.name} join the {model.n_particles} particles of {model.topology.path.name}: leave "
                "n_particles out",
            )
            return
        edge = model.least_edge
        least = int(edge**model.dimension * model.density) + 1
        if n_particles < least:
            self.fault(
                path,
                f"{n_particles} particles of {model.name} fill a box with an edge shorter than twice the "
                f"cut-off, {edge:.4g} σ: at least {least} are needed",
            )
        elif (model.composition(n_particles) == 0).any():
            self.fault(path, f"{n_particles} particles leave a species of {model.name} empty")

    def _check_distinct(self, liquids: dict[int, Liquid]) -> None:
        """A model of one size is one liquid."""
        first: dict[tuple[str, int], int] = {}
        for k, liquid in liquids.items():
            known = first.setdefault((liquid.glass_model.name, liquid.n_particles), k)
            if known != k:
                self.fault(
                    ("liquids", k),
                    f"{liquid.model} with {liquid.n_particles} particles is liquids[{known}] already: "
                    "put its temperatures there",
                )

    def _check_together(self, campaign: Campaign, values: dict[str, Any]) -> None:
        """What sections demand of one another."""
        for name, section in campaign.sections.items():
            if section is not None:
                for key, words in section.faults(campaign, values.get(name, {})):
                    self.fault((name, key) if key else (name,), words)
        if fault := resources_fault(campaign.resources):
            self.fault(("resources", fault[0]), fault[1])
        if words := swaps_fault(campaign.resources.accelerator, campaign):
            self.fault(("resources", "accelerator"), words)


def resources_fault(resources: Resources) -> tuple[str, str] | None:
    """The key and the words of what is wrong with these resources, None if nothing is."""
    if resources.engine == "slurm" and resources.wall_time is None:
        return "wall_time", 'Slurm jobs need a wall_time, such as wall_time = "12:00:00"'
    if resources.workers is not None and resources.gpus > resources.workers:
        return (
            "gpus",
            f"{resources.gpus} workers with a GPU, but {resources.workers} workers in all",
        )
    return None
