"""A SLURM cluster on this machine: one node, two pretend GPUs, all in one folder, for as long as a test needs it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from project import ROOT

PACKAGES = ("slurm-wlm", "slurmctld", "slurmd", "slurm-client", "munge")  # of Debian; .ci/run installs the same
CONFIGURATION = Path(
    "/etc/slurm/slurm.conf"
)  # where `srun` looks inside a job, which has no environment variable for it
GPUS = 2
SECONDS = 1200  # until a test that waits gives up: for a machine that does much else


def why_not() -> str:
    """Why no cluster can be started here, in a few words; empty if one can."""
    if os.geteuid() != 0:
        return "not root"
    if CONFIGURATION.exists() and not _left_by_a_killed_test():
        return f"{CONFIGURATION} exists: this machine belongs to a cluster"
    if not shutil.which("slurmctld") and not shutil.which("apt-get"):
        return "no SLURM, and no apt-get to install it"
    return ""


def _left_by_a_killed_test() -> bool:
    folder = CONFIGURATION.resolve().parent
    return CONFIGURATION.is_symlink() and not any("slurmctld" in line.split()[0] for line in processes_of(folder))


def wait_until(what: str, holds: Callable[[], object], seconds: float = SECONDS) -> None:
    """Return when something holds; fail after so many seconds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.1)


def ask(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def jobs() -> dict[str, str]:
    """Numbers of the jobs that wait or run, with the comment that says which rule each is."""
    lines = ask("squeue", "--noheader", "--format", "%A %k").splitlines()
    return dict(line.split(maxsplit=1) for line in lines)


@contextmanager
def cluster(folder: Path) -> Iterator[None]:
    """Partitions `batch` and `graphics` on this machine. Nothing is left of it but /etc/slurm."""
    if reason := why_not():
        assert "CI" not in os.environ, f"SLURM has to be tested here, but: {reason}"
        pytest.skip(reason)
    if not shutil.which("slurmctld"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        install = ("apt-get", "install", "-qq", "-y", "--no-install-recommends", *PACKAGES)
        subprocess.run(install, stdout=subprocess.DEVNULL, check=True)
    folder.mkdir()
    _configure(folder)
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        for command in _daemons(folder):
            with open(folder / f"{command[0]}.out", "wb") as out:
                daemons.append(subprocess.Popen(command, stdout=out, stderr=out))
            if command[0] == "munged":
                wait_until("munged", (folder / "munge.socket").exists)
        wait_until("an idle node", lambda: "idle" in subprocess.getoutput("sinfo --noheader --format %t"))
        try:
            yield
        finally:
            ask("scancel", "--user", "root")
            wait_until("no job", lambda: not jobs())
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            daemon.wait(60)
        CONFIGURATION.unlink()
        wait_until("no process", lambda: not processes_of(folder))


def processes_of(folder: Path) -> list[str]:
    """Command lines that name a folder, but for this process's own."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line and place.name != str(os.getpid()):
            found.append(line)
    return found


def _configure(folder: Path) -> None:
    name = socket.gethostname().split(".")[0]
    for place in ("spool", "state", "dev"):
        (folder / place).mkdir()
    for number in range(GPUS):
        os.mknod(folder / f"dev/nvidia{number}", 0o20666, os.makedev(1, 3))  # /dev/null under another name
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    (folder / "gres.conf").write_text(f"NodeName={name} Name=gpu File={folder}/dev/nvidia[0-{GPUS - 1}]\n")
    (folder / "slurm.conf").write_text(f"""
ClusterName=test
SlurmctldHost={name}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
ProctrackType=proctrack/pgid
KillWait=1
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
MinJobAge=3600
ReturnToService=2
GresTypes=gpu
SlurmdParameters=config_overrides
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdSpoolDir={folder}/spool
StateSaveLocation={folder}/state
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
NodeName={name} NodeAddr=127.0.0.1 CPUs=4 RealMemory=16000 Gres=gpu:{GPUS} State=UNKNOWN
PartitionName=batch Nodes=ALL Default=YES
PartitionName=graphics Nodes=ALL
""")
    CONFIGURATION.parent.mkdir(exist_ok=True)
    CONFIGURATION.unlink(missing_ok=True)
    CONFIGURATION.symlink_to(folder / "slurm.conf")


def _daemons(folder: Path) -> list[list[str]]:
    munged = ["munged", "--foreground", "--force", f"--key-file={folder}/munge.key", f"--socket={folder}/munge.socket"]
    munged += [f"--{kind}-file={folder}/munge.{kind}" for kind in ("pid", "log", "seed")]
    slurm = ["-D", "-f", f"{folder}/slurm.conf"]
    return [munged, ["slurmctld", "-i", *slurm], ["slurmd", *slurm]]


def environment_with_plugin(folder: Path) -> Path:
    """The python of an environment that has the plugin and, by reference, everything of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin/python"
    places = [next(Path(place, "lib").glob("python*/site-packages")) for place in (folder, sys.prefix)]
    (places[0] / "main.pth").write_text(f"{places[1]}\n")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-warn-script-location",
    ]
    subprocess.run([*command, "--requirement", ROOT / "envs/slurm.txt"], check=True)
    # Each time that no job has ended the plugin asks 10 s later than before; here a job takes seconds.
    plugin, slower = places[0] / "snakemake_executor_plugin_slurm/__init__.py", "_between_status_checks + 10,"
    text = plugin.read_text()
    assert slower in text
    plugin.write_text(text.replace(slower, "_between_status_checks + 1,"))
    return python


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL, and see that it is gone."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
