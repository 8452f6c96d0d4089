"""What is found of an architecture: one row a network, means with intervals, a picture, and how it was found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from neural_redshift.profiling.measuring import ALL, CELL, Key
from neural_redshift.profiling.profiles import Profile
from neural_redshift.provenance import code, fingerprint
from neural_redshift.statistics import mean_interval
from neural_redshift.tables import write_table

Array = np.ndarray
INTERVALS_NEED = 2  # networks


@dataclass(frozen=True)
class Report:
    """Networks measured one by one: `table`, `outputs`, `cells`, `plot()`, `compare()`, `to_parquet()`.

    table: one row a network; a measure is the mean over its functions (outputs × slices) that have a value, and
    `<measure>_calibrated` its place c* = (C − C_plane)/(C_white − C_plane) between a plane and white noise.
    outputs: one row a network and output. notes: how the networks of each name are made and evaluated.
    scale: C_plane and C_white of each measure. pictures: network 0 of each cell, 8 bits a point.
    """

    table: pd.DataFrame
    outputs: pd.DataFrame
    notes: Mapping[str, list[str]]
    scale: Mapping[str, tuple[float, float]]
    pictures: Mapping[Key, bytes]
    settings: Mapping[str, Any]
    again: "Callable[[Any], Report] | None" = None

    @property
    def cells(self) -> pd.DataFrame:
        """One row a cell and measure: mean, 95 % interval (Student, over networks), the same calibrated, and counts."""
        rows = []
        for key, networks in self.table.groupby(CELL, sort=False):
            for measure in ALL:
                raw, calibrated = (networks[column].to_numpy(float) for column in (measure, f"{measure}_calibrated"))
                known = int(np.isfinite(raw).sum())
                if known == 0 and measure not in self.scale:
                    continue
                ends = [(_mean(values), *mean_interval(values)) for values in (raw, calibrated)]
                left_out = [int(networks[column].sum()) for column in ("functions", "constant", "non_finite")]
                rows.append((*key, measure, *ends[0], *ends[1], known, *left_out))
        names = [f"{stem}{end}" for end in ("", "_calibrated") for stem in ("mean", "low", "high")]
        return pd.DataFrame(rows, columns=[*CELL, "measure", *names, "n", "functions", "constant", "non_finite"])

    def compare(self, others: Iterable[Any]) -> "Report":
        """The same with others beside it, looked at in the same way.

        others: names of activations in our MLPs (`"relu"`), activation functions, or classes of modules.
        """
        if self.again is None:
            raise ValueError("this report holds functions from elsewhere, with which no architecture can be compared")
        report = self
        for other in others:
            report = report.beside(self.again(other))
        return report

    def beside(self, other: "Report") -> "Report":
        """Both reports in one. Raises ValueError where they do not look at functions in the same way."""
        if dict(self.scale) != dict(other.scale):
            raise ValueError("the two reports look at functions on other grids, so their scales differ")
        if taken := set(self.table.name) & set(other.table.name):
            raise ValueError(f"{', '.join(sorted(taken))} stands in both reports; give one of them another name")
        return replace(
            self,
            table=pd.concat([self.table, other.table], ignore_index=True),
            outputs=pd.concat([self.outputs, other.outputs], ignore_index=True),
            notes={**self.notes, **other.notes},
            pictures={**self.pictures, **other.pictures},
            settings={**self.settings, "names": [*self.settings["names"], *other.settings["names"]]},
        )

    def plot(self) -> Figure:
        """The calibrated scale of every measure; heatmaps over depth and weight magnitude where both vary."""
        from neural_redshift.profiling.pictures import draw

        return draw(self)

    def to_parquet(self, path: str | Path) -> None:
        """Write `table`, with units and descriptions of its columns, to one Parquet file."""
        write_table(path, "profiles", self.table, self.metadata())

    def metadata(self) -> dict[str, str]:
        """What a file carries of how it was made."""
        import json

        settings = json.dumps(self.settings, sort_keys=True)
        made_by = fingerprint(code("neural_redshift.instrument"), self.settings)
        return {"fingerprint": made_by, "config": settings, "seed": str(self.settings["seed"])}

    def warnings(self) -> list[str]:
        """Sentences on networks without a value and on intervals that are missing."""
        found = []
        for name, networks in self.table.groupby("name", sort=False):
            total = int(networks.functions.sum())
            for column, what in (("constant", "are constant"), ("non_finite", "have values that are not finite")):
                if count := int(networks[column].sum()):
                    found.append(f"{name}: {count:,} of {total:,} functions {what} and have no complexity.")
            if networks.groupby(CELL).size().min() < INTERVALS_NEED:
                found.append(f"{name}: one network in a cell; an interval needs two or more.")
        return found

    def __str__(self) -> str:
        cells = self.cells
        half = (cells.high_calibrated - cells.low_calibrated) / 2
        shown = cells.assign(
            text=[f"{c:.3f} ± {h:.3f}" for c, h in zip(cells.mean_calibrated, half, strict=True)],
            measure=pd.Categorical(cells.measure, ALL).remove_unused_categories(),
        )
        table = shown.pivot_table(
            index=CELL, columns="measure", values="text", aggfunc="first", sort=False, observed=True
        )
        lines = ["c* ± half of its 95 % interval, from a plane (0) to white noise (1):", table.to_string()]
        lines += [f"{name}: {note}" for name, notes in self.notes.items() for note in notes]
        return "\n".join([*lines, *self.warnings()])

    def _repr_html_(self) -> str:
        from neural_redshift.profiling.page import summary

        return summary(self)


def report(found: Profile, again: Callable[[Any], Report] | None = None) -> Report:
    """The report of what is found; `again` profiles another architecture in the same way."""
    tables = found.table("networks"), found.table("outputs")
    return Report(*tables, found.notes, found.scale, found.pictures(), found.settings, again)


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
