"""Sequences of untrained transformers: which there are, and how they are made, some at a time, each once.

Two protocols. paper: every sequence has weights of its own and starts with a random token. authors_code: a few
models, alike for every activation and LayerNorm scale, continue the prompts 0, 1, 2, …
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from neural_redshift.device import InFlight, device
from neural_redshift.networks import gpt2
from neural_redshift.networks.gaussian_matrices import ROWS
from neural_redshift.provenance import fingerprint
from neural_redshift.schemas import SCHEMAS
from neural_redshift.seeds import random_words, seed_for
from neural_redshift.tables import read_table, state, write_table
from neural_redshift.tiles import deterministic, free_memory

Array = np.ndarray
TOGETHER = 16  # sequences on a CPU: more would gain little and take more memory
TOGETHER_ON_A_GPU = 256


class SequenceCell(NamedTuple):
    """What the sequences of a cell share."""

    protocol: str
    activation: str
    depth: int
    layer_norm_scale: float
    final_norm: bool
    head: str
    centred: bool
    ablation: str
    tokens: int


Row = tuple[int, int]  # model, sequence
Block = Sequence[tuple[SequenceCell, Row]]  # made together: alike but for their gains; of one model, where it is shared


def cells(settings: Mapping[str, Any]) -> dict[SequenceCell, list[Row]]:
    """Cells of an activation and depth, and their rows; a cell that several runs name has the rows of all of them."""
    found: dict[SequenceCell, set[Row]] = {}
    for run, scale in ((each, scale) for each in settings["runs"] for scale in each["layer_norm_scales"]):
        how = (run[name] for name in ("final_norm", "head", "centred", "ablation", "tokens"))
        cell = SequenceCell(run["protocol"], settings["activation"], settings["depth"], float(scale), *how)
        numbers = range(run["sequences"])
        rows = zip(numbers, numbers, strict=True) if _own_model(cell) else product(range(run["models"]), numbers)
        found.setdefault(cell, set()).update(rows)
    return {cell: sorted(rows) for cell, rows in found.items()}


def run_job(
    output: str, settings: Mapping[str, Any], metadata: Mapping[str, str], report: Callable[[str], None]
) -> None:
    """Write the table `sequences` of an activation and depth.

    The sequences of a cell also stay in a file of the folder that is called like `output`, under the fingerprint of
    what makes them, which does not say how many: more of them, or a run that was killed, start from what is there.
    """
    wanted = cells(settings)
    parts = {cell: Path(output).with_suffix("") / f"{fingerprint(*cell)}.parquet" for cell in wanted}
    about = {**metadata, "fingerprint": settings["made_by"]}
    at_hand = {cell: _kept(parts[cell], about["fingerprint"]) for cell in wanted}
    together = _together(settings, wanted)
    blocks = list(_blocks(wanted, at_hand, together))
    started, whole = time.monotonic(), sum(map(len, blocks))
    report(f"{sum(map(len, wanted.values())) - whole} sequences are at hand, {whole} are to be made")
    done = 0
    flight = InFlight(_spaces.cache_clear)
    for block in blocks:
        pieces = flight.run(block, lambda piece: make(settings, piece, min(together, flight.most)))
        table = pd.concat(pieces, ignore_index=True)
        for cell in dict.fromkeys(cell for cell, _ in block):
            rows = [row for row, (other, _) in enumerate(block) if other == cell]
            at_hand[cell] = pd.concat([at_hand[cell], table.iloc[rows]], ignore_index=True)
            write_table(parts[cell], "sequences", at_hand[cell], about)
        done, seconds = done + len(table), time.monotonic() - started
        report(f"{done} of {whole}, {seconds:.0f} s, {seconds / done * (whole - done):.0f} s remain")
    write_table(output, "sequences", _chosen(wanted, at_hand), metadata)


def make(settings: Mapping[str, Any], block: Block, together: int = TOGETHER) -> pd.DataFrame:
    """Rows of `sequences`: decode the sequences of a block, at most `together` of them if models are their own."""
    (first, (model, _)), seed = block[0], settings["seed"]
    architecture = _architecture(settings, first)
    gains = np.array([cell.layer_norm_scale for cell, _ in block])
    norms = gpt2.Norms(gains, np.where([cell.final_norm for cell, _ in block], gains, 1.0))
    numbers = [sequence for _, (_, sequence) in block]
    if _own_model(first):
        keys = [seed_for("sequence", seed=seed, **cell._asdict()) for cell, _ in block]
        prompts = [_token(key, number, architecture.vocabulary) for key, number in zip(keys, numbers, strict=True)]
        spaces = _spaces(_sizes(architecture), together, first.tokens)
        weights, cache = gpt2.lazy_weights(architecture, keys, numbers, spaces), spaces.cache
    else:
        prompts = [number % architecture.vocabulary for number in numbers]
        cache = gpt2.make_cache(architecture, len(block), first.tokens, device(float64=True))
        weights = _model(_sizes(architecture)._replace(head=first.head), seed, model)
    with nullcontext() if cache.device.type == "cpu" else deterministic():
        tokens = gpt2.generate(architecture, weights, norms, np.array(prompts), first.tokens, cache)
    about = pd.DataFrame([cell for cell, _ in block]).drop(columns="tokens")
    models = [number for _, (number, _) in block]
    return about.assign(model=models, sequence=numbers, seed=seed, prompt=tokens[:, 0], tokens=list(tokens))


def _token(key: int, number: int, vocabulary: int) -> int:
    """A random token."""
    return int(random_words(seed_for("prompt", key=key), np.array([number]), 1)[0, 0]) * vocabulary >> 32


def _own_model(cell: SequenceCell) -> bool:
    return cell.protocol == "paper"


def _blocks(
    wanted: Mapping[SequenceCell, list[Row]], at_hand: Mapping[SequenceCell, pd.DataFrame], together: int
) -> Iterator[Block]:
    """What is missing, in blocks."""
    alike: dict[tuple, list[tuple[SequenceCell, Row]]] = {}
    for cell, rows in wanted.items():
        there = set(zip(at_hand[cell].model, at_hand[cell].sequence, strict=True))
        for row in (row for row in rows if row not in there):
            model = -1 if _own_model(cell) else row[0]
            kind = cell._replace(layer_norm_scale=0.0, final_norm=False)
            alike.setdefault((model, kind), []).append((cell, row))
    for model, kind in sorted(alike, key=lambda found: found[0]):
        found, size = alike[model, kind], together if _own_model(kind) else ROWS
        yield from (found[start : start + size] for start in range(0, len(found), size))


def _kept(path: Path, made_by: str) -> pd.DataFrame:
    """The sequences of a part that is whole and of today's making; else none."""
    if state(path, made_by) is None:
        return read_table(path, "sequences")
    return pd.DataFrame(columns=[field.name for field in SCHEMAS["sequences"]])


def _chosen(wanted: Mapping[SequenceCell, list[Row]], at_hand: Mapping[SequenceCell, pd.DataFrame]) -> pd.DataFrame:
    rows = [at_hand[cell].set_index(["model", "sequence"]).loc[numbers] for cell, numbers in wanted.items()]
    return pd.concat([found.reset_index() for found in rows], ignore_index=True)


def _architecture(settings: Mapping[str, Any], cell: SequenceCell) -> gpt2.Architecture:
    sizes = {name: settings[name] for name in ("width", "heads", "vocabulary", "positions")}
    kind = gpt2.Architecture(cell.activation, cell.depth, head=cell.head, centred=cell.centred, ablation=cell.ablation)
    return kind._replace(**sizes)


def _sizes(architecture: gpt2.Architecture) -> gpt2.Architecture:
    """The architecture as far as weights depend on it."""
    return architecture._replace(activation="", head="tied", centred=False, ablation="none")


def _together(settings: Mapping[str, Any], wanted: Mapping[SequenceCell, list[Row]]) -> int:
    """How many sequences fit into memory at once, at least 1."""
    place = device(float64=True)
    most = TOGETHER if place.type == "cpu" else TOGETHER_ON_A_GPU
    each = max(gpt2.bytes_needed(_architecture(settings, cell), cell.tokens) for cell in wanted)
    return max(1, min(most, free_memory(place) // (2 * each)))


@lru_cache(maxsize=1)
def _spaces(sizes: gpt2.Architecture, sequences: int, tokens: int) -> gpt2.Spaces:
    return gpt2.Spaces.make(sizes, sequences, tokens, device(float64=True))


@lru_cache(maxsize=1)
def _model(architecture: gpt2.Architecture, seed: int, number: int) -> gpt2.Weights:
    key = seed_for("model", seed=seed, depth=architecture.depth)
    return gpt2.whole_weights(architecture, key, number, device(float64=True))
