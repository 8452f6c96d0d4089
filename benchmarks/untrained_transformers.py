"""Untrained GPT-2s that continue prompts greedily: ours against the library `transformers`."""

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks import frame, limits
from benchmarks.frame import Case, Side
from neural_redshift.device import device
from neural_redshift.networks import gpt2

Array = np.ndarray
TOGETHER = 16  # sequences at once

ABOUT = frame.Description(
    title="Untrained transformers",
    item="sequences",
    text="100 greedy tokens after a prompt, width 768, vocabulary 50,257, one core, against "
    "`GPT2LMHeadModel(GPT2Config()).generate(…)` of `transformers`. *A model a sequence*: ours draws weights "
    "where they are looked at, for 16 models together; the library makes one model after the other. *16 prompts "
    "of one model*: ours draws every weight; the library continues all prompts at once. The limit is the time "
    "of reading what a token needs, at the bandwidth measured in the same run: half of the questions and images "
    "so far, or every matrix once for all prompts.",
    packages=("transformers",),
    rounds=3,
)


def lazy(architecture: gpt2.Architecture, spaces: gpt2.Spaces, tokens: int, number: int) -> Array:
    """Prompts and what follows, (TOGETHER, 1 + tokens), of a model each, weights drawn where they are looked at."""
    networks = range(TOGETHER)
    weights = gpt2.lazy_weights(architecture, [number] * TOGETHER, networks, spaces)
    return gpt2.generate(architecture, weights, _norms(), np.arange(TOGETHER), tokens, spaces.cache)


def whole(architecture: gpt2.Architecture, tokens: int, number: int) -> Array:
    """The same of one model, every weight drawn."""
    weights = gpt2.whole_weights(architecture, number, 0, device())
    cache = gpt2.make_cache(architecture, TOGETHER, tokens, device())
    return gpt2.generate(architecture, weights, _norms(), np.arange(TOGETHER), tokens, cache)


def _norms() -> gpt2.Norms:
    return gpt2.Norms(np.ones(TOGETHER), np.ones(TOGETHER))


def library(architecture: gpt2.Architecture, tokens: int, prompts: Array, _: int = 0) -> Array:
    """The same by the library: one model, all prompts."""
    return continued(model_of(architecture), prompts, tokens)


def model_of(architecture: gpt2.Architecture) -> Any:
    """A fresh model of the library, of these sizes."""
    if "torchvision" not in sys.modules:
        sys.modules["torchvision"] = None  # type: ignore[assignment]  # not needed; its wheel asks for torch with CUDA
    from transformers import GPT2Config, GPT2LMHeadModel

    a = architecture
    sizes = {
        "vocab_size": a.vocabulary,
        "bos_token_id": None,
        "eos_token_id": None,
        "n_embd": a.width,
        "n_layer": a.depth,
        "n_head": a.heads,
    }
    return GPT2LMHeadModel(GPT2Config(**sizes, n_positions=a.positions)).eval().to(device())


def continued(model: Any, prompts: Array, tokens: int) -> Array:
    """Prompts (sequences,) and the `tokens` that follow each, by a model of the library."""
    first = torch.from_numpy(np.asarray(prompts, np.int64))[:, None].to(device())
    settings = {"max_new_tokens": tokens, "min_new_tokens": tokens, "do_sample": False, "pad_token_id": 0}
    with torch.inference_mode():
        return model.generate(first, attention_mask=torch.ones_like(first), **settings).cpu().numpy()


def take(architecture: gpt2.Architecture, weights: gpt2.Weights) -> Any:
    """A model of the library with our weights, drawn whole."""
    model = model_of(architecture)
    with torch.no_grad():
        model.transformer.wte.weight.copy_(weights.head.values)
        model.transformer.wpe.weight.copy_(torch.stack([weights.position(i) for i in range(architecture.positions)]))
        for block, ours in zip(model.transformer.h, weights.blocks, strict=True):
            for name, matrix in ours.items():
                block.get_submodule(name).weight.copy_(matrix.values.T)
    return model


def check(architecture: gpt2.Architecture, tokens: int) -> None:
    """The library continues every prompt as we do, with our weights.

    Raises SystemExit where it does not.
    """
    model = take(architecture, gpt2.whole_weights(architecture, 0, 0, device()))
    frame.agree(str(architecture), whole(architecture, tokens, 0), continued(model, np.arange(TOGETHER), tokens), 0)


def lazy_bytes(architecture: gpt2.Architecture, tokens: int) -> float:
    """Bytes of questions, images, keys and values that a lazy sequence reads: half of each, on average, every token."""
    a = architecture
    sides = sum(rows + columns for rows, columns, _ in gpt2.matrices(a).values())
    return tokens * tokens / 2 * 4 * (a.depth * (sides + 2 * a.width) + a.vocabulary + a.width)


def whole_bytes(architecture: gpt2.Architecture, tokens: int) -> float:
    """Bytes of matrices and head that a sequence reads, if all prompts share one reading for each token."""
    a = architecture
    blocks = a.depth * sum(rows * columns for rows, columns, _ in gpt2.matrices(a).values())
    return tokens * 4 * (blocks + a.vocabulary * a.width) / TOGETHER


def cases(architecture: gpt2.Architecture, tokens: int) -> Iterator[Case]:
    """A model a sequence; 16 prompts of one model."""
    spaces = gpt2.Spaces.make(architecture, TOGETHER, tokens, device())
    peer = frame.installed("transformers")
    sides = [Side("ours", "ours", TOGETHER, partial(lazy, architecture, spaces, tokens))]
    if peer:
        sides.append(Side("transformers", "peer", 1, partial(library, architecture, tokens, np.arange(1))))
    sides.append(limits.memory("limit", lazy_bytes(architecture, tokens)))
    yield Case(f"{architecture.depth} blocks, a model a sequence", sides)
    sides = [Side("ours", "ours", TOGETHER, partial(whole, architecture, tokens))]
    if peer:
        sides.append(
            Side("transformers", "peer", TOGETHER, partial(library, architecture, tokens, np.arange(TOGETHER)))
        )
    sides.append(limits.memory("limit", whole_bytes(architecture, tokens)))
    yield Case(f"{architecture.depth} blocks, {TOGETHER} prompts of one model", sides)


def rows(quick: bool, cores: int, rounds: int) -> Iterator[frame.Row]:
    """Rows of raw times, depth by depth."""
    small = gpt2.Architecture(width=32, heads=2, vocabulary=100, positions=32)
    if frame.installed("transformers"):
        check(small._replace(depth=2), 20)
    for depth in (1,) if quick else (3, 6, 12):
        architecture = (small if quick else gpt2.Architecture())._replace(depth=depth)
        for case in cases(architecture, 8 if quick else 100):
            yield from frame.interleave(case, rounds, finish=frame.synchronize(device()))
