"""Calls of snakemake that only look need no lock."""

import pytest

from neural_redshift.lock import looks_only


@pytest.mark.parametrize(
    "arguments", ["-n", "-np", "all --dry-run", "--lint", "--list", "-l", "check", "check --quiet all"]
)
def test_looking_is_recognised(arguments):
    assert looks_only(arguments.split())


@pytest.mark.parametrize(
    "arguments", ["", "all", "-call", "-c1 figures", "--cores 8 all", "--forceall", "-s Snakefile", "--unlock"]
)
def test_running_is_recognised(arguments):
    assert not looks_only(arguments.split())
