"""Faults that runs come through, what is read of each, and what is done about it.

python tests/faults.py writes docs/faults.md from them. Each has a test of its name.
"""

import re
from typing import NamedTuple

from bad_inputs import BAD_INPUTS
from project import ROOT

PAGE = ROOT / "docs/faults.md"
AGAIN = "call the same again"
ON_JOBS = "error: not everything was made; mend what is named above and call the same again: what is finished is kept"
DELETED = "delete it and run snakemake again"


class Fault(NamedTuple):
    """What happens, in words; what is read then (… stands for anything, nothing for nothing); what to do."""

    what: str
    reads: str
    remedy: str

    def said_in(self, output: str) -> bool:
        """Whether an output has the sentences, and no traceback of ours."""
        sentences = "(?s:.*)".join(map(re.escape, self.reads.split("…")))
        return bool(re.search(sentences, output)) and "Traceback" not in output


FAULTS = {
    "killed_run": Fault("SIGKILL of Snakemake, at three random moments of one run", "", AGAIN),
    "killed_job": Fault("SIGKILL of a job (as by a system that is out of memory)", f"Killed…{ON_JOBS}", AGAIN),
    "killed_writer": Fault("SIGKILL of a job while it writes its file", f"Killed…{ON_JOBS}", AGAIN),
    "killed_training": Fault(
        "SIGKILL of a job of training between two of its parts", "", "call the same again: it goes on there"
    ),
    "terminated_run": Fault("SIGTERM of Snakemake", "Will exit after finishing currently running jobs", AGAIN),
    "interrupted_run": Fault("Ctrl-C", "Terminating processes on user request", AGAIN),
    "full_disk": Fault(
        "a full disk where results are written",
        f"error: [Errno 28] No space left on device…{ON_JOBS}",
        "make room, " + AGAIN,
    ),
    "full_disk_of_snakemake": Fault(
        "a full disk where Snakemake keeps its record", "No space left on device", "make room, " + AGAIN
    ),
    "damaged_table": Fault(
        "a table that is empty, cut, flipped in one bit, or somebody else's", "", AGAIN + ": it is made again"
    ),
    "damaged_figure": Fault("the same of a figure", "", AGAIN + ": it is drawn again"),
    "damaged_tensor": Fault("the same of a tensor", f"error: ….safetensors: …{DELETED}", DELETED),
    "damaged_part": Fault(
        "the same of a part of a table",
        f"error: ….parquet: its bytes are not those that were written; {DELETED}",
        DELETED,
    ),
    "deleted_intermediate": Fault("a tensor that is deleted", "", "nothing: it is made again where it is needed"),
    "clock_set_back": Fault("files that were made while the clock was a day ahead", "", "nothing"),
    "second_run": Fault(
        "a second run in the same folder", "error: process … is running in …; wait for it, or stop it", "wait"
    ),
    "read_only_results": Fault(
        "a folder of results that cannot be written to",
        "error: [Errno 30] Read-only file system: …; the folders that pathvars name in config.yaml must be writable",
        "make it writable, or name another",
    ),
    "odd_surroundings": Fault(
        "a folder with spaces and umlauts in its name, whose results are a symbolic link to another disk; "
        "no home folder; a locale that writes commas; one core",
        "",
        "nothing",
    ),
    "a_job_that_fails_once_is_tried_again": Fault(
        "on a cluster: a job that fails once", "Trying to restart job", "nothing"
    ),
    "a_job_that_is_cancelled_is_tried_again": Fault(
        "on a cluster: `scancel` of a job", "Trying to restart job", "nothing"
    ),
    "jobs_outlive_a_killed_run_and_the_next_run_says_what_to_do": Fault(
        "on a cluster: SIGKILL of Snakemake, whose jobs live on",
        "error: … jobs of an earlier run are in SLURM's queue; wait for them, or cancel them: scancel …",
        "the one or the other, then " + AGAIN,
    ),
    "a_drained_node_holds_the_jobs_until_it_is_back": Fault(
        "on a cluster: a node that is drained and returns", "", "nothing"
    ),
}


def page() -> str:
    """docs/faults.md."""
    lines = [
        "# Faults",
        "",
        f"{len(FAULTS)} faults that a run comes through: each is a test that does it to a run of `profiles/micro`",
        "(or `tiny`) and finds the same bytes in every table as after a run that nothing disturbed. What",
        "happens on a cluster is in [clusters.md](clusters.md); what is said of each of the",
        f"{len(BAD_INPUTS)} bad inputs that are tried in [bad_input.md](bad_input.md). In what is read, … stands for",
        "names and numbers. `python tests/faults.py` writes this page.",
        "",
        "| Fault | What is read | What to do |",
        "|---|---|---|",
    ]
    lines += [f"| {fault.what} | {_cell(fault.reads)} | {fault.remedy} |" for fault in FAULTS.values()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    for sign in "\\|*<~":
        text = text.replace(sign, f"\\{sign}")
    return text


if __name__ == "__main__":
    PAGE.write_text(page())
