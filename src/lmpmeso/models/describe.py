"""A model's parameters as plain data and as text to read."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from typing import Any

from lmpmeso.errors import ModelError
from lmpmeso.models.embedded_atom import EmbeddedAtom
from lmpmeso.models.formula import FormulaPotential
from lmpmeso.models.formula_text import pair_formula, pair_numbers, three_body_text
from lmpmeso.models.glass_model import GlassModel
from lmpmeso.models.lammps_styles import Style, lammps_pair_style
from lmpmeso.models.potentials import (
    PairPotential,
    SmoothInversePowerLaw,
    StickySphere,
    StillingerWeberThreeBody,
)
from lmpmeso.models.sizes import Sizes
from lmpmeso.models.tables import potential_file_name
from lmpmeso.models.topology import Topology
from lmpmeso.models.units import units_style


def describe_model(model: GlassModel) -> dict[str, Any]:
    """All parameters of a model as dicts, lists, strings and numbers, ready for JSON.

    Numbers are in LAMMPS's units style ``units``.
    """
    return {
        "name": model.name,
        "interaction": model.interaction,
        "title": model.title,
        "dimension": model.dimension,
        "units": model.units,
        "density": model.density,
        "a0": model.a0,
        "n_particles": model.n_particles,
        "species": [
            {
                "name": s.name,
                "lammps_type": k + 1,
                "fraction": s.fraction,
                "mass": s.mass,
                "charge": s.charge,
                "q_max": s.q_max,
            }
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
        "embedding": None if model.embedding is None else _parameters(model.embedding),
        **({} if model.sizes is None else {"sizes": asdict(model.sizes)}),
        "time_step": model.time_step,
        "high_temperature_time_step": model.high_temperature_time_step,
        "thermostat_time": model.thermostat_time,
        "temperature_range": model.temperature_range and list(model.temperature_range),
        "lammps": {
            "pair_style": lammps_pair_style(model),
            "styles": _styles(model),
            "potential_file": None
            if model.lammps is not None or model.sizes is not None
            else potential_file_name(model),
            **({} if model.lammps is None else {"commands": list(model.lammps.commands)}),
        },
        **({} if model.topology is None else {"joined": _joined(model.topology)}),
        "dipole_cutoffs": model.dipole_cutoffs and [list(row) for row in model.dipole_cutoffs],
        "reference": model.reference,
    }


def model_text(model: GlassModel) -> str:
    """All parameters of a model as aligned text."""
    about = describe_model(model)
    length = model.units_style.length_unit
    rows = [
        ("density", f"{model.density:g} {length}^-{model.dimension}, a0 = {model.a0:.7g} {length}"),
        ("particles", f"{model.n_particles}"),
        *((f"species {s['name']}", _species_text(s, about)) for s in about["species"]),
        *_potential_rows(model),
        ("time step", _time_step_text(model)),
        ("thermostat time", f"{model.thermostat_time:g} {model.units_style.time_unit}"),
        ("temperatures", _temperatures_with_unit(model)),
        ("LAMMPS", f"pair_style {about['lammps']['pair_style']}; {_styles_text(about)}"),
        ("reference", model.reference or "none given"),
    ]
    if model.lammps is not None:
        rows[-2:-1] = [("LAMMPS", command) for command in model.lammps.commands]
    if model.topology is not None:
        joined = _joined(model.topology)
        lists = ", ".join(f"{joined[what]} {what}" for what in ("bonds", "angles", "molecules"))
        rows.insert(2, ("joined", f"{lists}: {joined['data_file']}"))
    if model.dipole_cutoffs is not None:
        before = [label for label, _ in rows].index("time step")
        rows.insert(before, ("dipole pairs", _dipole_pairs_text(model)))
    rows.insert(0, ("units", _units_text(model)))
    if model.three_body is not None:
        rows.insert(-5, ("three-body term", three_body_text(model.three_body, model.units_style)))
    if model.sizes is not None:
        rows.insert(-4, ("sizes", _sizes_text(model.sizes)))
    if model.embedding is not None:
        rows.insert(-5, ("embedding", f"Σ_i F_i(Σ_j ρ_ji(r_ij)): {model.embedding.text}"))
    width = max(len(label) for label, _ in rows)
    lines = [f"  {label:<{width}}  {text}" for label, text in rows]
    return "\n".join([f"{model.name}: {model.title}", *lines])


def _potential_rows(model: GlassModel) -> list[tuple[str, str]]:
    """φ(r): the formula, once where all pairs share it, and the constants of each pair."""
    if model.lammps is not None:
        return [
            ("potential", "as LAMMPS computes it by the commands below; no formula is known here")
        ]
    style = model.units_style
    length = "σ_ij" if model.sizes else style.length_unit
    found = {
        "-".join(model.species[k].name for k in (a, b)): potential
        for a, b, potential in model.species_pairs()
    }
    formulas = {
        name: pair_formula(potential) or f"of the class {type(potential).__name__}, in Python"
        for name, potential in found.items()
    }
    numbers = {name: pair_numbers(potential, length, style) for name, potential in found.items()}
    if len(set(formulas.values())) == 1:
        shared = ("potential", f"φ(r) = {next(iter(formulas.values()))}")
        return [shared, *((f"  {name}", words) for name, words in numbers.items())]
    return [(f"potential {name}", f"φ(r) = {formulas[name]}; {numbers[name]}") for name in found]


def _dipole_pairs_text(model: GlassModel) -> str:
    """Up to which distance particles are a pair whose κ is asked for."""
    cutoffs = model.dipole_cutoffs or ()
    names = [species.name for species in model.species]
    told = [
        f"{names[a]}-{names[b]} {cutoffs[a][b]:g}"
        for a in range(len(names))
        for b in range(a, len(names))
    ]
    return f"closer than {', '.join(told)} {model.units_style.length_unit}"


def _sizes_text(sizes: Sizes) -> str:
    """Diameters of the particles, and what the size of a pair is."""
    return (
        f"diameters from {sizes.smallest:g} to {sizes.largest:g}, drawn from p(σ) ∝ σ^{sizes.exponent:g}; "
        f"σ_ij = (σ_i + σ_j)/2 (1 - {sizes.nonadditivity:g} |σ_i - σ_j|); r of the potential is r/σ_ij"
    )


def _joined(topology: Topology) -> dict[str, Any]:
    """How many bonds, angles and molecules there are, and the file that lists them."""
    return {
        "data_file": str(topology.path),
        "bonds": len(topology.bonds_b3),
        "angles": len(topology.angles_a4),
        "molecules": int(topology.molecules().max()),
    }


def temperatures_text(model: GlassModel) -> str:
    """The temperatures of interest, e.g. ``0.5 to 2``."""
    if model.temperature_range is None:
        return "not known"
    low, high = model.temperature_range
    return f"{low:g} to {high:g}"


def _temperatures_with_unit(model: GlassModel) -> str:
    """The same with the unit, where there are any."""
    text = temperatures_text(model)
    return (
        text if model.temperature_range is None else f"{text} {model.units_style.temperature_unit}"
    )


def _time_step_text(model: GlassModel) -> str:
    """The integration step, and the other one above T = 1."""
    text = f"{model.time_step:g} {model.units_style.time_unit}"
    if model.high_temperature_time_step == model.time_step:
        return text
    return f"{text}, above T = 1: {model.high_temperature_time_step:g}"


def _units_text(model: GlassModel) -> str:
    """The units style and what it measures in."""
    style = model.units_style
    return (
        f"{style.name}: lengths {style.length_unit}, times {style.time_unit}, masses {style.mass_unit}, energies "
        f"{style.energy_unit}, temperatures {style.temperature_unit}"
    )


def _parameters(term: PairPotential | StillingerWeberThreeBody | EmbeddedAtom) -> dict[str, Any]:
    """Form and parameters of a potential."""
    parameters: dict[str, Any] = {"form": type(term).__name__, "cutoff": term.cutoff}
    if is_dataclass(term):
        told = [f.name for f in fields(term) if f.metadata.get("identity", True)]
        parameters |= {name: getattr(term, name) for name in told}
    if isinstance(term, FormulaPotential):
        parameters["constants"] = dict(term.constants)
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
    text = f"{100 * species['fraction']:.4g}%, LAMMPS type {species['lammps_type']}"
    style = units_style(about["units"])
    if species["mass"] != 1.0:
        text += f", mass {species['mass']:g} {style.mass_unit}"
    if species["charge"]:
        text += f", charge {species['charge']:g}"
    if species["q_max"] is not None:
        text += f", q_max = {species['q_max']:g} {style.length_unit}^-1"
    if species["name"] == about["largest_species"]:
        text += "; F_s and the MSD refer to it"
    return text


def _styles_text(about: dict[str, Any]) -> str:
    """Which styles are possible, and the file."""
    possible = about["lammps"]["styles"].items()
    styles = ", ".join(way if way == name else f"{way} ({name})" for way, name in possible)
    file = about["lammps"]["potential_file"]
    return f"possible: {styles}" + (f"; file {file}" if file else "")
