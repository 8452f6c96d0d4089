"""Jobs of an earlier run are found by name and folder."""

from pathlib import Path

import pytest

from neural_redshift.cluster import living_jobs


@pytest.fixture
def squeue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A squeue to be written."""
    program = tmp_path / "bin/squeue"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def write(program: Path, *lines: str) -> None:
    program.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    program.chmod(0o755)


def test_jobs_of_this_folder_are_named_and_no_others(squeue: Path, tmp_path: Path):
    here = tmp_path / "a folder"
    rows = (f"11\tneural-redshift_1\t{here}", f"12\tneural-redshift_1\t{tmp_path}", f"13\tbash\t{here}")
    write(squeue, *(f"printf '%s\\n' '{row}'" for row in rows))
    assert living_jobs(here) == ["11"]


def test_without_jobs_there_are_none(squeue: Path, tmp_path: Path):
    write(squeue, "exit 0")
    assert living_jobs(tmp_path) == []


def test_a_squeue_that_fails_or_is_not_there_says_nothing(
    squeue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(squeue, "echo no controller >&2", "exit 1")
    assert living_jobs(tmp_path) == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert living_jobs(tmp_path) == []
