"""Functions from anywhere: values on a grid, or callables."""

import warnings
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np

from neural_redshift.profiling.measuring import left_out, measure_arrays, scales
from neural_redshift.profiling.problems import BadModule, in_words
from neural_redshift.profiling.profiles import Profile, about, some_value
from neural_redshift.profiling.views import View, view

Array = np.ndarray


def read_array(file: Path) -> Array:
    """The numbers of a .npy file, from whomever it comes: nothing in it is run, and no more is read than is there.

    Raises BadModule where it is none, OSError where it cannot be read.
    """
    try:
        with np.errstate(over="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a header as Python 2 wrote it is read as well
            found = np.lib.format.open_memmap(file, mode="r")
        numbers = found.dtype.kind in "biuf"
    except (ValueError, EOFError, TypeError, SyntaxError, TokenError, OverflowError, RecursionError, MemoryError):
        numbers = False
    if not numbers:
        raise BadModule(f"{file} is no .npy file of real numbers; write one with numpy.save")
    return found


def profiled_arrays(what: Any, inputs: int, name: str, grid_points: int, batch: bool) -> Profile:
    """Measure functions, as `instrument.measure` says."""
    several = isinstance(what, list | tuple)
    values = _on_grid(list(what) if several else [what], inputs, grid_points) if several or callable(what) else what
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what float64 does not hold is counted as not finite
            values = np.asarray(values, float)
    except (TypeError, ValueError) as problem:
        raise BadModule(f"{name} holds no numbers: {in_words(problem)}") from None
    values = values if several or callable(what) or batch else values[None]
    if values.ndim < 2 or min(values.shape[1:]) < 2 or not len(values):
        found = f"{name} has shape {values.shape if batch else values.shape[1:]}"
        raise BadModule(f"{found}; {'functions and ' if batch else ''}2 or more points an axis are needed")
    shape = values.shape[1:]
    grid = View("grid", (len(shape),), shape[0], 1, 0, None, 0)
    measured = {(name, 0, 1.0): measure_arrays(values, about(name, 0, 1.0, "none", grid, 1))}
    some_value(name, measured)
    notes = [f"{len(values):,} functions on a grid of {' × '.join(map(str, shape))} points.", *left_out(shape)]
    on_path = shape[0] if len(shape) == 1 else None
    settings = {"names": [name], "shape": list(values.shape), "seed": 0}
    return Profile(measured, scales(shape, on_path), {name: notes}, settings)


def _on_grid(functions: list[Any], inputs: int, grid_points: int) -> Array:
    seen = view((inputs,), "grid", grid_points, 1, 1, None, 0)
    points = seen.planes(np.arange(1), 0)[0]
    values = []
    for function in functions:
        if not callable(function):
            raise BadModule(f"{function!r} is not callable; give a function of points (points, {inputs}), or an array")
        try:
            found = np.asarray(function(points), float)
        except Exception as problem:
            raise BadModule(f"the function fails on points of shape {points.shape}: {in_words(problem)}") from None
        if found.size != len(points):
            raise BadModule(
                f"the function returns shape {found.shape} on {len(points):,} points; one value a point is needed"
            )
        values.append(found.reshape(seen.shape))
    return np.stack(values)
