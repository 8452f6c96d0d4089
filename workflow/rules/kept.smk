# Kept files travel with a clone: fingerprints and checksums inside them say whether they must be made again.


def real_path(path):
    """The path with <results> and the like filled in."""
    for name, place in config["pathvars"].items():
        path = path.replace(f"<{name}>", place)
    return path


def note_of(file):
    """Where `stamp` notes what it found of a kept file."""
    return Path(real_path("<results>"), ".fingerprints", f"{Path(file).name}.txt")


EXPECTED = Path(real_path("<results>"), ".fingerprints", "expected.json")
try:
    EXPECTED.parent.mkdir(parents=True, exist_ok=True)
    written = EXPECTED.with_suffix(f".{os.getpid()}")  # another call may be reading the file itself
    written.write_text(as_json({real_path(file): made_by for file, made_by in KEPT.items()}))
    written.replace(EXPECTED)
    for note in map(note_of, KEPT):  # all at once, because Snakemake reads a folder once
        note.touch() if not note.exists() else None
except OSError as problem:
    sys.exit(f"error: {problem}; the folders that pathvars name in config.yaml must be writable")
# Snakemake takes a benchmark for an output, which beside a table that another machine made would be stale.
for benchmark_file in Path(real_path("<results>"), "benchmarks").rglob("*.tsv"):
    with suppress(OSError):  # its job runs again
        os.utime(benchmark_file)


@cache
def problem_of(file):
    """What is wrong with a kept file; None if it is whole and made by today's code and configuration."""
    return state_of_kept(real_path(file), KEPT[file])


def recorded(file):
    """Whether Snakemake itself made this file here, as it is."""
    made_by = fingerprint_of_kept(real_path(file))
    return bool(made_by) and made_by in str(workflow.persistence.params(IOFile(real_path(file))))


@cache
def settle_times():
    """Make kept files that are right as new as what they are made from: in a clone they are as old as the checkout."""
    places = [Path(real_path(file)) for file in KEPT if problem_of(file) is None and not recorded(file)]
    latest = max((place.stat().st_mtime_ns for place in places), default=0)
    for rank, place in enumerate(places):  # tables come before the tables and figures that are made from them
        os.utime(place, ns=(latest + 1000 * rank, latest + 1000 * rank))


def stamp(file):
    """An input of a kept file that is newer than it exactly when Snakemake cannot tell that it must be made again.

    Snakemake's record of a run stays on the machine; fingerprint and checksum inside the file travel with it.
    So a clone, which has no record, notices that a table was made by other code or another configuration, and
    anybody notices that one is damaged.
    """
    settle_times()
    place, note, problem = Path(real_path(file)), note_of(file), problem_of(file)
    text = f"{place}: {problem or 'as code and configuration make it'}\n"
    if note.read_text() != text:
        note.write_text(text)
    if problem is None or (recorded(file) and fingerprint_of_kept(place) != KEPT[file]):
        os.utime(note, (0, 0))
    elif place.exists() and note.stat().st_mtime <= place.stat().st_mtime:
        os.utime(note)
    return str(note)
