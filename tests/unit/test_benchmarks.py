"""Benchmarks: sides take turns, what is shown follows from the times that are kept, and all sides do the same work."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks import (
    frame,
    guess_and_check,
    limits,
    measures,
    peers,
    random_networks,
    scale,
    training,
    untrained_transformers,
)
from benchmarks.__main__ import COMPARISONS
from benchmarks.frame import Case, Description, Side
from benchmarks.measuring import measure
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.priors import glorot
from project import ROOT

PEERS = [name for name in peers.PEERS if frame.installed(peers.PACKAGES.get(name, "torch"))]
WHERE = {
    "processor": "Abacus",
    "cores": 2,
    "memory": 2**34,
    "device": "cpu",
    "versions": {"torch": "2.13.0"},
}


def rows_of(case: str, cores: int, **sides: tuple) -> list[frame.Row]:
    """Rows of sides: kind, items, seconds of each round, and what else a row has."""
    return [
        {"cores": cores, **frame.row(case, Side(name, kind, items, print, *more[:2]), number, seconds, *more[2:])}
        for name, (kind, items, times, *more) in sides.items()
        for number, seconds in enumerate(times, start=1)
    ]


RAW = pd.DataFrame(
    rows_of(
        "easy",
        1,
        ours=("ours", 10, [1.0, 2.0, 4.0], 0, "", 2.0**21),
        abacus=("peer", 1, [0.5, 0.6, 0.2]),
        part=("stage", 10, [0.5, 1.0, 2.0]),
        product=("limit", 100, [2.0, 2.0, 2.0], 4e9, "FLOP"),
        wave=("limit", 1, [0.01, 0.02, 0.02], 3e6, "elements"),
    )
    + rows_of("hard", 2, ours=("ours", 1, [10.0, 10.0, 10.0]), slate=("peer", 2, [10.0, 20.0, 10.0]))
)
ABOUT = Description("Sums", "sums", "By hand.", packages=("no_such_package",))


def test_sides_take_turns_and_every_other_round_goes_backwards():
    called, clock = [], count()
    sides = [Side(name, "peer", 1, lambda number, name=name: called.append((name, number))) for name in "abc"]
    rows = list(frame.interleave(Case("turns", sides), 3, clock=lambda: next(clock)))
    order = ["cba", "abc", "cba", "abc"]
    assert called == [(name, number) for number, names in enumerate(order) for name in names]
    assert [(row["side"], row["round"]) for row in rows] == called[3:]
    assert [row["seconds"] for row in rows] == [1] * 9


def test_a_time_lasts_until_the_device_has_finished():
    now = [0.0]

    def finish() -> None:
        now[0] += 5

    (row,) = frame.interleave(Case("late", [Side("ours", "ours", 1, lambda _: None)]), 1, lambda: now[0], finish)
    assert row["seconds"] == 5


def test_ratios_are_taken_within_a_round_and_limits_add_up():
    found = {(row["case"], row["side"]): row for row in frame.summary(RAW)}
    assert found["easy", "ours"]["seconds"] == [0.2, 0.1, 0.4]
    assert found["easy", "ours"]["ratio"] == [1, 1, 1]
    assert found["easy", "abacus"]["ratio"] == [3.0, 0.5, 5.0]
    assert found["easy", "part"]["ratio"] == [0.5, 0.5, 0.5]
    assert found["easy", "ours"]["of_limit"] == [0.15, 0.075, 0.3]
    assert found["easy", "abacus"]["of_limit"] == [0.06, 0.05, 0.15]
    assert found["easy", "ours"]["peak"] == 2**21
    assert found["hard", "slate"]["ratio"] == [0.5, 0.5, 1.0]
    assert "of_limit" not in found["hard", "ours"]
    rates = {row["side"]: (row["rate"], row["unit"], row["cores"]) for row in frame.rates(RAW)}
    assert rates == {
        "product": ([2e9, 2e9, 2e9], "FLOP", 1),
        "wave": ([1.5e8, 1.5e8, 3e8], "elements", 1),
    }


def test_the_text_of_a_comparison():
    assert frame.section(frame.result(RAW, ABOUT, WHERE, quick=False)) == (
        "## Sums\n\nBy hand.\n\n"
        "Abacus (2 cores, 16 GiB); torch 2.13.0; 3 rounds.\n"
        "Left out, because it is not installed: no_such_package.\n\n"
        "| case | cores | times as fast as abacus | times as fast as slate | ours, sums a second | of the limit | "
        "share of part | peak memory |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| easy | 1 | 3 (0.5 to 5) | – | 5 (2.5 to 10) | 15 % | 50 % | 2 MiB |\n"
        "| hard | 2 | – | 0.5 (0.5 to 1) | 0.1 (0.1 to 0.1) | – | – | – |\n\n"
        "The machine in the same run:\n\n"
        "| cores | what | a second |\n|---|---|---|\n"
        "| 1 | product | 2 (2 to 2) GFLOP |\n"
        "| 1 | wave | 150 (150 to 300) Melements |\n"
    )
    assert "a quick run" in frame.section(frame.result(RAW, ABOUT, WHERE, quick=True))


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "results.json"
    path.write_text("before")

    def stop_halfway() -> None:
        with frame.atomic(path) as unfinished:
            unfinished.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_halfway()
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("results.json", "before")]


def test_raw_times_are_kept_as_they_are(tmp_path: Path):
    result = frame.result(RAW, ABOUT, WHERE, quick=False)
    frame.write(tmp_path / "results", "sums", RAW, result)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "results/sums.parquet"), RAW)
    assert json.loads((tmp_path / "results/sums.json").read_text()) == result


def test_a_section_needs_its_marks():
    first, last = frame.marks("sums")
    readme = f"before\n{first}\nold\n{last}\nafter\n"
    assert frame.with_section(readme, "sums", "text\n") == f"before\n{first}\ntext\n{last}\nafter\n"
    for mark in (first, last):
        with pytest.raises(ValueError, match=f"{re.escape(mark)}.* not found; put it back"):
            frame.with_section(readme.replace(mark, ""), "sums", "text\n")


def test_the_readme_has_a_place_for_every_comparison():
    readme = (ROOT / "benchmarks/README.md").read_text()
    found = re.findall(r"<!-- (\w+): written by make bench -->", readme)
    assert tuple(found) == COMPARISONS
    empty = [name for name in COMPARISONS if not (ROOT / f"benchmarks/results/{name}.json").exists()]
    assert [name for name in empty if "\n".join(frame.marks(name)) not in readme] == []


def test_the_readme_says_what_the_raw_times_say():
    readme = (ROOT / "benchmarks/README.md").read_text()
    results = [ROOT / f"benchmarks/results/{name}.json" for name in COMPARISONS]
    for path in filter(Path.exists, results):
        kept = json.loads(path.read_text())
        about = import_module(f"benchmarks.{path.stem}").ABOUT
        fresh = frame.result(pd.read_parquet(path.with_suffix(".parquet")), about, kept["machine"], kept["quick"])
        assert fresh | {"left_out": kept["left_out"]} == kept
        assert frame.with_section(readme, path.stem, frame.section(kept)) == readme


def test_the_lock_of_the_peers_is_the_lock_and_their_packages():
    pins, more = (
        {line for line in (ROOT / "envs" / name).read_text().splitlines() if "==" in line}
        for name in ("lock.txt", "benchmark-lock.txt")
    )
    assert pins < more
    named = {line.split("==")[0].replace("-", "_") for line in more}
    assert {package for name in COMPARISONS for package in import_module(f"benchmarks.{name}").ABOUT.packages} <= named
    assert not [name for name in named if re.match(r"nvidia|cuda|triton", name)]


@pytest.mark.parametrize("activation", peers.MODULES)
def test_every_peer_finds_our_outputs_and_our_measures(activation: str):
    random_networks.check(Cell("plain", activation, "glorot", 3, 16, 1.0, 1.0), 32)


def test_a_peer_that_does_something_else_is_told(monkeypatch: pytest.MonkeyPatch):
    cell = Cell("plain", "tanh", "glorot", 2, 8, 1.0, 1.0)
    wrong = peers.PEERS["torch.func.vmap"]._replace(evaluate=lambda *given: 1.01 * peers.evaluate_vmap(*given))
    monkeypatch.setitem(peers.PEERS, "torch.func.vmap", wrong)
    with pytest.raises(SystemExit, match=r"torch\.func\.vmap.*the work is not the same"):
        random_networks.check(cell, 32)


def test_results_that_are_not_numbers_agree_with_nothing():
    with pytest.raises(SystemExit, match="nan"):
        frame.agree("nothing", np.ones(2), np.array([1, np.nan]))


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_draws_the_same_law(name: str):
    cell, peer = Cell("plain", "relu", "glorot", 2, 16, 1.0, 1.0), peers.PEERS[name]
    drawn, again, other = (peer.draw(cell, seed, 400) for seed in (1, 1, 2))
    for one, same, different in zip(*map(arrays, (drawn, again, other)), strict=True):
        bound = 1.0 if one.ndim == 2 else glorot(one.shape[2], one.shape[1])
        assert np.abs(one).max() <= bound
        assert np.ptp(one) > 1.6 * bound
        assert abs(one.std() / (bound / 3**0.5) - 1) < 0.2
        np.testing.assert_array_equal(one, same)
        assert (one != different).mean() > 0.99


def arrays(networks) -> list[np.ndarray]:
    """Weights (networks, out, in) and biases (networks, out) of a peer's networks."""
    if isinstance(networks, dict):
        return [value.cpu().numpy() for value in networks.values()]
    if isinstance(networks[0], torch.nn.Module):
        each = zip(*(network.parameters() for network in networks), strict=True)
        return [np.stack([value.detach().cpu().numpy() for value in values]) for values in each]
    return [np.asarray(array) for layer in networks for array in layer]


@pytest.mark.parametrize(("activation", "width"), [("relu", 8), ("tanh", 16)])
def test_every_peer_trains_to_our_weights(activation: str, width: int):
    training.check(training.cell_of(activation, width), steps=30)


def test_the_loop_counts_the_candidates_that_we_count():
    guess_and_check.check("sin", 500)


def test_the_library_continues_as_ours_does():
    architecture = untrained_transformers.gpt2.Architecture(depth=2, width=32, heads=2, vocabulary=100, positions=32)
    untrained_transformers.check(architecture, 20)


def test_work_is_counted():
    cell = Cell("plain", "relu", "glorot", 2, 3, 1.0, 1.0)
    assert random_networks.flop(cell, 10) == 2 * 100 * (2 * 3 + 3 * 3 + 3)
    assert training.flop(cell) == 2 * 128 * (2 * (2 * 3) + 3 * (3 * 3 + 3))
    small = untrained_transformers.gpt2.Architecture(depth=1, width=4, heads=2, vocabulary=10)
    assert (
        untrained_transformers.whole_bytes(small, 5) == 5 * 4 * (12 * 4 * 4 + 10 * 4) / untrained_transformers.TOGETHER
    )
    sides = (12 + 4) + (4 + 4) + (16 + 4) + (4 + 16)
    assert untrained_transformers.lazy_bytes(small, 5) == 5 * 5 / 2 * 4 * (sides + 2 * 4 + 10 + 4)


def test_limits_are_of_an_item():
    flop, elements = limits.gemm(2.0), limits.activation("relu", 4.0)
    assert flop.items == flop.amount / 2
    assert elements.items == elements.amount / 4
    assert limits.memory("machine", 8.0).items == limits.BYTES / 8


def test_the_fastest_way_is_taken():
    slow = partial(sum, range(10**6))
    quick = partial(sum, range(10))
    assert limits.fastest([lambda _: slow(), way := lambda _: quick()]) is way


@pytest.mark.parametrize("name", [name for name in COMPARISONS if name != "scale"])
def test_a_quick_run_of_a_comparison(name: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    path = tmp_path / "rows.json"
    measure(name, 1, True, str(path))
    found = json.loads(path.read_text())
    about = import_module(f"benchmarks.{name}").ABOUT
    raw = pd.DataFrame(found["rows"])
    missing = [package for package in about.packages if not frame.installed(package)]
    said = [line for line in capsys.readouterr().err.splitlines() if "left out" in line]
    assert [line.split()[1] for line in said] == missing
    assert set(raw["kind"]) <= set(frame.KINDS)
    assert (raw["seconds"] > 0).all()
    sections = frame.section(frame.result(raw, about, found["machine"], True))
    assert all(f"| {case} |" in sections for case in raw["case"])


def test_a_peer_that_is_not_installed_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setattr(frame, "installed", lambda package: package not in measures.ABOUT.packages)
    measure("measures", 1, True, str(tmp_path / "rows.json"))
    found = json.loads((tmp_path / "rows.json").read_text())
    assert {row["side"] for row in found["rows"]} == {"ours", "numpy or scipy"}
    said = capsys.readouterr().err.splitlines()
    expected = "is not installed, so that peer is left out; make bench installs it"
    assert [line for line in said if "left out" in line] == [
        f"measures: {package} {expected}" for package in measures.ABOUT.packages
    ]


def test_a_quick_run_by_the_command_line_is_kept_and_shown(tmp_path: Path):
    shutil.copy(ROOT / "benchmarks/README.md", tmp_path)
    done = command("guess_and_check", "--quick", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr
    kept = json.loads((tmp_path / "results/guess_and_check.json").read_text())
    raw = pd.read_parquet(tmp_path / "results/guess_and_check.parquet")
    assert kept["sides"] == frame.summary(raw)
    assert kept["quick"] is True
    assert frame.section(kept) in (tmp_path / "README.md").read_text()
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "README.md",
        "guess_and_check.json",
        "guess_and_check.parquet",
    ]


def test_an_unknown_comparison_is_told():
    done = command("guesswork", "--quick")
    assert done.returncode == 2
    assert f"'guesswork' found; choose from {', '.join(COMPARISONS)}" in done.stderr


def command(*arguments: str) -> subprocess.CompletedProcess:
    """Run `python -m benchmarks`."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_scale_runs_the_steps_of_the_pipeline(tmp_path: Path):
    used = scale.study(20, {"fourier": {}}, tmp_path)
    assert list(used) == ["sample", "measure fourier", "join"]
    assert all(job.seconds > 0 and job.peak > 2**20 for jobs in used.values() for job in jobs)
    assert len(pd.read_parquet(tmp_path / "join.parquet")) == 20
    assert not list(tmp_path.glob("*.safetensors"))
