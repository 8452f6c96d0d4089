"""The figures in the paper's order: heading, caption, size, and the same in words."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd

from neural_redshift.figures.style import CAPTION
from neural_redshift.page.words import in_words

ASCENT = 8.0  # points from the baseline of the first line of a caption to what is above it
HEADINGS = {
    "fig01_teaser": ("Figure 1", "Complexity of random networks over depth and weight magnitude"),
    "fig02_method": ("Figure 2", "From a function to its complexity, by each measure"),
    "fig03_functions": ("Figure 3", "What random networks look like as functions"),
    "fig04_heatmaps": ("Figure 4", "Every activation over depth and weight magnitude"),
    "fig05_magnitude": ("Figure 5", "Complexity against weight magnitude, for every variant"),
    "fig06_measures": ("Figure 6", "How the measures of complexity agree"),
    "table1_components": ("Table 1", "What each component does to complexity"),
    "fig07_modulo": ("Figure 7", "Modulo addition: which architectures learn it"),
    "fig08_prefactor": ("Figure 8", "The best prefactor moves with the frequency of the labels"),
    "fig09_colored_digits": ("Figure 9", "Coloured digits: which feature is learned"),
    "fig10_transformers": ("Figure 10", "What untrained transformers write"),
    "app_learning_rate": ("Section 4.1", "Modulo addition over prefactor and learning rate"),
    "box_guess_and_check": ("Box in section 4", "Random networks that happen to fit, and trained ones"),
    "app_before_after": ("Section 4", "Complexity before and after training"),
    "app_e_priors": ("Appendix E", "Other priors over weights"),
    "app_e_unbiased_training": ("Appendix E", "The unbiased model, trained"),
    "app_e_start": ("Appendix E", "How you start"),
    "app_f_closeups": ("Appendix F", "ReLU-like activations from close by"),
    "app_spectra": ("Ours", "Spectra of random networks, and those of infinitely wide ones"),
    "app_measures": ("Ours", "Random networks among functions that everybody can picture"),
}


class Picture(NamedTuple):
    """What an SVG says of itself: its size in points without the caption that is drawn in it, and that caption."""

    width: float
    height: float
    caption: str


def gallery(
    figures: Mapping[str, list[str]], texts: Mapping[str, str], tables: Mapping[str, pd.DataFrame]
) -> list[dict[str, Any]]:
    """One entry a figure, in order; `texts` holds each `<figure>.svg`."""
    return [
        {
            "name": name,
            "label": heading(name)[0],
            "title": heading(name)[1],
            "picture": read_picture(texts[f"{name}.svg"]),
            "words": in_words(name, {table: tables[table] for table in taken}),
            "tables": taken,
        }
        for name, taken in figures.items()
    ]


def heading(figure: str) -> tuple[str, str]:
    """Its place in the paper and its title."""
    return HEADINGS.get(figure, ("Figure", figure.replace("_", " ")))


def read_picture(svg: str) -> Picture:
    """Size and caption of a figure; matplotlib writes every line of a text as a comment before its shapes."""
    root = ElementTree.fromstring(svg, ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True)))
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    caption = root.find(f".//*[@id='{CAPTION}']")
    if caption is None:
        return Picture(width, height, "")
    shapes = [part.attrib["transform"] for part in caption if "transform" in part.attrib]
    lines = [str(part.text).strip() for part in caption if not part.attrib]
    baselines = [float(re.findall(r"translate\([\d.]+ ([\d.]+)\)", place)[0]) for place in shapes]
    text = unescape(" ".join(lines)).replace("- -", "--")  # as matplotlib escapes comments
    return Picture(width, round(baselines[0] - ASCENT, 1), text)
