"""Say of every kept file whether today's code and configuration make it, and whether it is whole."""

import argparse
import json
import sys

from neural_redshift.tables import state_of_kept


def main() -> None:
    """Print one line a file; the exit status is 1 if one of them is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "expected", type=argparse.FileType(), help="JSON file: the fingerprint that each file must carry"
    )
    expected = json.load(parser.parse_args().expected)
    found = {path: state_of_kept(path, fingerprint) for path, fingerprint in sorted(expected.items())}
    for path, problem in found.items():
        print(f"{'yes' if problem is None else 'NO '}  {path}{'' if problem is None else ': ' + problem}")
    bad = sum(problem is not None for problem in found.values())
    print(f"{len(found) - bad} of {len(found)} kept files are whole and made by today's code and configuration")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
