"""neural-redshift: measure an architecture of one's own from the command line."""

import ast
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neural_redshift.profiling.problems import BadModule

if TYPE_CHECKING:
    from neural_redshift.profiling.report import Report

app = typer.Typer(
    help=(
        "What functions does an architecture prefer before any training? Draws random networks, measures how complex "
        "their functions are, and says where they lie between a plane and white noise."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 done; 1 something cannot be measured, in one sentence; 2 the command line is wrong.",
)
Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="TARGET...",
        help="path/to/file.py:Name (a module, a function that builds one, or an activation function), or an activation "
        "such as relu. The file is run.",
    ),
]
Inputs = Annotated[str, typer.Option(help="Numbers that a network takes: 2, or a shape such as 3,32,32.")]
Depth = Annotated[str | None, typer.Option(help="Argument `depth` of the module: 3, a list 1,2,4 or a range 1:8.")]
Magnitude = Annotated[
    str,
    typer.Option(
        help="Factor on linear and convolutional weights: 1, a list 0.3,1,3 or a range 0.3:10 (7 values) or 0.3:10:4."
    ),
]
Networks = Annotated[int, typer.Option(help="Networks of each depth and magnitude.")]
Prior = Annotated[str | None, typer.Option(help="'as built', or glorot, fan_in, gaussian, …: where weights come from.")]
Arguments = Annotated[
    list[str] | None,
    typer.Option("--argument", "-a", metavar="NAME=VALUE", help="Keyword argument of the module; again for each."),
]
Data = Annotated[
    Path | None, typer.Option(help="File .npy of points (points, *inputs) that slices and paths go through.")
]
View = Annotated[str | None, typer.Option(help="grid or slices; by default the grid of up to two inputs.")]
Points = Annotated[
    int | None,
    typer.Option(help="Points an axis of the grid or slice.  [default: 64; on a grid of three inputs 24, of more 16]"),
]
Seed = Annotated[int, typer.Option(help="Master seed of every random number.")]
Out = Annotated[Path, typer.Option(help="Folder for networks.parquet, heatmap.svg, heatmap.png and index.html.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no table.")]


def architectures(
    targets: Targets,
    out: Out,
    inputs: Inputs = "2",
    depth: Depth = None,
    magnitude: Magnitude = "1",
    networks: Networks = 100,
    prior: Prior = None,
    argument: Arguments = None,
    data: Data = None,
    view: View = None,
    grid_points: Points = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """What `profile` and `compare` do."""
    with _in_a_sentence():
        from neural_redshift import instrument
        from neural_redshift.profiling import ranges
        from neural_redshift.profiling.arrays import read_array
        from neural_redshift.profiling.sources import load

        first, *others = map(load, targets)
        depths = ranges.whole_numbers(depth, "--depth") if depth else []
        magnitudes = ranges.magnitudes(magnitude, "--magnitude")
        cells = len(depths or [0]) * len(magnitudes)
        with _progress(networks * cells * len(targets), quiet) as progress:
            report = instrument.profile(
                first,
                inputs=ranges.shape(inputs),
                networks=networks,
                depths=depths,
                weight_magnitudes=magnitudes,
                prior=prior,
                kind=view,
                grid_points=grid_points,
                data=None if data is None else read_array(data),
                seed=seed,
                progress=progress,
                **_arguments(argument or []),
            ).compare(others)
        _write(report, out, quiet)


app.command("profile", help="Draw random networks of an architecture and measure them.")(architectures)
app.command("compare", help="The same of several, side by side. Prior and arguments are those of the first.")(
    architectures
)


@app.command()
def measure(
    file: Annotated[Path, typer.Argument(metavar="ARRAY", help="File .npy of values on a regular grid.")],
    batch: Annotated[bool, typer.Option(help="The first axis counts functions.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for networks.parquet, heatmap.* and index.html.")] = None,
) -> None:
    """Measure a grid of values from anywhere."""
    with _in_a_sentence():
        from neural_redshift.instrument import measure
        from neural_redshift.profiling.arrays import read_array

        report = measure(read_array(file), name=file.stem, batch=batch)
        typer.echo(str(report))
        if out is not None:
            _write(report, out, quiet=True)


def main() -> None:
    """The command `neural-redshift`."""
    for library in ("OMP", "OPENBLAS", "MKL"):  # read when numpy and torch load; small products lose by more
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    app(prog_name="neural-redshift")


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Say of what cannot be measured, or written, one sentence, and exit with 1."""
    try:
        yield
    except (BadModule, OSError) as problem:
        typer.echo(f"error: {problem}", err=True)
        raise typer.Exit(1) from None


def _arguments(words: list[str]) -> dict[str, Any]:
    """Values as Python writes them: 3, 0.5, True, (1, 2); whatever is none of these is text."""
    found = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.isidentifier():
            raise BadModule(f"--argument is {word!r}; write name=value")
        try:
            found[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            found[name] = value
    return found


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[str, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task("networks", total=total)
        yield lambda cell, networks: bar.update(task, advance=networks, description=cell)


def _write(report: "Report", out: Path, quiet: bool) -> None:
    from neural_redshift.profiling.page import page
    from neural_redshift.tables import write_figure, write_page, write_table

    report.to_parquet(out / "networks.parquet")
    if report.table.outputs.max() > 1:
        write_table(out / "outputs.parquet", "profile_outputs", report.outputs, report.metadata())
    write_figure(out / "heatmap", report.plot(), report.metadata()["fingerprint"])
    write_page(out / "index.html", page(report))
    if not quiet:
        typer.echo(f"{report}\nPicture, table and page are in {out}: open {out / 'index.html'}.")
