# How Snakemake starts steps here: as forks of a process that has their modules loaded (src/neural_redshift/forks.py).
import re
import subprocess
from types import SimpleNamespace

import snakemake.benchmark

from neural_redshift.forks import Forks

FORKS = Forks(snakemake.benchmark.benchmarked)
snakemake.benchmark.benchmarked = FORKS.benchmarked
sys.modules["snakemake.shell"].sp = SimpleNamespace(**vars(subprocess) | {"Popen": FORKS.popen})


def modules_of(jobs):
    """The modules that the steps of these jobs load."""
    for job in jobs:
        if workflow.local_exec or job.is_local:
            yield from re.findall(rf"{PACKAGE}\.steps\.\w+", job.rule.shellcmd or "")
            yield from (
                f"{PACKAGE}.{name}s.{value}" for name, value in job.wildcards.items() if name in ("figure", "task")
            )


onstart:
    # Snakemake allows 100 jobs a second, and to that end each time that it looks for jobs makes it look once more a second
    # later, so that after N jobs it looks N times a second. Another limit, which somebody sets, is kept.
    limit = workflow.scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None
    if not workflow.deployment_settings.deployment_method:  # with conda steps run under another Python
        FORKS.prepare(set(modules_of(workflow.dag.needrun_jobs())))
