"""The page that a run makes."""

import json
import re
import zipfile

import yaml

from neural_redshift.tables import fingerprint_of_kept, verify
from project import ROOT, TINY, Project


def test_the_page_of_a_run_shows_every_figure_in_the_order_of_the_list(built: Project):
    page = (built.folder / "figures/tiny/index.html").read_text()
    shown = re.findall(r'<article id="(\w+)"', page)
    assert shown == list(yaml.safe_load((ROOT / "workflow/figures.yaml").read_text()))
    captions = re.findall(r"<figcaption>\s*<p>(.*?)</p>", page)
    assert len(captions) == len(shown)
    assert all("n = " in caption for caption in (text.replace("\u00a0", " ") for text in captions))


def test_the_page_is_whole_and_carries_what_is_expected_of_it(built: Project):
    page = built.folder / "figures/tiny/index.html"
    verify(page)
    expected = json.loads((built.folder / "results/tiny/.fingerprints/expected.json").read_text())
    assert fingerprint_of_kept(page) == expected["figures/tiny/index.html"]


def test_where_and_when_stands_beside_the_page_and_not_on_it(built: Project):
    page, beside = (built.folder / f"figures/tiny/index{kind}.html" for kind in ("", ".provenance"))
    made = json.loads((built.folder / "results/tiny/tables/modulo.provenance.json").read_text())
    assert made["written"] in beside.read_text()
    assert made["written"] not in page.read_text()


def test_the_report_of_snakemake_has_every_figure_with_category_and_caption(built: Project):
    built.snakemake(*TINY, "--report", "report.zip")
    with zipfile.ZipFile(built.folder / "report.zip") as report:
        names, html = report.namelist(), report.read("report/report.html").decode()
    figures = yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())
    assert {name.rpartition("/")[2].removesuffix(".svg") for name in names if name.endswith(".svg")} == set(figures)
    assert "Figures of the paper" in html
    assert "Appendices and controls" in html
    for figure, tables in figures.items():
        assert re.search(rf"The figure <strong>{figure}</strong>, drawn from .{{0,200}}{tables[0]}.parquet", html), (
            figure
        )
