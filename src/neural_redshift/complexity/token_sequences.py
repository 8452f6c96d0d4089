"""Complexity of sequences of tokens."""

import numpy as np
import pandas as pd

from neural_redshift.complexity.lempel_ziv import phrases

Array = np.ndarray


def measure_sequences(sequences: pd.DataFrame) -> pd.DataFrame:
    """The rows with LZ78 phrases and the number of distinct tokens of their column `tokens`."""
    ranks = [np.unique(tokens, return_inverse=True)[1] for tokens in sequences.tokens]
    by_length: dict[int, list[int]] = {}
    for number, found in enumerate(ranks):
        by_length.setdefault(len(found), []).append(number)
    parsed = np.zeros(len(ranks), np.int32)
    for numbers in by_length.values():
        parsed[numbers] = phrases(np.stack([ranks[number] for number in numbers]))
    return sequences.assign(lempel_ziv=parsed, distinct_tokens=[int(found.max()) + 1 for found in ranks])


def cut(tokens: Array) -> str:
    """The tokens with a bar where a phrase of the LZ78 parse ends; the last phrase may be an old one, unfinished."""
    seen: set[tuple[int, ...]] = set()
    parts: list[tuple[int, ...]] = [()]
    for token in tokens.tolist():
        parts[-1] = (*parts[-1], token)
        if parts[-1] not in seen:
            seen.add(parts[-1])
            parts.append(())
    return " | ".join(" ".join(map(str, phrase)) for phrase in parts if phrase)


def excerpt(transformers: pd.DataFrame, depth: int, most: int) -> pd.DataFrame:
    """Rows of `token_sequences`: the first `most` sequences of each activation at scale 1, as the paper draws them."""
    plain = transformers[(transformers.protocol == "paper") & (transformers.ablation == "none") & ~transformers.centred]
    usual = plain[
        (plain["head"] == "tied") & ~plain.final_norm & (plain.layer_norm_scale == 1) & (plain.depth == depth)
    ]
    chosen = usual[usual.sequence < most].sort_values(["activation", "sequence"], ignore_index=True)
    shown = chosen[["activation", "sequence", "lempel_ziv", "distinct_tokens", "tokens"]]
    return shown.assign(phrases=[cut(np.asarray(tokens)) for tokens in shown.tokens])
