"""Settings that all tests share, and one tiny run of the whole pipeline, which tests read, copy and edit."""

import os
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from project import MICRO, TINY, Project

# Networks this small lose more by threads that wait for each other than they win. Read when numpy and torch load.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# torchvision's wheel on PyPI is built for torch with CUDA. Beside a CPU build its import asks for operators that are
# missing; nothing here uses them, so their names are enough, for it and for `transformers`, which imports it too.
OPERATORS = torch.library.Library("torchvision", "FRAGMENT")
try:
    import torchvision  # noqa: F401
except RuntimeError:
    for name in ("nms", "qnms"):
        OPERATORS.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

# The same examples on every machine and no clock: a test that fails by chance teaches nobody.
settings.register_profile("project", derandomize=True, deadline=None, database=None, max_examples=40)
settings.load_profile("project")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there is no GPU, leave out what is marked `gpu`; pytest counts it as deselected."""
    if not torch.cuda.is_available():
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("gpu")])
        items[:] = [item for item in items if not item.get_closest_marker("gpu")]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished tiny run: read it, or copy it."""
    finished = Project.from_sources(tmp_path_factory.mktemp("built") / "project")
    finished.snakemake(*TINY)
    return finished


@pytest.fixture(scope="session")
def micro(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tables of a run of every rule, in the smallest study, that nothing disturbed: read it, or copy it."""
    finished = Project.from_sources(tmp_path_factory.mktemp("micro") / "project")
    finished.snakemake(*MICRO, "tables")
    return finished


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """A copy of the finished run, to edit."""
    return built.copy(tmp_path / "project")


@pytest.fixture
def clone(built: Project, tmp_path: Path) -> Project:
    """What somebody who clones the finished run gets."""
    return built.clone(tmp_path / "clone")
