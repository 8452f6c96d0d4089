"""The paper's measurement of an architecture of one's own.

from neural_redshift.instrument import profile

report = profile(MyNet, inputs=2)             # 100 networks as MyNet builds them
report = profile(my_activation).compare(["relu", "sin"])
report.plot()
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from neural_redshift.profiling.arrays import profiled_arrays
from neural_redshift.profiling.problems import BadModule
from neural_redshift.profiling.profiles import Request, profiled, silent
from neural_redshift.profiling.report import Report, report

__all__ = ["BadModule", "Report", "measure", "profile"]


def profile(
    what: Any,
    inputs: int | Sequence[int] = 2,
    *,
    name: str | None = None,
    networks: int = 100,
    depths: Iterable[int] = (),
    weight_magnitudes: Iterable[float] = (1.0,),
    prior: str | None = None,
    bias_magnitude: float = 1.0,
    kind: str | None = None,
    grid_points: int | None = None,
    slices: int = 4,
    paths: int = 8,
    data: Any = None,
    seed: int = 0,
    progress: Callable[[str, int], None] = silent,
    **arguments: Any,
) -> Report:
    """Draw random networks of an architecture, and measure how complex their functions are.

    what: a class of `torch.nn.Module`, or a function that builds one, called with `arguments`; or an activation
    function, or the name of one of ours, in our MLPs (`arguments`: variant, width).
    inputs: how many numbers a network takes, or the shape of its input without the batch, such as (3, 32, 32).
    name: what it is called in tables and pictures; its own name by default.
    networks: how many networks a cell has; the unit over which intervals are taken.
    depths: given to the module as the keyword argument `depth`; of our MLPs the hidden layers (3 by default).
    weight_magnitudes: α, factors on the weights of linear and convolutional layers.
    prior: `"as built"` (the default of a module), or one of our priors (glorot by default for our MLPs).
    bias_magnitude: factor on biases that are drawn from one of our priors.
    kind: `"grid"`, the whole grid on [−1, 1]ᵈ (the default of up to two inputs), or `"slices"`, planes through the
    input space. grid_points: points an axis; 64 by default, on a grid of three inputs 24, of more 16.
    slices, paths: planes of a network, and straight paths, along which the total variation is taken.
    data: points (points, *inputs) through which planes and paths go, instead of random directions.
    seed: master seed of every random number.
    progress: is called with a cell in words and a number of networks that are done.

    Raises BadModule, with one sentence, for whatever cannot be measured.
    """
    request = Request(
        inputs, networks, list(depths), list(weight_magnitudes), kind, grid_points, slices, paths, data, seed, progress
    )

    def again(other: Any) -> Report:
        return report(profiled(other, request, None, None, 1.0, {}))

    return report(profiled(what, request, name, prior, bias_magnitude, arguments), again)


def measure(
    what: Any, inputs: int = 2, *, name: str = "measured", grid_points: int = 64, batch: bool = False
) -> Report:
    """Measure functions from anywhere: values on a grid, or a callable that is called with the points of one.

    what: an array of values, (points, …) or with `batch` (functions, points, …); or a callable from points
    (points, inputs) to values (points,), such as the `predict` of a model of scikit-learn; or a list of such.

    Raises BadModule where there is nothing that can be measured.
    """
    return report(profiled_arrays(what, inputs, name, grid_points, batch))
