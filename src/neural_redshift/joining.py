"""One row a network, one column a measure."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from neural_redshift.tables import MEASURES, NETWORK_KEY, STATUS

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
