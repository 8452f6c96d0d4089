"""The page in a real browser, opened as a file: from the kept tables and figures, with made-up claims."""

import io
import os
import shutil
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path

import pandas as pd
import pytest
import yaml

import page_samples as samples
from neural_redshift.page.build import build, machines
from neural_redshift.tables import made_from, read_table, write_page
from project import ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {"phone": (390, 844), "desk": (1440, 1000)}


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page in a folder of its own, beside the figures."""
    folder = tmp_path_factory.mktemp("page")
    figures = yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())
    names = {"calibration", "function_images", "random_networks", *chain(*figures.values())}
    paths = {name: ROOT / f"results/tables/{name}.parquet" for name in sorted(names)}
    for figure in figures:
        for kind in ("svg", "png"):
            shutil.copy2(ROOT / f"figures/{figure}.{kind}", folder)
    texts = samples.texts() | {path.name: path.read_text() for path in folder.glob("*.svg")}
    tables = {name: read_table(path, name) for name, path in paths.items()} | {"claims": samples.claims()}
    about = {name: made_from(path) for name, path in paths.items()}
    write_page(folder / "index.html", build(tables, texts, about, samples.SETTINGS | {"figures": [*figures.items()]}))
    write_page(folder / "index.provenance.html", machines(dict.fromkeys(paths)))
    return (folder / "index.html").as_uri()


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A browser without a window; where there is none the tests are skipped, but never in CI."""
    place = next(filter(None, map(shutil.which, BROWSERS)), None)
    if place is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("browserless: no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=place, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def page(chromium, address: str, request: pytest.FixtureRequest) -> Iterator:
    """The page as a phone and as a desk show it; a message on the console or a request elsewhere fails the test."""
    width, height = SIZES[request.param]
    tab = chromium.new_page(viewport={"width": width, "height": height}, color_scheme="light")
    said, asked = [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda asked_for: asked.append(asked_for.url))
    tab.goto(address)
    yield tab
    tab.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def column(page, table: str, number: int) -> list[str]:
    """Texts of a column of a table, from top to bottom."""
    return page.locator(f"#{table} tbody tr").evaluate_all(
        "(rows, number) => rows.map((row) => row.cells[number].dataset.value ?? row.cells[number].innerText)", number
    )


def state(page) -> tuple[str, ...]:
    """What the explorer shows: pictures, numbers, place in the heatmap."""
    page.wait_for_function("document.querySelectorAll('#functions canvas[aria-label]').length === 2")
    page.wait_for_timeout(100)
    return (
        page.evaluate("[...document.querySelectorAll('#functions canvas')].map((c) => c.toDataURL()).join()"),
        page.inner_text("#numbers tbody"),
        page.get_attribute("#heatmap [aria-selected=true] button", "aria-label"),
    )


def test_the_page_opens_and_is_of_moderate_size(page, address: str):
    assert page.inner_text("h1") == "Neural Redshift: the artifact"
    assert page.locator("#claims tbody tr").count() == len(samples.CLAIMS)
    assert Path(address.removeprefix("file://")).stat().st_size < 10e6


@pytest.mark.parametrize("width", [320, 390, 768, 1000, 1440])
def test_nothing_overflows(page, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    width, most = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= most
    outside = page.evaluate(
        "[...document.querySelectorAll('main *')].filter((part) => part.getClientRects().length && !part.closest('pre')"
        " && part.getBoundingClientRect().right > innerWidth + 1).map((part) => part.outerHTML.slice(0, 80))"
    )
    assert outside == []


def test_figures_are_shown_whole(page):
    for picture in page.locator("#gallery img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("(image) => image.decode()")
        assert picture.evaluate("(image) => image.naturalWidth") > 0
        assert len(picture.get_attribute("alt")) > 40


def test_the_verdicts_sort_by_mouse_and_by_keyboard(page):
    n = page.locator("#claims thead th[data-name=n]")
    n.locator("button").click()
    assert n.get_attribute("aria-sort") == "ascending"
    assert column(page, "claims", 3) == sorted(column(page, "claims", 3), key=int)
    n.locator("button").press("Enter")
    assert n.get_attribute("aria-sort") == "descending"
    assert column(page, "claims", 3) == sorted(column(page, "claims", 3), key=int, reverse=True)
    effect = page.locator("#claims thead th[data-name=estimate]")
    effect.locator("button").click()
    assert n.get_attribute("aria-sort") is None
    assert column(page, "claims", 2) == ["-0.01", "0.12", "0.4", "0.7", ""]
    effect.locator("button").click()
    assert column(page, "claims", 2)[-1] == ""  # what has no value comes last either way


def test_rows_that_are_alike_keep_their_order(page):
    before = column(page, "claims", 0)
    verdicts = dict(zip(before, column(page, "claims", 1), strict=True))
    page.click("#claims thead th[data-name=verdict] button")
    assert column(page, "claims", 0) == sorted(before, key=verdicts.get)


def test_one_verdict_can_be_shown_alone(page):
    page.click(".count.contradicted")
    assert page.locator("#claims tbody tr:visible").count() == 2
    assert page.locator("#controls tbody tr:visible").count() == 1
    page.click(".count.contradicted")
    assert page.locator("#claims tbody tr:visible").count() == len(samples.CLAIMS)


def test_the_verdicts_are_downloaded_as_they_are(page):
    with page.expect_download() as waiting:
        page.click("#claims .csv")
    found = pd.read_csv(io.StringIO(Path(waiting.value.path()).read_text()))
    expected = samples.claims().query("kind == 'statement'")
    assert waiting.value.suggested_filename == "claims.csv"
    for name in ("claim", "statement", "region", "reason", "n", "verdict", "settings_tried"):
        assert list(found[name]) == list(expected[name])
    assert found.estimate.iloc[:4].tolist() == expected.estimate.iloc[:4].tolist()


def test_every_table_sorts_and_has_a_download(page):
    for table in page.locator("main table").all():
        assert table.locator(".csv").count() == 1
        first = table.locator("thead th").first
        first.locator("button").click()
        assert first.get_attribute("aria-sort") == "ascending"


def test_the_explorer_follows_every_control(page):
    seen = [state(page)]
    assert "tanh" in page.inner_text("#summary")
    for control, value in (("activation", "sin"), ("variant", "gated")):
        page.select_option(f"[name={control}]", value)
        seen.append(state(page))
    for control in ("depth", "magnitude"):
        page.focus(f"[name={control}]")
        page.keyboard.press("ArrowRight")
        seen.append(state(page))
    for before, after in pairwise(seen):
        assert all(old != new for old, new in zip(before, after, strict=True))
    page.select_option("[name=variant]", "unbiased")
    assert "unbiased model" in page.inner_text("#summary")
    assert page.is_disabled("[name=activation]")


def test_the_numbers_of_a_cell_are_those_of_the_table(page):
    networks = read_table(ROOT / "results/tables/random_networks.parquet", "random_networks")
    cell = networks[(networks.study == "heatmaps") & (networks.variant == "plain") & (networks.activation == "tanh")]
    cell = cell[(cell.depth == cell.depth.max()) & (cell.weight_magnitude == cell.weight_magnitude.max())]
    for control in ("depth", "magnitude"):
        page.focus(f"[name={control}]")
        page.keyboard.press("End")
    assert float(column(page, "numbers", 1)[0]) == pytest.approx(cell.fourier.mean(), abs=6e-4)
    assert int(column(page, "numbers", 3)[0]) == cell.fourier.notna().sum()


def test_the_heatmap_is_walked_by_keyboard_and_chosen_by_mouse(page):
    page.focus("#heatmap [tabindex='0']")
    before = page.get_attribute("#heatmap [aria-selected=true] button", "aria-label")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    after = page.get_attribute("#heatmap [aria-selected=true] button", "aria-label")
    assert after != before
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == after
    page.locator("#heatmap [role=gridcell] button").first.click()
    assert page.input_value("[name=magnitude]") == "0"


def test_a_function_among_all_is_chosen_by_mouse(page):
    state(page)
    place = page.locator("#mosaic")
    place.scroll_into_view_if_needed()
    place.click(position={"x": 3, "y": 3})  # the top left corner: deepest, smallest magnitude
    assert page.input_value("[name=magnitude]") == "0"
    assert page.input_value("[name=depth]") == page.get_attribute("[name=depth]", "max")
    assert "marked" in place.get_attribute("aria-label")


def test_dark_and_light_follow_the_system_and_the_switch(page):
    def ground() -> str:
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light = ground()
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    dark = ground()
    assert dark != light
    page.click("#theme")
    assert ground() == light
    assert page.get_attribute("#theme", "aria-pressed") == "false"
    page.reload()
    assert ground() == light  # the choice is kept


def test_the_first_key_skips_the_navigation(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
