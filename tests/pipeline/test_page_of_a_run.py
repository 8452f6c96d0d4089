"""The page that a run makes."""

import json
import re

import yaml

from neural_redshift.tables import fingerprint_of_kept, verify
from project import ROOT, Project


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
