"""What each figure costs: measured in a whole run, and at the paper's scale by a model that is fitted to the run.

    snakemake --forceall all
    python benchmarks/costs.py [default] [paper]

Arguments are profiles: that which ran, and that which is estimated. A job's processor seconds are a sum over the kinds
of its work (`neural_redshift.costs`), each amount times a rate; the rates, none of them negative, are those of least
squares of the relative errors. Each job is predicted by the others; one whose kind no other has is not, and is not in
the errors. Memory: a job works in pieces, so that its peak is that of its kind, but tables of networks are held whole.

Writes benchmarks/results/costs.json, which the page shows.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml
from scipy.optimize import nnls

ROOT = Path(__file__).resolve().parents[1]
from neural_redshift.configuration.check import check
from neural_redshift.costs import OF_ALL_NETWORKS, WITH_TORCH, work

HELD_WHOLE = {*OF_ALL_NETWORKS, "plot networks"}
WRITTEN = ROOT / "benchmarks/results/costs.json"
Work = dict[str, float]


class Job(NamedTuple):
    """A job of a run: its rule, the file of its costs, the files that it reads and writes, its amounts of work."""

    rule: str
    benchmark: str
    inputs: list[str]
    outputs: list[str]
    work: Work

    @property
    def kind(self) -> str:
        """Its rule, and which measure or task."""
        return next((kind for kind in self.work if kind.startswith(("measure", "train"))), self.rule)

    @property
    def held(self) -> Work:
        """What memory is proportional to."""
        return {kind: amount if kind in HELD_WHOLE else 1.0 for kind, amount in self.work.items()}


def configuration(profile: str) -> dict[str, Any]:
    """The configuration of a profile, defaults filled in."""
    options = yaml.safe_load((ROOT / f"profiles/{profile}/config.yaml").read_text())
    given = [ROOT / options["configfile"]] if "configfile" in options else []
    files = given if options.get("replace-workflow-config") else [ROOT / "config.yaml", *given]
    return check(ROOT / "workflow/schemas/config.schema.yaml", *map(str, files))


def jobs_of(profile: str) -> list[Job]:
    """Every job of a whole run, as Snakemake plans it."""
    command = shlex.split(f"snakemake --workflow-profile profiles/{profile} --forceall --dry-run all")
    planned = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    if planned.returncode:
        sys.exit(f"error: {shlex.join(command)}:\n{planned.stdout}{planned.stderr}")
    return read_plan(planned.stdout + planned.stderr, configuration(profile))


def read_plan(text: str, config: dict[str, Any]) -> list[Job]:
    """The jobs that a dry run prints, without target rules, which do nothing."""
    tables = yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())
    jobs = []
    for block in re.split(r"^(?:local)?rule (?=\w+:$)", text, flags=re.MULTILINE)[1:]:
        rule = block.partition(":")[0]
        told = dict(re.findall(r"^    (input|output|benchmark|wildcards): (.*)$", block, flags=re.MULTILINE))
        if "benchmark" in told:
            wildcards = dict(pair.split("=", 1) for pair in told.get("wildcards", "").split(", ") if pair)
            files = [told.get(name, "").split(", ") for name in ("input", "output")]
            jobs.append(Job(rule, told["benchmark"], *files, work(rule, wildcards, config, tables)))
    return jobs


def stands_on(file: str, jobs: Iterable[Job]) -> set[str]:
    """Benchmark files of the jobs that a file stands on."""
    maker = {output: job for job in jobs for output in job.outputs}
    found: set[str] = set()
    left = [file]
    while left:
        job = maker.get(left.pop())
        if job and job.benchmark not in found:
            found.add(job.benchmark)
            left += job.inputs
    return found


def measured(jobs: Iterable[Job]) -> pd.DataFrame:
    """Processor seconds and peak memory (MB) by benchmark file, without jobs that ended before they were looked at."""
    rows = {}
    for job in jobs:
        try:
            row = pd.read_csv(ROOT / job.benchmark, sep="\t").iloc[0]
        except (OSError, ValueError, IndexError):
            sys.exit(f"error: {job.benchmark} is missing or empty; make the whole run first: snakemake --forceall all")
        rows[job.benchmark] = {"seconds": row.cpu_time, "peak": row.max_rss} if row.get("cpu_time", 0) > 0 else {}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["seconds", "peak"]).dropna()


def fit(works: list[Work], costs: np.ndarray) -> dict[str, float]:
    """Cost of a unit of each kind of work: least squares of the relative errors, no cost negative."""
    kinds = sorted({kind for amounts in works for kind in amounts})
    amounts = np.array([[one.get(kind, 0.0) for kind in kinds] for one in works])
    scale = amounts.max(axis=0)
    rates, _ = nnls(amounts / scale / costs[:, None], np.ones(len(costs)))
    return dict(zip(kinds, rates / scale, strict=True))


def predict(amounts: Work, rates: dict[str, float]) -> float:
    """Cost of a job; NaN where the rates lack a kind of its work."""
    return sum(amount * rates.get(kind, np.nan) for kind, amount in amounts.items())


def predict_by_others(works: list[Work], costs: np.ndarray) -> np.ndarray:
    """Cost of each job by the rates that are fitted to all others."""
    others = [np.arange(len(works)) != place for place in range(len(works))]
    return np.array(
        [
            predict(amounts, fit([one for one, kept in zip(works, other, strict=True) if kept], costs[other]))
            for amounts, other in zip(works, others, strict=True)
        ]
    )


def processor() -> str:
    """The machine's processor and number of cores."""
    try:
        model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        model = None
    return f"{model[1] if model else 'unknown processor'}, {os.cpu_count()} cores"


def costs(ran: str, estimated: str) -> dict[str, Any]:
    """The costs of each figure and of everything, the rates, and the errors of each kind of job."""
    jobs, larger = jobs_of(ran), jobs_of(estimated)
    figures = list(yaml.safe_load((ROOT / "workflow/figures.yaml").read_text()))
    table = measured(jobs)
    known = [job for job in jobs if job.benchmark in table.index]
    table = table.loc[[job.benchmark for job in known]]
    table["kind"] = [job.kind for job in known]
    table["predicted"] = predict_by_others([job.work for job in known], table.seconds.to_numpy())
    rates = fit([job.work for job in known], table.seconds.to_numpy())
    memory = fit([job.held for job in known], table.peak.to_numpy())
    estimates = pd.DataFrame(
        {
            "seconds": [predict(job.work, rates) for job in larger],
            "peak": [predict(job.held, memory) for job in larger],
        },
        index=[job.benchmark for job in larger],
    )
    folders = [configuration(profile)["pathvars"]["figures"] for profile in (ran, estimated)]

    def about(chosen: pd.DataFrame, estimate: pd.DataFrame) -> dict[str, float]:
        both = chosen.dropna()
        return {
            "jobs": len(chosen),
            "cpu_minutes": chosen.seconds.sum() / 60,
            "peak_mb": chosen.peak.max(),
            "model_error": both.predicted.sum() / both.seconds.sum() - 1,
            "share_judged": both.seconds.sum() / chosen.seconds.sum(),
            "estimated_cpu_hours": estimate.seconds.sum() / 3600,
            "estimated_peak_mb": estimate.peak.max(),
        }

    def of_figure(figure: str) -> dict[str, float]:
        here, there = (
            stands_on(f"{folder}/{figure}.svg", plan) for folder, plan in zip(folders, (jobs, larger), strict=True)
        )
        return about(table[table.index.isin(here)], estimates[estimates.index.isin(there)])

    table["error"] = (table.predicted / table.seconds - 1).abs()
    kinds = table.groupby("kind").agg(
        jobs=("seconds", "size"), cpu_seconds=("seconds", "sum"), error=("error", "median")
    )
    return {
        "machine": processor(),
        "ran": ran,
        "estimated": estimated,
        "torch_jobs": sum(job.rule in WITH_TORCH for job in jobs),
        "median_error": table.error.median(),
        "everything": about(table, estimates),
        "figures": {figure: of_figure(figure) for figure in figures},
        "kinds": json.loads(kinds.to_json(orient="index")),
        "seconds_a_unit": rates,
    }


def main() -> None:
    ran, estimated = sys.argv[1:] or ("default", "paper")
    found = costs(ran, estimated)
    WRITTEN.parent.mkdir(exist_ok=True)
    WRITTEN.write_text(json.dumps(rounded(found), indent=1, allow_nan=False) + "\n")
    about = found["everything"]
    print(f"{about['jobs']} jobs, {about['cpu_minutes']:.0f} CPU minutes, predicted {about['model_error']:+.0%}")


def rounded(value: Any) -> Any:
    """Three digits of every number; None where there is none."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, float):
        return float(f"{value:.3g}") if np.isfinite(value) else None
    return value


if __name__ == "__main__":
    main()
