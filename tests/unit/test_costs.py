"""Costs: every rule that computes is measured, the model finds the rates that made its data, the page shows them."""

import json
import re

import numpy as np
import pytest

import page_samples as samples
from benchmarks import costs as benchmark
from neural_redshift import costs
from neural_redshift.page.build import build
from project import ROOT

RATES = {"start": 2.0, "start of torch": 3.0, "sample": 1e-9, "measure fourier": 4e-6, "join": 5e-5}
WORKS = [
    *({"start": 1.0, "start of torch": 1.0, "sample": products} for products in (1e9, 2e10, 4e11)),
    *({"start": 1.0, "measure fourier": values} for values in (1e5, 3e6, 9e6)),
    {"start": 1.0, "join": 1e5},
]
COSTS = np.array([benchmark.predict(work, RATES) for work in WORKS])
KEPT = {"cpu_minutes": 12.34, "peak_mb": 512.0, "model_error": -0.071, "estimated_cpu_hours": 1234.5}
KEPT |= {"estimated_peak_mb": 20000.0, "jobs": 300}


def test_every_rule_that_computes_is_measured_beside_its_log():
    found = {}
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        for name, rule in re.findall(r"^ *rule (\w+):\n(.*?)(?=^ *(?:use )?rule |\Z)", file.read_text(), re.M | re.S):
            log, measured = (re.search(rf'{key}:\n +"(.*)\.\w+"', rule) for key in ("log", "benchmark"))
            assert log, name
            found[name] = measured and measured[1]
            assert not measured or measured[1] == log[1].replace("<logs>", "<results>/benchmarks")
    assert {name for name, measured in found.items() if not measured} == {"check", "readme", "metadata"}
    assert len(found) > 20


def test_the_fit_finds_the_rates_that_made_its_data():
    found = benchmark.fit(WORKS, COSTS)
    assert found == pytest.approx(RATES)


def test_no_rate_is_negative():
    slower_without = [{"start": 1.0}, {"start": 1.0, "sample": 1.0}]
    assert min(benchmark.fit(slower_without, np.array([2.0, 1.0])).values()) == 0.0


def test_a_job_is_predicted_by_others_of_its_kind_alone():
    found = benchmark.predict_by_others(WORKS, COSTS)
    assert found[:6] == pytest.approx(COSTS[:6])
    assert np.isnan(found[6])  # the one join


def test_a_wrong_time_is_not_predicted():
    wrong = COSTS * np.where(np.arange(len(COSTS)) == 1, 3.0, 1.0)
    assert benchmark.predict_by_others(WORKS, wrong)[1] == pytest.approx(COSTS[1])


def test_the_plan_is_read_with_what_each_job_stands_on():
    plan = """
[Sat Nov 28 00:05:00 2026]
rule generate:
    output: results/sequences/sin/3.parquet
    log: results/logs/generate/sin/3.log
    benchmark: results/benchmarks/generate/sin/3.tsv
    wildcards: activation=sin, depth=3

[Sat Nov 28 00:05:00 2026]
rule parse:
    input: results/sequences/sin/3.parquet, results/.fingerprints/transformers.parquet.txt
    output: results/tables/transformers.parquet
    benchmark: results/benchmarks/parse.tsv

[Sat Nov 28 00:05:00 2026]
localrule all:
    input: results/tables/transformers.parquet
"""
    generate, parse = benchmark.read_plan(plan, benchmark.configuration("default"))
    assert (generate.kind, parse.kind) == ("generate", "parse")
    assert generate.work["tokens x blocks"] == 3 * generate.work["tokens"]
    assert benchmark.stands_on(generate.outputs[0], [generate, parse]) == {generate.benchmark}
    assert benchmark.stands_on(parse.outputs[0], [generate, parse]) == {generate.benchmark, parse.benchmark}


def test_an_unknown_task_is_not_counted_as_nothing():
    with pytest.raises(ValueError, match="task 'other' found"):
        costs.trained("other", "relu", {"training": {"other": {}}})


def test_the_page_shows_what_was_measured_and_nothing_where_nothing_was():
    kept = {"machine": "a <fast> one, 2 cores", "ran": "default", "estimated": "paper", "everything": KEPT}
    kept["figures"] = dict.fromkeys(samples.FIGURES, KEPT) | {"fig03_functions": KEPT | {"model_error": None}}
    texts = samples.texts()
    without = build(samples.tables(), texts, samples.ABOUT, samples.SETTINGS)
    page = build(samples.tables(), texts | {"costs.json": json.dumps(kept)}, samples.ABOUT, samples.SETTINGS)
    assert 'id="costs"' not in without
    table = page.partition('<table id="cost">')[2].partition("</table>")[0]
    rows = [re.findall(r">([^<>\n]+)<", row) for row in table.split("<tr>")[2:]]
    assert [row[0].split()[:2] for row in rows] == [["Figure", "1"], ["Figure", "3"], ["Everything"]]
    assert [row[1:] for row in rows] == [["12", "0.5", error, "1,234", "20"] for error in ("−7 %", "–", "−7 %")]
    assert "a &lt;fast&gt; one, 2 cores" in page
