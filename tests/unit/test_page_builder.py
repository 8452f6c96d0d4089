"""The page: a row for every claim, everything escaped, every picture in words, nothing fetched."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

import page_samples as samples
from neural_redshift.page import build, documents, gallery, interval_plot, sprites, verdicts, words
from neural_redshift.page.verdicts import VERDICTS
from neural_redshift.provenance import content
from neural_redshift.tables import DamagedFile, fingerprint_of_kept, read_table, verify, write_page
from project import ROOT

REGISTERED = yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())
STYLE = (ROOT / "src/neural_redshift/page/templates/style.css").read_text()


class Reader(HTMLParser):
    """Elements of a page as (tag, attributes), and the table of claims."""

    def __init__(self, page: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        about = dict(attributes)
        self.elements.append((tag, about))
        if tag == "table":
            self.inside = about.get("id") == "claims"
        if self.inside and tag == "tr":
            self.rows.append([])
        if self.inside and tag in ("td", "th"):
            self.rows[-1].append(about.get("data-value", about.get("data-name")))

    def handle_data(self, text):
        if self.inside and self.rows and self.rows[-1] and self.rows[-1][-1] is None:
            self.rows[-1][-1] = text.strip()

    def all(self, tag: str, attribute: str) -> list[str]:
        return [about[attribute] for name, about in self.elements if name == tag and attribute in about]


@pytest.fixture(scope="module")
def page() -> str:
    return build.build(samples.tables(), samples.texts(), samples.ABOUT, samples.SETTINGS)


@pytest.fixture(scope="module")
def reader(page: str) -> Reader:
    return Reader(page)


def claims_on(reader: Reader) -> pd.DataFrame:
    head, *rows = [[cell or "" for cell in row] for row in reader.rows]
    return pd.DataFrame(rows, columns=head)


def test_every_claim_is_a_row_with_the_values_of_the_table(reader: Reader):
    found, expected = claims_on(reader), samples.claims().query("kind == 'statement'")
    assert set(expected) < set(found)
    for name in ("estimate", "low", "high"):
        numbers = pd.to_numeric(found.pop(name))
        known = np.isfinite(expected[name])
        assert list(numbers[known]) == list(expected[name][known])
        assert numbers[~known].isna().all()
    for name in set(expected) & set(found):
        assert list(found[name]) == list(expected[name].astype(str))


def test_verdicts_are_counted_and_written_alike(page: str):
    assert verdicts.counts(samples.claims()) == {"supported": 1, "contradicted": 2, "undecided": 2}
    for verdict, sign in VERDICTS.items():
        assert f'<span class="verdict {verdict}"><i aria-hidden="true">{sign}</i> {verdict}</span>' in page
    assert not re.findall(r"\.(?:supported|contradicted|undecided)[^{]*\{[^}]*font", STYLE)


def test_controls_stand_apart_and_are_not_counted(page: str):
    statements, controls = page.split('id="ours"')
    assert "What the first is made of." in controls
    assert "What the first is made of." not in statements
    assert "5 statements of the paper" in statements
    alone = {**samples.tables(), "claims": samples.claims().query("kind == 'statement'")}
    assert 'id="ours"' not in build.build(alone, samples.texts(), samples.ABOUT, samples.SETTINGS)


def test_a_claim_shows_why_its_region_and_what_every_setting_leads_to(page: str):
    row = page.split('id="claim-tanh_low"')[1].split("</tr>", maxsplit=1)[0]
    assert "it is &lt;said&gt; so" in row
    assert re.findall(r"</i> (.*?)</li>", row) == [
        "measure cosine: undecided",
        "variant skip: supported",
        "depth 3: no data",
    ]
    found = verdicts.choices("a 1: supported; b 2: undecided; c 3: no data", "supported")
    assert [each["kind"] for each in found] == ["same", "undecided", "no_data"]


def test_without_claims_the_page_says_so():
    tables = {name: table for name, table in samples.tables().items() if name != "claims"}
    page = build.build(tables, samples.texts(), samples.ABOUT, samples.SETTINGS)
    assert "No verdicts yet" in page
    assert 'id="claims"' not in page


def test_what_a_table_says_is_escaped(page: str):
    assert "<low>" not in page
    assert "ReLU networks are &lt;low&gt; &amp; flat" in page
    assert "</script" not in json.dumps(page.split('id="data">')[1].split("</script>", maxsplit=1)[0])
    assert build.as_json({"name": "</script>"}) == '{"name":"\\u003c/script>"}'


def test_every_picture_has_its_numbers_as_words(reader: Reader):
    alternatives = reader.all("img", "alt")
    assert len(alternatives) == len(samples.FIGURES)
    assert all(re.search(r"ReLU .*\d", text) for text in alternatives)
    plots = [about for tag, about in reader.elements if tag == "svg"]
    assert len(plots) == len(samples.claims())
    assert all(about["role"] == "img" and "region" in about["aria-label"] for about in plots)


def test_the_page_is_the_same_bytes_again(page: str):
    assert page == build.build(samples.tables(), samples.texts(), samples.ABOUT, samples.SETTINGS)


def test_nothing_is_fetched_and_every_link_leads_somewhere(page: str, reader: Reader):
    places = reader.all("img", "src") + reader.all("link", "href") + reader.all("script", "src")
    assert all(re.match(r"data:,|\w+\.svg$", place) for place in places)
    assert not re.search(r"fetch\(|XMLHttpRequest|@import|url\(", page)
    names = [about["id"] for _, about in reader.elements if about.get("id")]
    assert len(names) == len(set(names))
    inside = {link[1:] for link in reader.all("a", "href") if link.startswith("#")}
    assert inside <= set(names)
    outside = [link for link in reader.all("a", "href") if not link.startswith("#")]
    assert all(re.match(r"[\w.]+\.(svg|png|html)$", link) for link in outside)


def test_controls_have_labels_and_sections_have_headings(page: str, reader: Reader):
    sections = reader.all("section", "aria-labelledby")
    assert len(sections) == len(re.findall("<section", page)) == 8
    assert len(re.findall("<h1", page)) == 1
    labelled = re.findall(r"<label>(?:(?!</label>).)*<(?:select|input)", page, flags=re.DOTALL)
    assert len(labelled) == len(re.findall("<(?:select|input)", page))


def test_the_explorer_holds_means_of_the_cells(page: str):
    data = json.loads(page.split('id="data">')[1].split("</script>", maxsplit=1)[0])
    found = data["architectures"]["plain/tanh"]
    assert (found["depths"], found["magnitudes"], found["networks"]) == ([1, 3], [0.5, 2.0], 2)
    networks = samples.networks().query("variant == 'plain' and activation == 'tanh'")
    means = networks.groupby(["depth", "weight_magnitude"]).fourier.mean()
    assert [mean for mean, _, _ in found["numbers"]["fourier"]] == pytest.approx(list(means), rel=1e-3)
    assert all(n == samples.NETWORKS for _, _, n in found["numbers"]["fourier"])
    assert len(found["sprite"]["sides"]) == 2 * 2 * 2
    assert found["ranges"][0] == [-1.5, 2.0]
    assert (data["measures"][0]["plane"], data["measures"][0]["noise"]) == (0.2, 0.5)


def test_a_sprite_keeps_noise_and_thins_what_is_smooth():
    noise = np.random.default_rng(1).integers(0, 256, (64, 64), dtype=np.uint8)
    wave = np.rint(127.5 + 127.5 * np.sin(np.linspace(0, 3, 64))).astype(np.uint8)
    smooth = np.ascontiguousarray(np.broadcast_to(wave, (64, 64)))
    found = sprites.sprite([noise, smooth, noise], columns=2)
    assert (found.slot, found.sides[0], found.sides[2]) == (64, 64, 64)
    assert found.sides[1] < 64
    canvas = np.asarray(Image.open(io.BytesIO(base64.b64decode(found.png)))).astype(int)
    assert canvas.shape == (128, 128)
    assert np.abs(canvas[64:, :64] - noise).max() <= 255 / (sprites.LEVELS - 1) / 2 + 1


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("low: below 0.25", (-np.inf, 0.25)),
        ("above 0.5", (0.5, np.inf)),
        ("none: between -0.1 and 0.1", (-0.1, 0.1)),
        ("below -0.5", (-np.inf, -0.5)),
        ("< .25", (-np.inf, 0.25)),
        ("> .50", (0.5, np.inf)),
        ("-.10 … .10", (-0.1, 0.1)),
        ("−.1 … .1", (-0.1, 0.1)),
        ("sign as stated", None),
    ],
)
def test_a_region_is_read_from_its_words(text: str, region: tuple[float, float] | None):
    assert interval_plot.region_of(text) == region


def test_the_estimate_lies_in_the_shade_exactly_if_it_lies_in_the_region():
    def places(estimate: float) -> tuple[float, float, float]:
        plot = interval_plot.interval_plot(estimate, estimate - 0.1, estimate + 0.1, "< .25", "supported")
        left, width = map(float, re.search(r'class="region" x="([\d.]+)" y="2" width="([\d.]+)"', plot).groups())
        return left, left + width, float(re.search(r'cx="([\d.]+)"', plot).group(1))

    left, right, inside = places(0.1)
    assert left < inside < right
    left, right, outside = places(0.4)
    assert outside > right > left


def test_figures_of_a_claim_are_those_that_its_section_names_or_that_of_its_name():
    for claim, section, expected in (
        ("relu_low", "3, Figures 1 and 4", ["fig01_teaser", "fig04_heatmaps"]),
        ("magnitude_general", "Table 1, Figure 5", ["fig05_magnitude", "table1_components"]),
        ("relu_like_slight_rise", "Appendix F", ["app_f_closeups"]),
        ("guess_mse", "4, box", ["box_guess_and_check"]),
        ("match_target", "1 (3), 4.1", ["fig07_modulo"]),
        ("something_else", "3", ["fig04_heatmaps"]),
    ):
        assert verdicts.figures_of(claim, section, REGISTERED) == expected
    assert set(verdicts.FIGURES_OF.values()) <= set(gallery.HEADINGS)


def test_a_caption_and_its_height_are_read_from_the_figure():
    found = gallery.read_picture(samples.SVG)
    assert found.caption == "Mean complexity (n = 3 < 4) of random networks."
    assert (found.width, found.height) == (500, 247.9)
    assert gallery.read_picture('<svg viewBox="0 0 5 3"></svg>') == (5, 3, "")


def test_every_figure_has_a_heading():
    assert set(REGISTERED) <= set(gallery.HEADINGS)


@pytest.mark.parametrize("figure", REGISTERED)
def test_every_figure_is_told_in_words_from_the_kept_tables(figure: str):
    tables = {name: read_table(ROOT / f"results/tables/{name}.parquet", name) for name in REGISTERED[figure]}
    told = words.in_words(figure, tables)
    assert len(re.findall(r"\d", told)) > 10
    assert "nan" not in told


def test_an_unknown_figure_is_told_by_its_tables():
    table = samples.networks()
    told = words.in_words("something_new", {"random_networks": table})
    assert told.startswith(f"{len(table)} rows of random_networks. Fourier complexity, lowest to highest: ReLU ")


def test_documents_are_rendered_without_their_markup():
    text = (
        "# Title\n\n## Part\n\n<b>bold</b> [there](measures.md) and [out](https://example.org)\n\n|a|b|\n|-|-|\n|1|2|\n"
    )
    found = documents.markdown(text)
    assert "Title" not in found
    assert "<h3>Part</h3>" in found
    assert "&lt;b&gt;" in found
    assert " there and " in found
    assert '<a href="https://example.org">out</a>' in found
    assert "<td>1</td>" in found


def test_the_citation_names_every_author():
    found = documents.cite((ROOT / "CITATION.cff").read_text())
    assert found["bibtex"].startswith("@inproceedings{teney2024neural,")
    assert all(name in found["paper"] for name in ("Teney", "Nicolicioiu", "Hartmann", "Abbasnejad", "2024"))


def test_the_page_carries_fingerprint_and_checksum(page: str, tmp_path: Path):
    file = tmp_path / "index.html"
    write_page(file, page + "sha256:" + "0" * 64)
    verify(file)
    assert fingerprint_of_kept(file) == samples.SETTINGS["fingerprint"]
    file.write_bytes(file.read_bytes().replace(b"Verdicts", b"verdicts", 1))
    with pytest.raises(DamagedFile, match="not those that were written"):
        verify(file)


def test_machines_are_named_where_they_are_known():
    known = {"written": "2024-01-01", "processor": "<x86>"}
    found = build.machines({"modulo": known, "start": None})
    assert "&lt;x86&gt;" in found
    assert "it came with the clone" in found
    assert "it came with the clone" in build.machines({"start": None})


def test_an_edit_of_a_text_changes_its_hash_and_line_ends_do_not(tmp_path: Path):
    file = tmp_path / "style.css"
    file.write_bytes(b"a\nb\n")
    before = content(file)
    file.write_bytes(b"a\r\nb\r\n")
    assert content(file) == before
    file.write_bytes(b"a\nc\n")
    assert content(file) != before


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "faint", "accent", "supported", "contradicted", "undecided"])
def test_text_stands_out_from_its_ground(name: str, scheme: int):
    colours = {key: pair[scheme] for key, *pair in re.findall(r"--(\w+): light-dark\((#\w+), (#\w+)\)", STYLE)}

    def luminance(colour: str) -> float:
        shares = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for ground in ("paper", "card", "shade"):
        dark, light = sorted((luminance(colours[name]), luminance(colours[ground])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, level AA
