"""``lmpmeso plan``: what a campaign will take, before anything runs."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import add_json
from lmpmeso.cli.campaign_file import add_campaign, chosen_campaign
from lmpmeso.cli.console import aligned, say
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.campaign.plan import Plan

SUMMARY = "what a campaign will take: tasks, core-hours, disk, memory"
DESCRIPTION = """\
Check a campaign file and tell what it will take, before anything runs. Every fault of the file is told at once,
with its line.

  lmpmeso plan campaign.toml
  lmpmeso plan --preset ipl-laptop --workers 8
  lmpmeso plan --preset ipl-mini --print > mine.toml     a file to begin with

Core-hours rest on measured speeds and on expected relaxation times: good to a factor of two where τ_α is
"measured" or "interpolated", to an order of magnitude where it is not.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_campaign(command)
    command.add_argument(
        "--print", action="store_true", dest="print_file", help="print the campaign file instead"
    )
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Estimate and tell."""
    from lmpmeso.campaign.accelerators import with_settled_accelerator
    from lmpmeso.campaign.plan import caveats, plan_campaign
    from lmpmeso.campaign.study import study_steps

    chosen = chosen_campaign(arguments)
    if arguments.print_file:
        return chosen.text
    campaign = with_settled_accelerator(chosen.campaign)
    plan = plan_campaign(campaign)
    groups = Counter(step.group for step in study_steps(campaign))
    workers = campaign.resources.n_workers
    hours = plan.hours_with(workers)
    if arguments.json:
        return json_text(
            {
                "name": campaign.name,
                "tasks": sum(groups.values()),
                "tasks_per_stage": dict(groups),
                "core_hours": plan.core_hours,
                "core_hours_besides": plan.besides(workers),
                "workers": workers,
                "hours": hours,
                "longest_chain_hours": plan.longest_chain,
                "disk_gib": plan.disk,
                "memory_per_worker_gib": plan.memory,
                "state_points": plan.table().to_dict("records"),
                "caveats": caveats(plan),
            }
        )
    for caveat in caveats(plan):
        say(f"note: {caveat}")
    return "\n".join(
        [
            _state_points(plan, groups),
            f"{sum(groups.values()):,} tasks, {_hours(plan.core_hours)} of one core; "
            f"{_hours(hours)} with {workers} workers ({campaign.resources.engine}), of which the "
            f"longest chain of tasks takes {_hours(plan.longest_chain)}",
            f"besides, some {_hours(plan.besides(workers))} of one core to start the workers, and for tables, "
            "figures and page at the end",
            f"{_size(plan.disk)} of disk, {_size(plan.memory)} of memory for each worker\n",
        ]
    )


def _state_points(plan: Plan, groups: Counter[str]) -> str:
    """A row a state point."""
    kinds = list(dict.fromkeys(k for point in plan.state_points for k in point.core_hours))
    rows = [["model", "N", "T", "τ_α/t0", "", "glasses", "tasks", *kinds, "disk"]]
    for point in plan.state_points:
        label = f"{point.liquid.model} T={point.temperature:g} "
        tasks = sum(n for group, n in groups.items() if group.startswith(label))
        rows.append(
            [
                point.liquid.model,
                str(point.liquid.n_particles),
                f"{point.temperature:g}",
                f"{point.expected.tau_over_t0:.3g}",
                point.expected.origin,
                str(point.liquid.glasses_at(point.temperature)),
                str(tasks),
                *(_hours(point.core_hours[k]) if k in point.core_hours else "" for k in kinds),
                _size(point.disk),
            ]
        )
    return aligned(rows)


UNITS_OF_TIME = (("years", 8766.0), ("days", 24.0), ("h", 1.0), ("min", 1.0 / 60.0))
"""Units and their lengths [h]; one serves from two of it on."""


def _hours(hours: float) -> str:
    """A time in the unit that suits it."""
    for unit, length in UNITS_OF_TIME:
        if hours >= 2.0 * length:
            return f"{_two_digits(hours / length)} {unit}"
    return f"{3600.0 * hours:.0f} s"


def _size(gib: float) -> str:
    """A size in the unit that suits it."""
    if gib >= 1024.0:
        return f"{_two_digits(gib / 1024.0)} TiB"
    if gib >= 1.0:
        return f"{_two_digits(gib)} GiB"
    return f"{max(1.0, 1024.0 * gib):.0f} MiB"


def _two_digits(x: float) -> str:
    """As exact as an estimate deserves."""
    if x >= 1e5:
        return f"{x:.0e}"
    return f"{x:.1f}" if x < 9.95 else f"{x:,.0f}"
