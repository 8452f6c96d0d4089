"""Appendix E: how you start. Does descent from complex weights end at a complex function?"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from neural_redshift.figures import style

FITTED = 0.05  # loss of the fit to the high frequency, whose variance is .5
STARTS: dict[str, dict[str, Any]] = {
    "random": {"color": style.INK, "marker": "o", "linestyle": "-", "label": "random weights"},
    "complex": {
        "color": style.ALARM,
        "marker": "s",
        "linestyle": (0, (4, 1.5)),
        "label": "weights that fitted a high frequency",
    },
    "permuted": {"color": "#2166AC", "marker": "^", "linestyle": (0, (1, 1)), "label": "the same, shuffled"},
}
BEFORE: Any = {"linewidth": 0.7, "linestyle": (0, (1, 3))}


@style.style()
def draw(start: pd.DataFrame) -> Figure:
    """Test loss and complexity after training against the number of points: columns = activations, lines = starts."""
    activations = style.in_order(start.activation)
    models = style.successful(_started(start))
    figure = style.page(5.2)
    panels = figure.subplots(2, len(activations), sharex=True, sharey="row", squeeze=False)
    for column, name in zip(panels.T, activations, strict=True):
        found = models[models.activation == name]
        for which in style.in_order(found.start, STARTS):
            _lines(column[0], column[1], found[found.start == which], STARTS[which])
        column[0].set(title=style.look(name).label, yscale="log")
        column[1].set_xlabel("training points")
        column[1].set_xscale("log", base=2)
        column[1].xaxis.set_minor_locator(NullLocator())
        column[1].set_xticks(sorted(set(start.points)))
        style.plain_ticks(column[1].xaxis, column[1].yaxis)
    panels[0, 0].set_ylabel("test loss\n(mean squared error)", fontsize=7.5)
    panels[1, 0].set_ylabel(
        "Cosine complexity\nafter training ({})".format(style.MEASURES["cosine"].unit), fontsize=7.5
    )
    panels[1, 0].set_ylim(bottom=0)
    shown = [Line2D([], [], **{"markersize": 4, **STARTS[name]}) for name in style.in_order(start.start, STARTS)]
    shown.append(Line2D([], [], color=style.INK, **BEFORE, label="before training"))
    figure.legend(handles=shown, loc="outside upper center", ncols=4, frameon=False, handlelength=3)
    return style.finish(figure, _caption(start, models))


def _started(models: pd.DataFrame) -> pd.DataFrame:
    """Models whose start fitted the high frequency, and those from random weights."""
    return models[(models.start == "random") | (models.start_loss <= FITTED)]


def _lines(losses: Axes, complexities: Axes, models: pd.DataFrame, look: dict[str, Any]) -> None:
    logarithms = style.means(models.assign(test_loss=np.log10(models.test_loss)), ["points"], "test_loss")
    ends = ["mean", "low", "high"]
    style.band(losses, logarithms.assign(**10 ** logarithms[ends]), "points", markersize=4, **look)
    style.band(complexities, style.means(models, ["points"], "cosine"), "points", markersize=4, **look)
    before = models.dropna(subset=["start_complexity"])
    if len(before):
        complexities.axhline(before.start_complexity.mean(), color=look["color"], **BEFORE)


def _caption(drawn: pd.DataFrame, models: pd.DataFrame) -> str:
    cells = models.groupby(["activation", "start", "points"]).size()
    fits = drawn[drawn.start == "complex"].drop_duplicates(["activation", "prefactor", "seed"])
    failed = int((~(fits.start_loss <= FITTED)).sum())
    return (
        "How you start. One cycle over [−1, 1] is learned from random weights, from weights that fitted a higher "
        "frequency, and from those shuffled within each layer. Above: mean squared error on an even grid (geometric "
        "mean); below: complexity of the learned function, and before this training (thin dotted, in the colour of the "
        f"start). Mean over seeds, shaded its 95 % interval (Student). {style.networks(drawn)}. "
        f"n = {style.between(cells)} seeds a "
        f"marker. Of {len(fits):,} fits to the high frequency {failed:,} ended above a loss of {style.short(FITTED)}: "
        "what started from them is left out. "
        + style.left_out(_started(drawn), ["test_loss", "cosine", "start_complexity"])
    )
