"""One comparison on so many cores, in a process of its own; called by `python -m benchmarks`.

    python -m benchmarks.worker NAME CORES QUICK PATH

writes the rows to PATH as JSON. The cores are set before a library that counts them is imported.
"""

import os
import sys


def main(name: str, cores: int, quick: bool, path: str) -> None:
    """Measure and write."""
    if not hasattr(os, "sched_setaffinity"):
        raise SystemExit("a process is bound to its cores by Linux alone; run the benchmarks there")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{library}_NUM_THREADS"] = str(cores)

    from benchmarks.measuring import measure

    measure(name, cores, quick, path)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "quick", sys.argv[4])
