"""A report as one HTML page, which fetches nothing."""

import base64
import io
import math
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from neural_redshift.figures import style
from neural_redshift.profiling.pictures import LABELS, looks

if TYPE_CHECKING:
    from neural_redshift.profiling.report import Report


def page(report: "Report") -> str:
    """The page: picture, means with intervals, functions, and how the networks were made."""
    return _render("report.html", report, style_sheet=True)


def summary(report: "Report") -> str:
    """The same without its own style, to stand in a notebook."""
    return _render("summary.html", report, style_sheet=False)


def _render(template: str, report: "Report", style_sheet: bool) -> str:
    loader = ChoiceLoader([PackageLoader("neural_redshift.profiling"), PackageLoader("neural_redshift.page")])
    environment = Environment(
        loader=loader, autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    names = list(dict.fromkeys(report.table.name))
    return environment.get_template(template).render(
        title=", ".join(looks(names)[name].label for name in names),
        cells=_rows(report),
        notes=report.notes,
        warnings=report.warnings(),
        figure=_figure(report) if style_sheet else None,
        settings=report.settings,
    )


def _rows(report: "Report") -> list[dict[str, Any]]:
    return [
        {
            "name": cell.name,
            "depth": cell.depth or "–",
            "weight_magnitude": style.short(cell.weight_magnitude),
            "measure": LABELS[str(cell.measure)],
            "value": _interval(cell.mean, cell.low, cell.high),
            "calibrated": _interval(cell.mean_calibrated, cell.low_calibrated, cell.high_calibrated),
            "n": cell.n,
        }
        for cell in style.rows(report.cells)
    ]


def _interval(mean: float, low: float, high: float) -> str:
    digits = 3 if abs(mean) < 100 else 0
    if math.isnan(low):
        return style.decimals(mean, digits)
    return f"{style.decimals(mean, digits)} [{style.decimals(low, digits)}, {style.decimals(high, digits)}]"


def _figure(report: "Report") -> str:
    file = io.BytesIO()
    report.plot().savefig(file, format="png", dpi=150, metadata={"Software": None})
    return base64.b64encode(file.getvalue()).decode()
