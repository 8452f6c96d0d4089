"""A module of the user's in config.yaml: which jobs it plans, and what an edit of its file plans."""

import pandas as pd

from neural_redshift.page.gallery import read_picture
from project import Project

NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, depth, width=16):
        super().__init__()
        sizes = [2] + [width] * depth
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.sin(3 * layer(x))
        return self.last(x)
"""
ENTRY = "modules:\n  - {name: mine, target: 'mine.py:Net', networks: 3, arguments: {width: 8}}\n"
FIGURES = ("fig03_functions", "fig04_heatmaps", "fig05_magnitude", "fig06_measures")


def test_a_module_is_profiled_and_drawn_and_an_edit_of_its_file_reruns_it_alone(project: Project):
    (project.folder / "mine.py").write_text(NET)
    project.edit("config.yaml", "modules: []\n", ENTRY)
    assert project.planned() == {"profile": 1, "plot_with_modules": len(FIGURES), "publish": 1}
    targets = [f"figures/tiny/{figure}.svg" for figure in FIGURES]
    project.snakemake("--workflow-profile", "profiles/tiny", *targets)
    assert project.planned(*targets) == {}
    table = pd.read_parquet(project.folder / "results/tiny/modules/mine/profiles.parquet")
    assert set(table.depth) == {1, 3}  # those of the heatmaps
    assert (table.groupby(["depth", "weight_magnitude"]).size() == 3).all()
    for target in targets:
        drawn = (project.folder / target).read_text()
        assert "Not the paper" in read_picture(drawn).caption.replace("\u00a0", " ")
    project.edit("mine.py", "3 * layer", "2 * layer")
    assert project.planned(*targets) == {"profile": 1, "plot_with_modules": len(FIGURES)}


def test_a_module_that_fails_is_named_with_its_line(project: Project):
    (project.folder / "mine.py").write_text(NET.replace("torch.sin", "torch.sine"))
    project.edit("config.yaml", "modules: []\n", ENTRY)
    done = project.snakemake("--workflow-profile", "profiles/tiny", "figures/tiny/fig03_functions.svg", check=False)
    assert done.returncode != 0
    log = (project.folder / "results/tiny/logs/profile/mine.log").read_text()
    line = NET[: NET.index("torch.sin(")].count("\n") + 1
    assert log.startswith(
        f"error: mine(width=8, depth=1) fails on inputs of shape (8, 2): AttributeError (mine.py, line {line})"
    )
    assert len(log.splitlines()) == 1
