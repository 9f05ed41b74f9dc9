"""A model's parameters as plain data and as text to read."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from typing import Any

from lmpmeso.errors import ModelError
from lmpmeso.models.glass_model import GlassModel
from lmpmeso.models.lammps_styles import Style, lammps_pair_style
from lmpmeso.models.potentials import (
    PairPotential,
    SmoothInversePowerLaw,
    StickySphere,
    StillingerWeberThreeBody,
)
from lmpmeso.models.tables import potential_file_name


def describe_model(model: GlassModel) -> dict[str, Any]:
    """All parameters of a model as dicts, lists, strings and numbers, ready for JSON.

    Units are microscopic: ε [energy], σ [length], m = k_B = 1.
    """
    low, high = model.temperature_range
    return {
        "name": model.name,
        "interaction": model.interaction,
        "title": model.title,
        "dimension": model.dimension,
        "density": model.density,
        "a0": model.a0,
        "n_particles": model.n_particles,
        "species": [
            {"name": s.name, "lammps_type": k + 1, "fraction": s.fraction, "q_max": s.q_max}
            for k, s in enumerate(model.species)
        ],
        "largest_species": model.species[model.largest_species].name,
        "pair_potentials": [
            {
                "species": [model.species[a].name, model.species[b].name],
                "cutoff": potential.cutoff,
                **_parameters(potential),
            }
            for a, b, potential in model.species_pairs()
        ],
        "three_body": None if model.three_body is None else _parameters(model.three_body),
        "time_step": model.time_step,
        "high_temperature_time_step": model.high_temperature_time_step,
        "thermostat_time": model.thermostat_time,
        "temperature_range": [low, high],
        "lammps": {
            "pair_style": lammps_pair_style(model),
            "styles": _styles(model),
            "potential_file": potential_file_name(model),
        },
        "reference": model.reference,
    }


def model_text(model: GlassModel) -> str:
    """All parameters of a model as aligned text."""
    about = describe_model(model)
    low, high = about["temperature_range"]
    rows = [
        ("density", f"{model.density:g} σ^-{model.dimension}, a0 = {model.a0:.7g} σ"),
        ("particles", f"{model.n_particles}"),
        *((f"species {s['name']}", _species_text(s, about)) for s in about["species"]),
        *(("potential " + "-".join(p["species"]), _form_text(p)) for p in about["pair_potentials"]),
        ("time step", f"{model.time_step:g}, above T = 1: {model.high_temperature_time_step:g}"),
        ("thermostat time", f"{model.thermostat_time:g}"),
        ("temperatures", f"{low:g} to {high:g}"),
        ("LAMMPS", f"pair_style {about['lammps']['pair_style']}; {_styles_text(about)}"),
        ("reference", model.reference),
    ]
    if about["three_body"] is not None:
        rows.insert(-5, ("three-body term", _form_text(about["three_body"])))
    width = max(len(label) for label, _ in rows)
    lines = [f"  {label:<{width}}  {text}" for label, text in rows]
    return "\n".join([f"{model.name}: {model.title}", *lines])


def _parameters(term: PairPotential | StillingerWeberThreeBody) -> dict[str, Any]:
    """Form and parameters of a potential."""
    fields = asdict(term) if is_dataclass(term) and not isinstance(term, type) else {}
    parameters: dict[str, Any] = {"form": type(term).__name__, "cutoff": term.cutoff, **fields}
    if isinstance(term, SmoothInversePowerLaw | StickySphere):
        parameters["coefficients"] = {f"x^{n}": c for n, c in term.coefficients.items()}
    return parameters


def _styles(model: GlassModel) -> dict[str, str]:
    """The LAMMPS pair styles that can hold the model, by the ``style`` that asks for them."""
    styles: tuple[Style, ...] = ("native", "table", "lepton")
    possible: dict[str, str] = {}
    for style in styles:
        try:
            possible[style] = lammps_pair_style(model, style)
        except ModelError:
            continue
    return possible


def _species_text(species: dict[str, Any], about: dict[str, Any]) -> str:
    """Fraction, LAMMPS type and q_max of one species."""
    text = f"{species['fraction']:.0%}, LAMMPS type {species['lammps_type']}"
    if species["q_max"] is not None:
        text += f", q_max = {species['q_max']:g} σ^-1"
    if species["name"] == about["largest_species"]:
        text += "; F_s and the MSD refer to it"
    return text


def _form_text(parameters: dict[str, Any]) -> str:
    """Form, cut-off and parameters of one term."""
    numbers = ", ".join(
        f"{name} {value:g}"
        for name, value in parameters.items()
        if isinstance(value, int | float) and name != "cutoff"
    )
    return f"{parameters['form']}, cut-off {parameters['cutoff']:.6g} σ ({numbers})"


def _styles_text(about: dict[str, Any]) -> str:
    """Which styles are possible, and the file."""
    styles = ", ".join(f"{way}: {name}" for way, name in about["lammps"]["styles"].items())
    return f"possible: {styles}; file {about['lammps']['potential_file']}"
