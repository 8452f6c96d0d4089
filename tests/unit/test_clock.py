"""Files ahead of the clock come back in their order, and others stay."""

import os
import time

from hypothesis import given
from hypothesis import strategies as some

from neural_redshift.clock import bring_back


@given(some.lists(some.integers(-100, 100), min_size=1, max_size=20))
def test_files_ahead_of_the_clock_come_back_in_their_order(tmp_path_factory, hours: list[int]):
    folder, start = tmp_path_factory.mktemp("ahead"), time.time_ns()
    files = [folder / str(place) / "table" for place in range(len(hours))]
    for file, hour in zip(files, hours, strict=True):
        file.parent.mkdir()
        file.touch()
        os.utime(file, ns=(start, start + hour * 3600 * 10**9))
    bring_back([folder, folder / "missing"])
    now, times = time.time_ns(), [file.stat().st_mtime_ns for file in files]
    assert max(times) <= now
    for seen, hour in zip(times, hours, strict=True):
        assert (seen == start + hour * 3600 * 10**9) == (hour <= 0)
        for other, other_hour in zip(times, hours, strict=True):
            assert (seen < other) == (hour < other_hour)
