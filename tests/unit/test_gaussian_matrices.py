"""Matrices that are drawn only where they are looked at."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy import stats

from neural_redshift.networks import gaussian_matrices
from neural_redshift.networks.gaussian_matrices import MULTIPLE, ROWS, Drawn, LazyMatrices, Space, TiedHead, WholeMatrix
from reference import completed

CPU = torch.device("cpu")


def lazy(rows: int = 40, columns: int = 30, questions: int = 12, models: int = 2, scale: float = 1.0, key: int = 3):
    (space,) = Space.make((1, models, questions), rows, columns, CPU)
    return LazyMatrices(Drawn([key] * models, range(models), scale, CPU), space)


def test_the_answers_are_those_of_a_matrix():
    matrices, rng = lazy(), np.random.default_rng(0)
    asked = [torch.from_numpy(rng.normal(size=(2, 30)).astype(np.float32)) for _ in range(12)]
    answers = [matrices(x) for x in asked]
    for number in range(2):
        whole = completed(matrices, number, rng)
        for x, y in zip(asked, answers, strict=True):
            torch.testing.assert_close(whole @ x[number], y[number], rtol=0, atol=2e-5)


@pytest.mark.parametrize("apart", [1.0, 1e-3, 1e-5])
def test_questions_that_are_nearly_alike_get_consistent_answers(apart: float):
    matrices, rng = lazy(columns=30, questions=8), np.random.default_rng(1)
    first = rng.normal(size=(2, 30))
    asked = [torch.from_numpy((first + apart * rng.normal(size=(2, 30))).astype(np.float32)) for _ in range(8)]
    answers = [matrices(x) for x in asked]
    directions = matrices.directions()[0].numpy()
    np.testing.assert_allclose(directions @ directions.T, np.eye(8), atol=1e-4)
    whole = completed(matrices, 0, rng)
    for x, y in zip(asked, answers, strict=True):
        torch.testing.assert_close(whole @ x[0], y[0], rtol=0, atol=1e-4)


def test_more_questions_than_columns_and_the_same_one_again_have_no_new_directions():
    matrices, rng = lazy(columns=5, questions=9), np.random.default_rng(2)
    asked = [torch.from_numpy(rng.normal(size=(2, 5)).astype(np.float32)) for _ in range(7)]
    answers = [matrices(x) for x in asked]
    torch.testing.assert_close(matrices(asked[0]), answers[0], rtol=0, atol=2e-5)
    torch.testing.assert_close(matrices(torch.zeros(2, 5)), torch.zeros(2, 40))
    lengths = matrices.directions()[0].norm(dim=1)
    assert lengths.round(decimals=3).tolist() == [1] * 5 + [0] * 4


def test_a_gpu_is_told_the_same():
    here, there = lazy(key=5), lazy(key=5)
    rng = np.random.default_rng(3)
    base = rng.normal(size=(2, 30)).astype(np.float32)
    for step in range(12):
        x = torch.from_numpy(base if step in (3, 7) else base + rng.normal(size=(2, 30)).astype(np.float32))
        y = there._ask_in_torch(x)
        there.asked += 1
        torch.testing.assert_close(here(x), y, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(here.images, there.images)
    torch.testing.assert_close(here.m, there.m)


def test_answers_have_the_law_of_a_whole_matrix_when_questions_depend_on_answers():
    models = 4000
    matrices = lazy(rows=3, columns=3, questions=3, models=models, scale=2.0)
    x = torch.tensor([[1.0, 0.5, 0.0]]).repeat(models, 1)
    for _ in range(3):
        y = matrices(x)
        x = torch.tanh(y) + x.flip(1)
    rng = np.random.default_rng(4)
    w = torch.from_numpy(rng.normal(0, 2, (models, 3, 3)).astype(np.float32))
    x = torch.tensor([[1.0, 0.5, 0.0]]).repeat(models, 1)
    for _ in range(3):
        expected = (w @ x[:, :, None])[..., 0]
        x = torch.tanh(expected) + x.flip(1)
    for found, drawn in zip(y.T, expected.T, strict=True):
        assert stats.ks_2samp(found, drawn).pvalue > 0.01
    assert stats.ks_2samp(y.prod(1), expected.prod(1)).pvalue > 0.01


def test_a_tied_head_gives_a_row_when_it_is_asked_and_scores_by_it():
    (space,) = Space.make((1, 2, 10), 50, 20, CPU)
    head = TiedHead(Drawn([1, 2], [0, 0], 0.5, CPU), Drawn([3, 4], [0, 0], 0.5, CPU), space)
    rng = np.random.default_rng(5)
    asked, answers, rows = [], [], []
    for step in range(10):
        rows.append((torch.tensor([7 * step % 50, 3]), head.embed(torch.tensor([7 * step % 50, 3]))))
        asked.append(torch.from_numpy(rng.normal(size=(2, 20)).astype(np.float32)))
        answers.append(head(asked[-1]))
    for number in range(2):
        whole = completed(head, number, rng)
        for tokens, row in rows:
            torch.testing.assert_close(whole[tokens[number]], row[number])
        for x, y in zip(asked, answers, strict=True):
            torch.testing.assert_close(whole @ x[number], y[number], rtol=0, atol=2e-5)


def test_a_row_of_a_tied_head_has_the_law_of_a_row_of_a_whole_matrix():
    models = 3000
    (space,) = Space.make((1, models, 3), 8, 4, CPU)
    head = TiedHead(Drawn([1] * models, range(models), 1.0, CPU), Drawn([2] * models, range(models), 1.0, CPU), space)
    x = torch.tensor([[0.3, -1.0, 0.5, 2.0]]).repeat(models, 1)
    for _ in range(3):
        best = head(x).argmax(1)
        row = head.embed(best)
        x = x.roll(1, 1) + row
    w = torch.from_numpy(np.random.default_rng(6).normal(size=(models, 8, 4)).astype(np.float32))
    x = torch.tensor([[0.3, -1.0, 0.5, 2.0]]).repeat(models, 1)
    for _ in range(3):
        expected = w[torch.arange(models), (w @ x[:, :, None])[..., 0].argmax(1)]
        x = x.roll(1, 1) + expected
    for found, drawn in zip(row.T, expected.T, strict=True):
        assert stats.ks_2samp(found, drawn).pvalue > 0.01


def test_a_whole_matrix_multiplies():
    matrix = WholeMatrix.draw(Drawn([9], [4], 0.1, CPU), 33, 17)
    assert abs(float(matrix.values.std()) - 0.1) < 0.01
    x = torch.from_numpy(np.random.default_rng(7).normal(size=(50, 17)).astype(np.float32))
    torch.testing.assert_close(matrix(x), x @ matrix.values.T, rtol=0, atol=1e-6)
    torch.testing.assert_close(matrix.embed(torch.tensor([5, 5])), matrix.values[[5, 5]])


def test_a_row_of_a_product_does_not_depend_on_how_many_there_are():
    rng = np.random.default_rng(8)
    for rows, columns in ((33, 17), (16, 64), (96, 32), (3072, 768), (768, 3072)):
        matrix = WholeMatrix.draw(Drawn([9], [4], 0.02, CPU), rows, columns)
        x = torch.from_numpy(rng.normal(size=(2 * ROWS + 5, columns)).astype(np.float32))
        every = matrix(x)
        for count in (1, 16, 17, 24, 100, ROWS, ROWS + 1):
            torch.testing.assert_close(matrix(x[:count]), every[:count], rtol=0, atol=0)
            torch.testing.assert_close(matrix(x[-count:]), every[-count:], rtol=0, atol=0)


@pytest.mark.skipif(MULTIPLE == ROWS, reason="rows are filled up to one number of them")
@pytest.mark.parametrize("most", ["SSE41", "AVX2", "AVX512_CORE"])
def test_nor_does_it_with_the_instructions_of_other_processors(most: str):
    call = "from test_gaussian_matrices import *; test_a_row_of_a_product_does_not_depend_on_how_many_there_are()"
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": most, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", call], env=environment, check=True)


def test_where_rows_are_summed_by_how_many_there_are_they_are_always_as_many(monkeypatch: pytest.MonkeyPatch):
    matrix, found = WholeMatrix(torch.eye(3)), []
    monkeypatch.setattr(gaussian_matrices, "MULTIPLE", ROWS)
    monkeypatch.setattr(gaussian_matrices, "affine", lambda x, _: found.append(len(x)) or x)
    x = torch.rand(ROWS + 1, 3)
    torch.testing.assert_close(torch.cat([matrix(x[:5]), matrix(x[5:])]), x)
    assert found == [ROWS, ROWS]
