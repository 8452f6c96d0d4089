"""The command neural-redshift: what it writes, says and exits with."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from neural_redshift.profiling import ranges
from neural_redshift.profiling.commands import app
from neural_redshift.profiling.problems import BadModule
from neural_redshift.tables import verify

NET = """
from torch import nn

def Net(depth=2, width=8):
    sizes = [2] + [width] * depth
    hidden = [part for a, b in zip(sizes, sizes[1:]) for part in (nn.Linear(a, b), nn.Tanh())]
    return nn.Sequential(*hidden, nn.Linear(width, 2))

def bump(z):
    return 1 / (1 + z**2)
"""


@pytest.fixture
def net(tmp_path):
    (tmp_path / "net.py").write_text(NET)
    return str(tmp_path / "net.py")


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_profile_writes_a_table_a_heatmap_and_a_page(net, tmp_path):
    out = tmp_path / "out"
    words = ("--depth", "1:2", "--magnitude", "0.3:10:3", "--networks", 3, "--grid-points", 24, "-a", "width=4")
    done = call("profile", f"{net}:Net", *words, "--out", out)
    assert done.exit_code == 0, done.output
    table = pd.read_parquet(out / "networks.parquet")
    assert len(table) == 2 * 3 * 3
    assert set(table.depth) == {1, 2}
    assert set(table.outputs) == {2}
    assert sorted(set(table.weight_magnitude)) == pytest.approx([0.3, 3**0.5, 10], rel=1e-5)
    assert len(pd.read_parquet(out / "outputs.parquet")) == 2 * len(table)
    for name in ("networks.parquet", "heatmap.svg", "heatmap.png", "index.html"):
        verify(out / name)
    page = (out / "index.html").read_text()
    assert "<h1>Net</h1>" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert str(out) in done.stdout


def test_compare_takes_several_and_is_quiet_if_asked(net, tmp_path):
    done = call(
        "compare",
        f"{net}:bump",
        f"{net}:Net",
        "relu",
        "--networks",
        2,
        "--grid-points",
        24,
        "-q",
        "--out",
        tmp_path / "o",
    )
    assert (done.exit_code, done.output) == (0, "")
    assert list(dict.fromkeys(pd.read_parquet(tmp_path / "o/networks.parquet").name)) == ["bump", "Net", "relu"]


def test_measure_reads_a_grid(tmp_path):
    np.save(tmp_path / "noise.npy", np.random.default_rng(0).normal(size=(3, 32, 32)))
    done = call("measure", tmp_path / "noise.npy", "--batch", "--out", tmp_path / "o")
    assert done.exit_code == 0, done.output
    assert "noise: 3 functions on a grid of 32 × 32 points." in done.stdout
    assert len(pd.read_parquet(tmp_path / "o/networks.parquet")) == 3


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("profile", "{net}:Nett", "--out", "o"), 1, "defines no Nett; is Net meant?"),
        (("profile", "{net}:Net", "--out", "o", "--networks", "0"), 1, "networks is 0; it must be between 1 and"),
        (("profile", "{net}:Net", "--out", "o", "--inputs", "5"), 1, "expects 2 on the last axis"),
        (("profile", "{net}:Net", "--out", "o", "--depth", "1-8"), 1, "--depth is '1-8'; write a number, a list"),
        (
            ("profile", "{net}:Net", "--out", "o", "--magnitude", "10:1"),
            1,
            "--magnitude is '10:1'; write positive numbers",
        ),
        (("profile", "{net}:Net", "--out", "o", "-a", "width"), 1, "--argument is 'width'; write name=value"),
        (("profile", "{net}:Net", "--out", "o", "--data", "{net}"), 1, "is no .npy file of real numbers"),
        (("profile", "{net}:Net", "--out", "o", "--data", "none.npy"), 1, "No such file or directory"),
        (("profile", "{net}:Net"), 2, "Missing option '--out'"),
        (("profile", "{net}:Net", "--out", "o", "--network", "3"), 2, "No such option"),
        (("measure", "{net}"), 1, "is no .npy file of real numbers"),
        (("measures",), 2, "No such command"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_with_an_exit_code(net, tmp_path, monkeypatch, words, code, says):
    monkeypatch.chdir(tmp_path)
    done = call(*(word.replace("{net}", net) for word in words))
    assert done.exit_code == code
    assert says in done.stderr
    assert "Traceback" not in done.output
    assert code == 2 or len(done.stderr.strip().splitlines()) == 1 or "networks" in done.stderr
    assert not (tmp_path / "o").exists()


def test_help_says_what_is_needed():
    for command in ("profile", "compare", "measure"):
        assert call(command, "--help").exit_code == 0
        assert "--out" in call(command, "--help").stdout


@pytest.mark.parametrize(("text", "values"), [("3", [3]), ("1,2,4", [1, 2, 4]), ("2:5", [2, 3, 4, 5])])
def test_whole_numbers(text, values):
    assert ranges.whole_numbers(text, "--depth") == values


def test_magnitudes_are_evenly_spaced_in_the_logarithm():
    assert ranges.magnitudes("0.3,1", "-") == [0.3, 1.0]
    assert np.diff(np.log(ranges.magnitudes("0.3:10", "-"))) == pytest.approx(np.log(10 / 0.3) / 6, rel=1e-4)
    for text in ("0:1", "1:inf", "a", "1:2:1", "1:2:3:4", ""):
        with pytest.raises(BadModule, match="write positive numbers"):
            ranges.magnitudes(text, "-")
