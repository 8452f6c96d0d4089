"""Figure 3: what random networks look like as functions."""

import pandas as pd
from matplotlib.figure import Figure

from neural_redshift.figures import style

PAPER_DEPTH = 3
NETWORK = 0
LARGEST = 1.2  # inches, side of a picture


@style.style()
def draw(function_images: pd.DataFrame) -> Figure:
    """One network of each cell as a picture: activations downwards, α to the right, at 3 hidden layers."""
    chosen = style.heatmap_networks(function_images)
    chosen = chosen[chosen.variant.isin(["plain", "unbiased"]) & (chosen.network == NETWORK)]
    depth = min(chosen.depth[chosen.variant == "plain"], key=lambda found: (abs(found - PAPER_DEPTH), found))
    chosen = chosen[chosen.depth.isin([depth, 0])]
    names, magnitudes = style.in_order(chosen.activation), sorted(set(chosen.weight_magnitude))
    pictures = {(row.activation, row.weight_magnitude): style.picture(row.image) for row in style.rows(chosen)}
    figure = style.page(1.0 + len(names) * min(6.4 / len(magnitudes), LARGEST))
    axes = figure.subplots()
    style.mosaic(axes, pictures, names, magnitudes)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(style.ALPHA)
    axes.set_yticklabels([style.look(name).label for name in names], fontweight="bold", fontsize=8)
    return style.finish(figure, _caption(chosen, depth))


def _caption(chosen: pd.DataFrame, depth: int) -> str:
    flat = sum(len(set(image)) == 1 for image in chosen.image)
    return (
        f"Functions of random networks with {depth} hidden layers, and of the unbiased model, which has none. Each "
        "picture runs from the function's own minimum (black) to its maximum (white), so that only its shape shows; "
        f"{style.ORIENTATION}. n = 1 network a cell (network {NETWORK}, not chosen for its looks), {len(chosen)} "
        f"networks; none left out ({flat} constant, in black). {style.sampling(chosen)}"
    )
