"""Sequences are made once, whichever run asks for them, and however many there are to be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from neural_redshift import generation
from neural_redshift.complexity.token_sequences import cut, excerpt, measure_sequences
from neural_redshift.device import VARIABLE
from neural_redshift.generation import cells, run_job
from neural_redshift.networks import gpt2
from neural_redshift.tables import read_table

METADATA = {"fingerprint": "job", "config": "{}", "seed": "1"}
USUAL = {"final_norm": False, "head": "tied", "centred": False, "ablation": "none", "models": 1}


def settings(*runs: dict, **changes) -> dict:
    sizes = {"width": 16, "heads": 2, "vocabulary": 60, "positions": 40}
    about = {"activation": "tanh", "depth": 2, "seed": 1, "made_by": "today"}
    return sizes | about | {"runs": [USUAL | run for run in runs]} | changes


def paper(sequences: int, scales=(1.0,), tokens: int = 12, **changes) -> dict:
    return {"protocol": "paper", "layer_norm_scales": list(scales), "tokens": tokens, "sequences": sequences, **changes}


def authors(sequences: int, models: int) -> dict:
    return paper(sequences, (0.5, 4.0), protocol="authors_code", models=models)


def made(folder: Path, *runs: dict, **changes) -> tuple[pd.DataFrame, list[str]]:
    """The table of a job and what it reports."""
    said: list[str] = []
    run_job(str(folder / "2.parquet"), settings(*runs, **changes), METADATA, said.append)
    return read_table(folder / "2.parquet", "sequences"), said


def same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))


def test_a_cell_that_several_runs_name_has_the_rows_of_all_of_them():
    found = cells(settings(paper(3, (1, 2.0)), paper(5), paper(2, head="untied")))
    assert [(cell.layer_norm_scale, cell.head, len(rows)) for cell, rows in found.items()] == [
        (1.0, "tied", 5),
        (2.0, "tied", 3),
        (1.0, "untied", 2),
    ]


def test_rows_say_what_they_are(tmp_path: Path):
    table, said = made(tmp_path, paper(3, (0.5, 4.0)), authors(2, models=2))
    assert said[0] == "0 sequences are at hand, 14 are to be made"
    assert said[-1].startswith("14 of 14, ")
    own, shared = (table[table.protocol == name] for name in ("paper", "authors_code"))
    assert own.model.tolist() == own.sequence.tolist() == [0, 1, 2] * 2
    assert shared[["model", "sequence"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]] * 2
    assert shared.prompt.tolist() == shared.sequence.tolist()
    assert own.prompt.nunique() > 2
    assert all(
        tokens[0] == prompt and len(tokens) == 13 for tokens, prompt in zip(table.tokens, table.prompt, strict=True)
    )


def test_models_of_the_authors_code_are_alike_at_every_scale_and_differ_from_each_other(tmp_path: Path):
    table, _ = made(tmp_path, paper(4, (1.0, 1.0001), protocol="authors_code", models=2))
    by = {key: np.stack(rows.tokens) for key, rows in table.groupby(["layer_norm_scale", "model"])}
    np.testing.assert_array_equal(by[1.0, 0], by[1.0001, 0])
    assert (by[1.0, 0] != by[1.0, 1]).any()


def test_more_sequences_start_from_those_that_exist(tmp_path: Path):
    made(tmp_path, paper(3, (0.5, 4.0)), authors(2, models=1))
    (tmp_path / "2.parquet").unlink()  # as Snakemake does before it runs a job again
    more, said = made(tmp_path, paper(5, (0.5, 4.0, 8.0)), authors(3, models=2))
    assert said[0] == "10 sequences are at hand, 17 are to be made"
    same(more, made(tmp_path / "fresh", paper(5, (0.5, 4.0, 8.0)), authors(3, models=2))[0])


def test_fewer_sequences_are_those_that_exist(tmp_path: Path):
    made(tmp_path, paper(5))
    fewer, said = made(tmp_path, paper(2))
    assert said == ["2 sequences are at hand, 0 are to be made"]
    same(fewer, made(tmp_path / "fresh", paper(2))[0])


@pytest.mark.parametrize("fate", ["damaged", "foreign", "made by other code"])
def test_a_part_that_is_not_whole_or_of_other_making_is_made_again(tmp_path: Path, fate: str):
    first, _ = made(tmp_path, paper(3), made_by="yesterday" if fate == "made by other code" else "today")
    (part,) = (tmp_path / "2").glob("*.parquet")
    if fate == "damaged":
        part.write_bytes(part.read_bytes()[:-20])
    elif fate == "foreign":
        part.write_text("not a table")
    again, said = made(tmp_path, paper(3))
    assert said[0] == "0 sequences are at hand, 3 are to be made"
    same(again, first)


def test_a_killed_job_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(generation, "TOGETHER", 8)
    usual, calls = generation.make, []

    def stopping(*arguments):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(arguments)
        return usual(*arguments)

    monkeypatch.setattr(generation, "make", stopping)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path, paper(20))
    monkeypatch.setattr(generation, "make", usual)
    table, said = made(tmp_path, paper(20))
    assert said[0] == "16 sequences are at hand, 4 are to be made"
    same(table, made(tmp_path / "fresh", paper(20))[0])


def test_sequences_do_not_depend_on_how_many_are_made_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    table, _ = made(tmp_path / "together", paper(9), paper(4, centred=True, head="untied"))
    monkeypatch.setattr(generation, "TOGETHER", 2)
    generation._spaces.cache_clear()
    same(table, made(tmp_path / "apart", paper(9), paper(4, centred=True, head="untied"))[0])


@pytest.mark.parametrize(("place", "on"), [("cpu", False), ("meta", True)])
def test_algorithms_are_deterministic_except_on_a_cpu(place: str, on: bool, monkeypatch: pytest.MonkeyPatch):
    found = []

    def generate(architecture, weights, norms, prompts, tokens, cache):
        found.append((cache.device.type, torch.are_deterministic_algorithms_enabled()))
        return np.zeros((len(prompts), tokens + 1), int)

    monkeypatch.setattr(generation, "device", lambda float64: torch.device(place))
    monkeypatch.setattr(gpt2, "generate", generate)
    for job in (settings(paper(1)), settings(authors(1, models=1))):
        generation._spaces.cache_clear()
        generation._model.cache_clear()
        (cell, (row, *_)), *_ = cells(job).items()
        generation.make(job, [(cell, row)])
    generation._spaces.cache_clear()
    generation._model.cache_clear()
    assert found == [(place, on)] * 2
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.gpu
@pytest.mark.parametrize("run", [paper(20, head="untied"), paper(20), authors(20, models=1)], ids=str)
def test_a_gpu_makes_the_same_tokens_again(monkeypatch, run: dict):
    monkeypatch.setenv(VARIABLE, "cuda")
    job = settings(run)
    rows = [(cell, row) for cell, numbers in cells(job).items() for row in numbers]
    same(generation.make(job, rows, len(rows)), generation.make(job, rows, len(rows)))


def test_phrases_are_those_of_the_parse():
    rng = np.random.default_rng(0)
    tokens = [rng.integers(0, most, 101) for most in (1, 2, 3, 50, 50257)]
    table = measure_sequences(pd.DataFrame({"tokens": [*tokens, np.arange(7)]}))
    assert table.lempel_ziv.tolist()[0] == 13
    assert table.lempel_ziv.tolist()[-1] == 7
    assert table.distinct_tokens.tolist()[:3] == [1, 2, 3]
    for row in table.itertuples():
        written = cut(row.tokens)
        assert len(set(written.split(" | "))) == row.lempel_ziv
        assert [int(token) for token in written.replace("|", "").split()] == row.tokens.tolist()


def test_an_excerpt_is_of_gpt2_as_it_is(tmp_path: Path):
    table, _ = made(tmp_path, paper(3, (0.5, 1.0)), paper(3, head="untied"), authors(2, 1))
    shown = excerpt(measure_sequences(table), depth=2, most=2)
    assert shown[["activation", "sequence"]].to_numpy().tolist() == [["tanh", 0], ["tanh", 1]]
    expected = table[(table.layer_norm_scale == 1) & (table["head"] == "tied")].tokens.iloc[1]
    np.testing.assert_array_equal(shown.tokens[1], expected)
