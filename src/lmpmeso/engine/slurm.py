"""Workers as Slurm jobs: one process a job, replaced when its time is over."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lmpmeso.engine.dask_workers import (
    AT_START,
    GPU_RESOURCE,
    ONE_THREAD,
    DaskWorkers,
    connected_client,
    dashboard_options,
    dask_set_up,
    encryption,
    patient_end,
    with_dashboard,
)
from lmpmeso.engine.deadline import DEADLINE_VARIABLE
from lmpmeso.engine.make import Run
from lmpmeso.engine.resources import Resources
from lmpmeso.engine.step_files import ENGINE_FOLDER
from lmpmeso.errors import CampaignError, MissingDependencyError
from lmpmeso.files.interrupts import interrupt_handler_kept, interrupts_held_back
from lmpmeso.files.locks import is_locked, passing_lock

LOG_FOLDER = "slurm"
CERTIFICATES = "certificates"
LOCK_SUFFIX = ".lock"
CHECK_INTERVAL = 10.0
"""Time between two questions to Slurm about jobs that have no worker yet [s]."""
FAILED_STARTS = 3
"""So many jobs in a row that ended before their worker came are a fault of the set-up."""
LONGEST_SILENCE = 60
"""A worker whose program does not answer for so long ends itself [s]."""


@contextmanager
def slurm_workers(
    root: Path, resources: Resources, run: Run, say: Callable[[str], None]
) -> Iterator[DaskWorkers]:
    """As many jobs as asked for, each with one worker, and a GPU if any are asked for.

    Jobs end with the program; when that is killed, their workers notice within a minute.

    Raises:
        CampaignError: Slurm is not here, or refuses the jobs, or the workers do not come up.
        MissingDependencyError: Dask or dask-jobqueue is not installed.
    """
    n_gpus = resources.gpus
    n_jobs = n_gpus or resources.n_workers
    with dask_set_up(), _cluster(root, resources) as (cluster, security):
        _refuse_impossible(cluster.job_script())
        cluster.adapt(minimum_jobs=n_jobs, maximum_jobs=n_jobs)
        words = f"{n_jobs} Slurm jobs" + (", each with a GPU" if n_gpus else "")
        with connected_client(cluster, security) as client:
            look = JobWatch(cluster, root / ENGINE_FOLDER / LOG_FOLDER, say).look
            told = with_dashboard(words, cluster)
            yield DaskWorkers(
                root, run, client, n_jobs, n_gpus, told, replaced_in_time=True, check=look
            )


def cluster_class() -> Any:
    """Dask's cluster of Slurm jobs; MissingDependencyError where dask-jobqueue is not installed."""
    try:
        # Its import makes Ctrl-C a silent exit with status 0.
        with interrupt_handler_kept():
            from dask_jobqueue.slurm import SLURMCluster
    except ImportError as error:
        raise MissingDependencyError(
            f"Slurm needs dask-jobqueue: pip install 'lmpmeso[cluster]' ({error})"
        ) from error
    return SLURMCluster


@contextmanager
def _cluster(root: Path, resources: Resources) -> Iterator[tuple[Any, Any]]:
    slurm_cluster = cluster_class()
    slurm = resources.slurm
    logs = root / ENGINE_FOLDER / LOG_FOLDER
    logs.mkdir(parents=True, exist_ok=True)
    gpu = resources.gpus > 0
    with certificate_folder(root / ENGINE_FOLDER) as folder:
        security = security_in_files(folder)
        with interrupts_held_back():
            cluster = slurm_cluster(
                cores=1,
                processes=1,
                memory=slurm.memory,
                queue=slurm.partition,
                account=slurm.account,
                walltime=resources.wall_time,
                job_name="lmpmeso",
                interface=slurm.interface,
                protocol="tls://",
                security=security,
                scheduler_options={"port": 0} | dashboard_options(),
                job_script_prologue=prologue(resources),
                job_extra_directives=[*slurm.directives, *(["--gres=gpu:1"] if gpu else [])],
                worker_extra_args=_worker_arguments(gpu),
                death_timeout=LONGEST_SILENCE,
                log_directory=str(logs),
                silence_logs="critical",
            )
        try:
            yield cluster, security
        finally:
            with patient_end():
                cluster.close(timeout=20)


@contextmanager
def certificate_folder(parent: Path) -> Iterator[Path]:
    """A folder that every node sees and nobody else may enter; those that killed programs left are removed."""
    for left in parent.glob(f"{CERTIFICATES}-*{LOCK_SUFFIX}"):
        if not is_locked(left):
            shutil.rmtree(left.with_suffix(""), ignore_errors=True)
            left.unlink(missing_ok=True)
    folder = parent / f"{CERTIFICATES}-{secrets.token_hex(6)}"
    lock = folder.with_suffix(LOCK_SUFFIX)
    with passing_lock(lock, CampaignError(f"{lock} is in use")):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def security_in_files(folder: Path) -> Any:
    """Certificates for this program and its jobs, which read them from the folder."""
    from distributed import Security

    memory = encryption()
    paths = {}
    for name in ("tls_ca_file", "tls_worker_cert", "tls_worker_key"):
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(getattr(memory, name), encoding="utf-8")
        paths[name.removeprefix("tls_worker_").removeprefix("tls_")] = str(path)
    roles = {
        f"tls_{role}_{kind}": paths[kind]
        for role in ("client", "scheduler", "worker")
        for kind in ("cert", "key")
    }
    return Security(require_encryption=True, tls_ca_file=paths["ca_file"], **roles)


def prologue(resources: Resources) -> list[str]:
    """Shell lines of a job before its worker starts."""
    lines = [f"export {name}={value}" for name, value in ONE_THREAD.items()]
    if resources.wall_seconds is not None:
        lines.append(f"export {DEADLINE_VARIABLE}=$(( $(date +%s) + {resources.wall_seconds} ))")
    return [*lines, *resources.slurm.setup]


def _worker_arguments(gpu: bool) -> list[str]:
    arguments = ["--memory-limit", "0", "--no-dashboard", "--preload", AT_START]
    return [*arguments, "--resources", f"{GPU_RESOURCE}=1"] if gpu else arguments


def _refuse_impossible(script: str) -> None:
    """Refuse a job that Slurm would not take, or that is to run where there is no Slurm."""
    try:
        answer = subprocess.run(
            ["sbatch", "--test-only"], input=script, capture_output=True, text=True, timeout=60
        )
    except FileNotFoundError as error:
        raise CampaignError(
            "the engine 'slurm' needs sbatch, which is not on this machine; run it where jobs are "
            "submitted, or choose the engine 'local'"
        ) from error
    if answer.returncode != 0:
        raise CampaignError(
            f"Slurm refuses the jobs: {answer.stderr.strip()}; see [resources] of the campaign"
        )


class JobWatch:
    """Notices jobs that end before their worker comes up, which Dask would await for ever."""

    def __init__(self, cluster: Any, logs: Path, say: Callable[[str], None]):
        self._cluster = cluster
        self._logs = logs
        self._say = say
        self._asked = time.monotonic()
        self._failures = 0
        self._told = ""

    def look(self) -> None:
        """Now and then, look at the jobs without a worker.

        Raises:
            CampaignError: job after job has ended without a worker.
        """
        now = time.monotonic()
        if now - self._asked < CHECK_INTERVAL:
            return
        self._asked = now
        connected = {str(w["name"]) for w in self._cluster.scheduler_info["workers"].values()}
        jobs = {
            str(name): str(job.job_id)
            for name, job in self._cluster.workers.items()
            if getattr(job, "job_id", None) is not None
        }
        missing = {name: job for name, job in jobs.items() if name not in connected}
        if connected:
            self._failures = 0
        if not missing:
            return
        states = job_states(list(missing.values()))
        self._tell(states, len(jobs))
        gone = [name for name, job in missing.items() if job not in states]
        if not gone:
            return
        if not connected:
            self._failures += 1
        if self._failures >= FAILED_STARTS:
            raise CampaignError(
                f"Slurm jobs end before their worker has come up; the last of them wrote into "
                f"{self._logs}:\n{self._log_of(missing[gone[-1]])}"
            )
        # adapt() then asks for others in their place.
        self._cluster.sync(self._cluster.scale_down, gone)

    def _tell(self, states: dict[str, str], n_jobs: int) -> None:
        waiting = sum(state == "PENDING" for state in states.values())
        text = f"waiting for Slurm: {waiting} of {n_jobs} jobs are pending" if waiting else ""
        if text and text != self._told:
            self._say(text)
        self._told = text

    def _log_of(self, job: str) -> str:
        for path in sorted(self._logs.glob(f"*{job}*")):
            return path.read_text(encoding="utf-8", errors="replace")[-2000:].strip()
        return "(nothing)"


def job_states(jobs: list[str]) -> dict[str, str]:
    """States of those jobs that Slurm still has in its queue, e.g. ``PENDING``."""
    answer = subprocess.run(
        ["squeue", "--noheader", "--format=%i %T", "--states=PENDING,CONFIGURING,RUNNING"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    if answer.returncode != 0:
        # Slurm is too busy to answer: as if all were waiting.
        return dict.fromkeys(jobs, "UNKNOWN")
    states = dict(line.split() for line in answer.stdout.splitlines())
    return {job: states[job] for job in jobs if job in states}
