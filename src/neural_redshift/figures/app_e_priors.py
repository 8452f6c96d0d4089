"""Appendix E: complexity against weight magnitude under other priors."""

import pandas as pd
from matplotlib.figure import Figure

from neural_redshift.figures import style
from neural_redshift.figures.curves import depth_shown, magnitude_curves

TITLES = {
    "glorot": "uniform",
    "gaussian": "Gaussian",
    "ball": "uniform in a ball",
    "student_t": "Student t, 3 d.f.",
    "cauchy": "Cauchy",
}


@style.style()
def draw(random_networks: pd.DataFrame) -> Figure:
    """Mean complexity with 95 % intervals against α, lines = activations; columns = priors, rows = measures."""
    networks = random_networks[random_networks.study == "priors"]
    unbiased = random_networks[random_networks.variant == "unbiased"]
    depth = depth_shown(networks)
    networks = networks[networks.depth == depth]
    titles = {name: TITLES.get(name, name) for name in style.in_order(networks.prior, TITLES)}
    figure = magnitude_curves(networks, unbiased, "prior", titles)
    return style.finish(figure, _caption(pd.concat([networks, unbiased]), depth))


def _caption(networks: pd.DataFrame, depth: int) -> str:
    return (
        f"Complexity against weight magnitude at {depth} hidden layers under five priors over weights and biases: mean "
        "over the networks of a cell, shaded its 95 % interval (Student). All have the standard deviation of the "
        "paper's uniform prior, but Cauchy, which has none and gets its quartiles. Below: the same without the leak at "
        f"the border of the grid. Dashed black: the unbiased model; dotted: a plane. {style.sampling(networks)} "
        f"{style.count_networks(networks)}"
    )
