"""One run at a time in a folder, by a lock that the operating system lets go of when its holder dies.

Snakemake's own lock is a file, which a killed run leaves behind, so that the next run refuses to start.
Whoever holds this lock knows that such a file is stale, and removes it.
"""

import errno
import os
import re
import shutil
from pathlib import Path
from typing import IO

ROOM = 2**20  # bytes that Snakemake's record of a run needs at the least


class Busy(Exception):
    """Another run works in the folder."""


LOOKING = {"--dry-run", "--dryrun", "--lint", "--list", "--list-rules", "--list-target-rules", "--list-changes"}
LOOKING |= {"--summary", "--detailed-summary", "--dag", "--rulegraph", "--filegraph", "--d3dag", "--report", "check"}


def looks_only(arguments: list[str]) -> bool:
    """Whether a call of snakemake with these arguments runs nothing that writes results: -n, -np, --list, check, …"""
    short = any(re.fullmatch("-[pqFrv]*[nlSD][pqFrv]*", argument) for argument in arguments)
    return short or bool(LOOKING & set(arguments))


def take(folder: Path) -> IO[str] | None:
    """Take the lock of a `.snakemake` folder, and clear what a killed run left; hold it while the file is open.

    None where the system has no such locks (Windows). Raises Busy where another process holds it, OSError where
    nothing can be written.
    """
    try:
        import fcntl
    except ImportError:
        return None
    folder.mkdir(exist_ok=True)
    if shutil.disk_usage(folder).free < ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    file = open(folder / "neural_redshift.lock", "a+", encoding="ascii")  # noqa: SIM115
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip()
        raise Busy(f"process {holder} is running in {folder.parent.resolve()}; wait for it, or stop it") from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    for stale in (folder / "locks").glob("*.lock"):
        stale.unlink()
    return file
