"""Files from hostile hands are read, or refused in a sentence, in bounded time and memory; nothing else is written."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutations import spoilt
from readers import CORPUS, READERS, survive, whole

KEPT = sorted(CORPUS.iterdir())


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.mark.parametrize("name", READERS)
def test_a_whole_file_is_read(name: str, folder: Path):
    assert survive(name, whole(name), folder) is None


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.name)
def test_what_was_found_by_fuzzing_is_survived(file: Path, folder: Path):
    survive(file.name.partition(".")[2], file.read_bytes(), folder)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_spoilt_files_are_survived(name: str, data: st.DataObject, folder: Path):
    for file in folder.iterdir():
        file.unlink()
    survive(name, data.draw(spoilt(name, whole(name))), folder)
