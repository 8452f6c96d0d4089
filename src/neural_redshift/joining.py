"""One row a network or trained model, one column a measure."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from neural_redshift.networks.cells import architecture_name
from neural_redshift.schemas import MEASURES, NETWORK_KEY, SCHEMAS, STATUS

KEY = [field.name for field in (*NETWORK_KEY, *STATUS)]


def join_measures(parts: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Join (measure, complexity table) pairs on the network; null where a measure was not asked for.

    Raises ValueError where a measure has a network twice, or two measures do not have the same networks.
    """
    by_measure: dict[str, list[pd.DataFrame]] = {}
    for measure, part in parts:
        by_measure.setdefault(measure, []).append(part.rename(columns={"value": measure}))
    joined: pd.DataFrame | None = None
    for measure, frames in by_measure.items():
        frame = pd.concat(frames, ignore_index=True)
        if frame.duplicated(KEY).any():
            raise ValueError(
                f"{measure}: {int(frame.duplicated(KEY).sum())} networks stand twice; each network has one value"
            )
        joined = frame if joined is None else joined.merge(frame, how="outer", on=KEY, validate="one_to_one")
    if joined is None:
        raise ValueError("no measured networks found; name at least one study and one measure in config.yaml")
    for measure in MEASURES:
        if measure not in joined:
            joined[measure] = np.nan
    for study, rows in joined.groupby("study"):
        measured = rows.loc[rows.status == "ok", list(MEASURES)].notna()
        if not (measured.all() | ~measured.any()).all():
            raise ValueError(f"study {study}: measures do not have the same networks; run the measuring again")
    return joined.sort_values(KEY, ignore_index=True)


def join_models(
    table: str, scores: pd.DataFrame, complexities: Iterable[tuple[str, pd.DataFrame]], moduli: Sequence[int] = ()
) -> pd.DataFrame:
    """Fill the measures of a table of trained models, which `scores` holds without them.

    scores: the rows of one model's job; complexities: (measure, its `trained_complexity`), functions in the
    order of the rows, several a row (mean over those that have a value), or for targets in that of `moduli`.

    Raises ValueError where functions and rows do not agree.
    """
    columns = [field.name for field in SCHEMAS[table]]
    filled = scores.copy()
    for measure, part in complexities:
        for stage, functions in part.groupby("stage"):
            name = next((name for name in _names(measure, str(stage)) if name in columns), None)
            if name is None:
                continue
            values = functions.sort_values("function").value.to_numpy(float)
            if stage == "target":
                filled[name] = filled.modulus.map(dict(zip(moduli, values, strict=True)))
            elif len(values) % len(scores):
                raise ValueError(f"{measure}: {len(values)} functions found for {len(scores)} models of {table}")
            else:
                several = values.reshape(len(scores), -1)
                known = np.isfinite(several)
                total = np.where(known, several, 0).sum(axis=1)
                filled[name] = np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)
    return filled


def _names(measure: str, stage: str) -> tuple[str, ...]:
    """What a column of a measure at a stage may be called; the first that the table has."""
    match stage:
        case "initial":
            return f"{measure}_init", "start_complexity" if measure == "cosine" else ""
        case "trained":
            return f"{measure}_trained", measure
        case _:
            return (f"{stage}_{measure}",)


def before_and_after(modulo: pd.DataFrame, smooth: pd.DataFrame) -> pd.DataFrame:
    """Rows of `before_after`: the smooth targets, and modulo addition as the paper trains it."""
    chosen = modulo[(modulo.budget == "paper") & (modulo.split == "half") & (modulo.learning_rate_rule == "constant")]
    chosen = chosen.assign(
        task="modulo_" + chosen.modulus.astype(str),
        architecture=[architecture_name(row) for row in chosen.to_dict("records")],
        train_score=chosen.train_accuracy,
        test_score=chosen.test_accuracy,
    )
    return pd.concat([chosen[smooth.columns], smooth], ignore_index=True)
