"""A program that kills steps of a campaign at random moments and lets them go on, and says what came of it.

It forks from one process that has loaded everything, so that a kill costs no more than the work that it spoils.

Usage: python -m tests.campaign.kills REFERENCE ROOT KILLS SEED

REFERENCE is a finished campaign, ROOT a folder for its copy. Each kind of step is killed in its turn. JSON on standard
output: kills by kind, how many of them came after a checkpoint, and differences.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import defaultdict
from pathlib import Path

from lmpmeso.campaign.folder import stored_campaign
from lmpmeso.campaign.study import study_steps
from lmpmeso.engine.make import Run, make
from lmpmeso.engine.step_files import StepFiles
from lmpmeso.files.run_folder import PARAMETERS_FILE
from tests.engine.programs import contents

WITHOUT_LAMMPS = ("elasticity", "dynamics", "structure", "summary")
"""Stages whose steps do not open LAMMPS, which bears no fork."""
FIRST_GUESS = 1.0
"""How long a step takes, before one has been seen [s]."""
TRIES = 20
"""Of a kill that comes after the end of its step."""


def forked(function):
    """The process id of a child that calls a function and ends."""
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def ended(child):
    """Whether a child ended by itself, and well."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class Killer:
    """Kills steps in a copy of a finished campaign."""

    def __init__(self, reference, root):
        shutil.copytree(reference, root)
        self.root = root
        self.reference = contents(reference)
        self.kinds = defaultdict(list)
        for step in study_steps(stored_campaign(root)):
            self.kinds[step.function.__name__].append(step)
        self.durations = {}

    def load(self):
        """Make what does without LAMMPS once in this process, so that no child has to load modules and compiled loops."""
        run = Run("load", time.time(), float("inf"), None, captures=False)
        for steps in self.kinds.values():
            if Path(steps[0].target).parts[-2].startswith(WITHOUT_LAMMPS):
                self.unmake(steps[0])
                assert make(self.root, steps[0], run).kind == "made"

    def unmake(self, step):
        """Remove all that a step has made."""
        folder, stem = (self.root / step.target).parent, (self.root / step.target).stem
        for path in list(folder.iterdir()):
            own = step.alone or path.name == stem or path.name.startswith((f"{stem}.", f"{stem}-"))
            if own and path.name != PARAMETERS_FILE:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def begin(self, step):
        """A child that makes a step."""
        run = Run("kills", time.time(), float("inf"), None, captures=True)

        def work():
            outcome = make(self.root, step, run)
            assert outcome.kind in ("made", "kept"), outcome

        return forked(work)

    def kill(self, step, generator):
        """Kill a step at a random moment, let it go on, and compare; None where it was over before."""
        kind = step.function.__name__
        self.unmake(step)
        child, began = self.begin(step), time.monotonic()
        time.sleep(generator.uniform(0.0, self.durations.get(kind, FIRST_GUESS)))
        os.kill(child, signal.SIGKILL)
        if ended(child):
            self.durations[kind] = 0.8 * (time.monotonic() - began)
            return None
        files = StepFiles(self.root, step.target)
        resumes = files.work.is_dir() and any(path.is_file() for path in files.work.rglob("*"))
        assert not files.is_done() or files.target.read_bytes() == self.reference[step.target]
        began = time.monotonic()
        assert ended(self.begin(step)), f"{step.target} does not go on"
        self.durations[kind] = max(self.durations.get(kind, 0.0), time.monotonic() - began)
        return resumes

    def differences(self):
        """Files of results that differ, or are in one of the two only."""
        here = {p: data for p, data in contents(self.root).items() if not p.startswith(".engine/")}
        there = {p: data for p, data in self.reference.items() if not p.startswith(".engine/")}
        return [p for p in sorted(here | there) if here.get(p) != there.get(p)]


def main(reference, root, kills, seed):
    generator, killer = random.Random(seed), Killer(Path(reference), Path(root))
    told = {"kills": defaultdict(int), "with_work": 0, "differences": []}
    killer.load()
    kinds = sorted(killer.kinds)
    for number in range(kills):
        kind = kinds[number % len(kinds)]
        for _ in range(TRIES):
            resumes = killer.kill(generator.choice(killer.kinds[kind]), generator)
            if resumes is not None:
                told["kills"][kind] += 1
                told["with_work"] += resumes
                break
        told["differences"] += killer.differences()
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
