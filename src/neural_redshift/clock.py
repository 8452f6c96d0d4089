"""Files whose times lie ahead of the clock: Snakemake would take them for inputs that changed after what they made."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

STEP = 1000  # nanoseconds


def bring_back(folders: Iterable[Path]) -> None:
    """Give files that are ahead of the clock times just before now, in the order of the times that they had.

    They come from a clock that was set back, or from another machine.
    """
    now, ahead = time.time_ns(), {}
    for file in (file for folder in folders for file in folder.rglob("*")):
        with suppress(OSError):  # a job of a run that was killed may still clear away
            if file.is_file() and (seen := file.stat().st_mtime_ns) > now:
                ahead[file] = seen
    moved = {seen: now - STEP * rank for rank, seen in enumerate(sorted(set(ahead.values()), reverse=True))}
    for file, seen in ahead.items():
        with suppress(OSError):  # where nothing can be written, Snakemake says so
            os.utime(file, ns=(moved[seen], moved[seen]))
