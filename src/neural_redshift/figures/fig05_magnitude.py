"""Figure 5: complexity against weight magnitude, for every variant of the architecture."""

import pandas as pd
from matplotlib.figure import Figure

from neural_redshift.figures import style
from neural_redshift.figures.curves import depth_shown, magnitude_curves


@style.style()
def draw(random_networks: pd.DataFrame) -> Figure:
    """Mean complexity with 95 % intervals against α, lines = activations; columns = variants, rows = measures."""
    networks = style.heatmap_networks(random_networks)
    unbiased = networks[networks.variant == "unbiased"]
    networks = pd.concat([networks[networks.variant != "unbiased"], _normalised_with_scaled_biases(random_networks)])
    depth = depth_shown(networks)
    networks = networks[networks.depth == depth]
    titles = {name: style.VARIANTS.get(name, name) for name in style.in_order(networks.variant, style.VARIANTS)}
    figure = magnitude_curves(networks, unbiased, "variant", titles)
    return style.finish(figure, _caption(pd.concat([networks, unbiased]), depth))


def _normalised_with_scaled_biases(random_networks: pd.DataFrame) -> pd.DataFrame:
    chosen = random_networks[(random_networks.study == "biases_scaled") & (random_networks.variant == "layer_norm")]
    return chosen.assign(variant="layer_norm_scaled")


def _caption(networks: pd.DataFrame, depth: int) -> str:
    return (
        f"Complexity against weight magnitude at {depth} hidden layers: mean over the networks of a cell, shaded its "
        "95 % interval (Student). Columns: variants of the architecture (the skip is ours: the paper's residual adds "
        "z, the pre-activation; layer norm is shown with biases as they are and with biases that grow with α, where "
        "α cancels). Below: the same without the leak at the border of the grid. Dashed black: the unbiased model, "
        f"which has no layers; dotted: a plane. {style.sampling(networks)} {style.count_networks(networks)}"
    )
