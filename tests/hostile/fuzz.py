"""Look for a file that a reader does not survive, and keep it.

    PYTHONPATH=src:tests:tests/hostile nice python tests/hostile/fuzz.py [seconds]

Every file that ends otherwise than in a value or a sentence goes into tests/hostile/corpus, where tests find it.
"""

import hashlib
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, seed, settings

from mutations import spoilt
from readers import CORPUS, READERS, Hang, survive, whole

EACH = 2  # files that are kept of each end


def fuzz(name: str, number: int, tried: Counter[str], ends: Counter[str]) -> None:
    """A hundred spoilt files for a reader, others for each number; `ends` counts how they ended, but for a value."""

    @seed(number)
    @settings(
        max_examples=100,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(spoilt(name, whole(name)))
    def look(content: bytes) -> None:
        tried[name] += 1
        with TemporaryDirectory() as folder:
            try:
                ends[f"{name}: a sentence"] += survive(name, content, Path(folder)) is not None
            except (Exception, Hang) as end:
                last = traceback.extract_tb(end.__traceback__)[-1]
                said = " ".join(str(end).replace(folder, "").split())[:60]
                what = f"{name}: {type(end).__name__} in {last.name}: {said}"
                ends[what] += 1
                if ends[what] <= EACH:
                    digest = hashlib.sha256(content).hexdigest()[:8]
                    (CORPUS / f"{digest}.{name}").write_bytes(content)

    look()


def main() -> None:
    """Fuzz every reader in turn until the time is up."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 300
    started, number = time.monotonic(), int(time.time())
    tried, ends = Counter[str](), Counter[str]()
    while time.monotonic() - started < seconds:
        number += 1
        for name in READERS:
            fuzz(name, number, tried, ends)
    for name, count in tried.items():
        print(f"{name}: {count} files")
    for what, count in ends.most_common():
        print(f"{count} x {what}")


if __name__ == "__main__":
    main()
