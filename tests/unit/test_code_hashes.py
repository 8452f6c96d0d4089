"""Hashes of code: what changes them, and what does not."""

from pathlib import Path

import pytest

from neural_redshift import provenance

TABLE = '''
"""A table of small things."""

import numpy as np

FACTOR = 2


def double(x):
    """Twice."""
    return FACTOR * x


def half(x):
    return x / 2


THINGS = {"double": double, "half": half}
'''
USER = """
from neural_redshift import unrelated
from neural_redshift.table import THINGS


def use(name):
    return THINGS[name](1)


def other():
    return unrelated.value
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A package of three modules in place of the project's."""
    for name, text in {"table": TABLE, "user": USER, "unrelated": "value = 1\n"}.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(provenance, "SOURCE", tmp_path)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    for function in (provenance._code, provenance._row, provenance._module, provenance._exists):
        function.cache_clear()


def after(path: Path, old: str, new: str, **rows: list[str]) -> list[str]:
    """Hashes of the module `user` after an edit."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    forget()
    return provenance.code("neural_redshift.user", rows=rows)


def test_imports_are_followed(package: Path):
    assert [text.split("@")[0] for text in provenance.code("neural_redshift.user")] == [
        "table.py",
        "unrelated.py",
        "user.py",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Twice."""', '"""Double."""'),
        ("FACTOR * x", "(FACTOR *  x)  # a comment"),
        ("import numpy as np\n", ""),
        ("FACTOR = 2", "\n\nFACTOR   = 2"),
    ],
    ids=["docstring", "comment", "unused import", "layout"],
)
def test_an_edit_without_meaning_changes_nothing(package: Path, old: str, new: str):
    before = provenance.code("neural_redshift.user")
    assert after(package / "table.py", old, new) == before


@pytest.mark.parametrize(("old", "new"), [("FACTOR = 2", "FACTOR = 3"), ("x / 2", "x // 2"), ('"half"', '"halve"')])
def test_an_edit_with_meaning_changes_the_module_alone(package: Path, old: str, new: str):
    before = set(provenance.code("neural_redshift.user"))
    changed = set(after(package / "table.py", old, new)) - before
    assert [text.split("@")[0] for text in changed] == ["table.py"]


def test_of_a_table_only_the_rows_named_count(package: Path):
    before = provenance.code("neural_redshift.user", rows={"THINGS": ["double"]})
    assert after(package / "table.py", "x / 2", "x // 2", THINGS=["double"]) == before
    assert after(package / "table.py", "FACTOR = 2", "FACTOR = 3", THINGS=["double"]) != before


def test_a_row_stands_on_its_definitions(package: Path):
    rows = [provenance.row("neural_redshift.table", "THINGS", name) for name in ("double", "half")]
    after(package / "table.py", "FACTOR = 2", "FACTOR = 3")
    again = [provenance.row("neural_redshift.table", "THINGS", name) for name in ("double", "half")]
    assert [old == new for old, new in zip(rows, again, strict=True)] == [False, True]
    assert again[0].startswith("table.py:double@")


def test_a_definition_that_is_not_used_does_not_count(package: Path):
    before = provenance.code("neural_redshift.user")
    assert after(package / "unrelated.py", "value = 1", "value = 1\nanother = 2") == provenance.code(
        "neural_redshift.user"
    )
    # `user` is a root, so all of it counts, and with it unrelated.value, but not unrelated.another.
    assert provenance.code("neural_redshift.user") == before


def test_a_row_that_does_not_exist_is_named(package: Path):
    with pytest.raises(KeyError, match="no row 'third' in table THINGS"):
        provenance.row("neural_redshift.table", "THINGS", "third")


def test_fingerprints_do_not_depend_on_the_order_of_keys():
    assert provenance.fingerprint({"a": 1, "b": 2}) == provenance.fingerprint({"b": 2, "a": 1})
    assert provenance.fingerprint({"a": 1}) != provenance.fingerprint({"a": 2})


def test_pins_are_read_from_the_lock(tmp_path: Path):
    lock = tmp_path / "lock.txt"
    lock.write_text("# a comment\nnumpy==2.4.6\ncolorama==0.4.6 ; sys_platform == 'win32'\n")
    assert provenance.pins(lock, ["numpy"]) == ["numpy==2.4.6"]
    with pytest.raises(ValueError, match="no pin found for scipy"):
        provenance.pins(lock, ["numpy", "scipy"])
