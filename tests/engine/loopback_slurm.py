"""A Slurm of one node on this machine's loopback, for tests: real daemons, no systemd, no cgroups."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
CPUS = 8
"""That the node pretends to have, so that the jobs of a new program need not wait for those of a killed one."""
START = 60.0
"""Time for the node to come up [s]."""
CONFIGURATION = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=2
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
InactiveLimit=0
KillWait=2
MailProg=/bin/true
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
CGROUPS = "CgroupPlugin=autodetect\nConstrainCores=no\nConstrainDevices=no\nConstrainRAMSpace=no\n"


class SlurmNotHereError(Exception):
    """It cannot be started here; says why."""


@contextmanager
def loopback_slurm(folder: Path):
    """Start the daemons in a folder with a short path; ``SLURM_CONF`` for its commands, until the end.

    Raises:
        SlurmNotHereError: a program is missing, or the node does not come up.
    """
    missing = [name for name in PROGRAMS if not _program(name)]
    if missing:
        raise SlurmNotHereError(f"{', '.join(missing)} not installed")
    configuration = _write_configuration(folder)
    try:
        _start(
            "munged",
            "--force",
            f"--socket={folder}/munge.sock",
            f"--key-file={folder}/munge.key",
            f"--pid-file={folder}/munged.pid",
            f"--log-file={folder}/munged.log",
            f"--seed-file={folder}/munge.seed",
        )
        _start("slurmctld", "-f", str(configuration))
        _start("slurmd", "-f", str(configuration), "-N", _host())
        _wait_for_the_node(configuration)
        yield str(configuration)
    finally:
        for name in ("slurmd", "slurmctld", "munged"):
            _end(folder / f"{name}.pid")


def _write_configuration(folder: Path) -> Path:
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(1024))
    (folder / "cgroup.conf").write_text(CGROUPS, encoding="utf-8")
    controller_port, node_port = _free_ports(2)
    path = folder / "slurm.conf"
    text = CONFIGURATION.format(
        host=_host(),
        folder=folder,
        user=pwd.getpwuid(os.getuid()).pw_name,
        cpus=CPUS,
        controller_port=controller_port,
        node_port=node_port,
    )
    path.write_text(text, encoding="utf-8")
    return path


def _program(name):
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _host():
    return socket.gethostname().partition(".")[0]


def _free_ports(number):
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _start(name, *arguments):
    done = subprocess.run([_program(name), *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise SlurmNotHereError(f"{name}: {done.stderr.strip()}")


def _wait_for_the_node(configuration):
    environment = os.environ | {"SLURM_CONF": str(configuration)}
    end = time.monotonic() + START
    while time.monotonic() < end:
        answer = subprocess.run(
            ["sinfo", "--noheader", "--format=%T"], capture_output=True, text=True, env=environment
        )
        if answer.stdout.startswith("idle"):
            return
        time.sleep(0.2)
    raise SlurmNotHereError(f"its node does not come up: {answer.stdout}{answer.stderr}".strip())


def _end(pid_file):
    """End a daemon that was started here, if it was."""
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < end:
        time.sleep(0.05)
