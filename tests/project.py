"""Copies of the project that tests run and edit."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("Snakefile", "config.yaml", "pyproject.toml", "CITATION.cff", "workflow", "profiles", "envs", "src", "docs")
TINY, MICRO = (("--workflow-profile", f"profiles/{study}") for study in ("tiny", "micro"))


class Project:
    """A copy of the project in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder

    @classmethod
    def from_sources(cls, folder: Path) -> "Project":
        """What git holds: no results, no record of earlier runs."""
        folder.mkdir(parents=True)
        for name in SOURCES:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
            else:
                shutil.copy2(ROOT / name, folder / name)
        return cls(folder)

    def copy(self, folder: Path) -> "Project":
        """The same with its results, its times and its record of runs."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
        return Project(folder)

    def clone(self, folder: Path) -> "Project":
        """What a clone would hold: sources, kept tables and figures, every file as old as the checkout."""
        copy = Project.from_sources(folder)
        for kept in ("results/tiny/tables", "figures/tiny"):
            shutil.copytree(self.folder / kept, folder / kept)
        for number, file in enumerate(sorted(folder.rglob("*"))):  # the order in which git writes them
            os.utime(file, ns=(10**18 + number, 10**18 + number))
        return copy

    def snakemake(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Call snakemake as a user would, with this copy's code."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"snakemake {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def planned(self, *targets: str) -> dict[str, int]:
        """Rules that a run would execute, with their numbers of jobs; target rules left out."""
        said = self.dry_run(*targets)
        table = said.partition("Job stats:")[2].partition("Reasons:")[0]
        rows = dict(re.findall(r"^(\w+)\s+(\d+)$", table, flags=re.MULTILINE))
        return {rule: int(jobs) for rule, jobs in rows.items() if rule not in {"total", "all", "figures", "tables"}}

    def dry_run(self, *targets: str, profile: tuple[str, ...] = TINY) -> str:
        """What a dry run prints."""
        done = self.snakemake(*profile, "--dry-run", *targets)
        return done.stdout + done.stderr

    def tables(self, profile: tuple[str, ...] = TINY) -> dict[str, bytes]:
        """The bytes of every table of a run."""
        folder = self.folder / "results" / Path(profile[1]).name / "tables"
        return {file.name: file.read_bytes() for file in sorted(folder.glob("*.parquet"))}

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace `old` by `new`, which must be there."""
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{file} holds no {old!r}"
        path.write_text(text.replace(old, new, 1))
