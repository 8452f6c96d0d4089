"""The kept tables are drawn into the same SVGs whatever the hash seed, which sets the order of every set of texts."""

import os
import subprocess
import sys
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import matplotlib as mpl
import pytest
import yaml

from neural_redshift.tables import read_table

ROOT = Path(__file__).resolve().parents[2]
FIGURES = yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())
SEEDS = ("1", "2")  # which order the activations that have a shoulder in Figure 10 differently


def draw(figure: str, folder: Path) -> None:
    tables = {name: read_table(ROOT / f"results/tables/{name}.parquet", name) for name in FIGURES[figure]}
    drawn = import_module(f"neural_redshift.figures.{figure}").draw(**tables)
    with mpl.rc_context({"svg.hashsalt": "the same"}):
        drawn.savefig(folder / f"{figure}.svg", metadata={"Date": None})


def draw_all(folder: Path) -> None:
    """Each in a process of its own, as `plot` does."""
    for figure in FIGURES:  # all are imported once
        import_module(f"neural_redshift.figures.{figure}")
    for figure in FIGURES:
        process = get_context("fork").Process(target=draw, args=(figure, folder))
        process.start()
        process.join()
        assert process.exitcode == 0


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A folder of all figures for each seed."""
    folders = [tmp_path_factory.mktemp("seed") for _ in SEEDS]
    running = [
        subprocess.Popen([sys.executable, __file__, folder], env=os.environ | {"PYTHONHASHSEED": seed})
        for folder, seed in zip(folders, SEEDS, strict=True)
    ]
    assert [process.wait() for process in running] == [0, 0]
    return folders


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_is_drawn_into_the_same_bytes(drawn: list[Path], figure: str):
    one, other = ((folder / f"{figure}.svg").read_bytes() for folder in drawn)
    assert one == other


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]))
