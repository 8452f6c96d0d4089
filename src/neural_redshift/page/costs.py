"""What each figure costs: the measurements that are kept in benchmarks/results/costs.json, as a table."""

import json
from collections.abc import Iterable
from typing import Any

from neural_redshift.page.gallery import heading


def costs(text: str | None, figures: Iterable[str]) -> dict[str, Any] | None:
    """Rows for the figures and for everything, and what is said of all; None where nothing was measured (`text`).

    Of each number: the value, by which the table is sorted, and its text. Units: minutes, hours, GB, and of the error
    per cent of the measured minutes.
    """
    if text is None:
        return None
    kept = json.loads(text)
    rows = [(figure, kept["figures"][figure]) for figure in figures if figure in kept["figures"]]
    return {
        **{name: kept[name] for name in ("machine", "ran", "estimated")},
        "jobs": kept["everything"]["jobs"],
        "rows": [
            {"figure": figure, "label": " ".join(heading(figure)) if figure else "Everything", "cells": _cells(about)}
            for figure, about in [*rows, (None, kept["everything"])]
        ],
    }


def _cells(about: dict[str, Any]) -> list[tuple[float | None, str]]:
    error = about["model_error"]
    return [
        _amount(about["cpu_minutes"]),
        _amount(about["peak_mb"] / 1000),
        (error, "–" if error is None else f"{100 * error:+.0f} %".replace("-", "−")),
        _amount(about["estimated_cpu_hours"]),
        _amount(about["estimated_peak_mb"] / 1000),
    ]


def _amount(value: float) -> tuple[float, str]:
    return value, f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 0.05 else "< 0.1"
