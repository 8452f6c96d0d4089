"""Untrained GPT-2s that exist only where they are looked at are those of the transformers library."""

import numpy as np
import pytest
import torch
from scipy import stats

import reference
from neural_redshift.complexity.token_sequences import measure_sequences
from neural_redshift.generation import SequenceCell
from neural_redshift.networks import gpt2
from neural_redshift.networks.gpt2 import Architecture, Decoder, Norms, Spaces, generate, lazy_weights, whole_weights

CPU = torch.device("cpu")
SMALL = Architecture(depth=2, width=32, heads=4, vocabulary=211, positions=128)
TOKENS = 100
ACTIVATIONS = ["gelu", "relu", "selu", "swish", "tanh", "sin", "gaussian"]


def decoded(architecture: Architecture, scale: float, sequences: int = 2, tokens: int = TOKENS, key: int = 7, first=0):
    """Sequences of lazy models, their weights, and the scores of every step."""
    spaces = Spaces.make(architecture, sequences, tokens, CPU)
    weights = lazy_weights(architecture, [key] * sequences, range(first, first + sequences), spaces)
    norms = Norms(np.full(sequences, scale), np.ones(sequences))
    decoder = Decoder(architecture, weights, norms, spaces.cache)
    chosen, scores = [torch.arange(first, first + sequences)], []
    for _ in range(tokens):
        scores.append(decoder.step(chosen[-1]))
        chosen.append(scores[-1].argmax(1))
    return torch.stack(chosen, 1).numpy(), weights, torch.stack(scores, 1)


def whole(architecture: Architecture, weights, number: int, tokens: int) -> dict[str, torch.Tensor]:
    """All matrices of one of the models, what nobody asked for drawn here."""
    rng = np.random.default_rng(0)
    found = {
        f"h.{layer}.{name}": reference.completed(matrix, number, rng)
        for layer, block in enumerate(weights.blocks)
        for name, matrix in block.items()
        if matrix.asked
    }
    found["lm_head"] = found["wte"] = reference.completed(weights.head, number, rng)
    if architecture.head == "untied":
        every = range(architecture.vocabulary)
        models = weights.head.x.shape[0]
        found["wte"] = torch.stack([weights.embed(torch.full((models,), token))[number] for token in every])
    found["wpe"] = torch.stack([weights.position(place)[number] for place in range(tokens)])
    return found


class Elementwise(torch.nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


def of_library(architecture: Architecture, matrices: dict[str, torch.Tensor], gains: tuple[float, float]):
    """`GPT2LMHeadModel` with these matrices, gains and activation."""
    transformers = pytest.importorskip("transformers")
    a = architecture
    sizes = {"vocab_size": a.vocabulary, "n_embd": a.width, "n_layer": a.depth, "n_head": a.heads}
    with torch.device("meta"):
        model = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(**sizes, n_positions=len(matrices["wpe"]), attn_implementation="eager")
        )
    state = {"transformer.wte.weight": matrices["wte"], "transformer.wpe.weight": matrices["wpe"]}
    state["lm_head.weight"] = matrices["lm_head"]
    for name, like in model.state_dict().items():
        about = name.removeprefix("transformer.").removesuffix(".weight")
        if name.endswith(".bias"):
            state[name] = torch.zeros(like.shape)
        elif "ln_" in name:
            state[name] = torch.full(like.shape, gains[1 if "ln_f" in name else 0])
        elif name not in state:
            state[name] = matrices[about].T.contiguous()
    model.load_state_dict(state, assign=True)
    for block in model.transformer.h:
        if a.activation != "gelu":
            block.mlp.act = Elementwise(reference.ACTIVATIONS[a.activation])
    return model.eval()


def continued(model, prompt: int, tokens: int) -> tuple[np.ndarray, torch.Tensor]:
    """What the library makes of a prompt, greedily, and its scores."""
    with torch.inference_mode():
        made = model.generate(
            torch.tensor([[prompt]]),
            attention_mask=torch.ones(1, 1, dtype=torch.int64),
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            do_sample=False,
            pad_token_id=0,
            eos_token_id=None,
        )[0]
        return made.numpy(), model(made[None, :-1]).logits[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("scale", [0.25, 1.0, 8.0])
def test_a_lazy_model_is_one_of_the_library(activation: str, scale: float):
    architecture = SMALL._replace(activation=activation)
    sequences, weights, scores = decoded(architecture, scale)
    for number, sequence in enumerate(sequences):
        library = of_library(architecture, whole(architecture, weights, number, TOKENS), (scale, 1.0))
        tokens, expected = continued(library, sequence[0], TOKENS)
        np.testing.assert_array_equal(sequence, tokens)
        torch.testing.assert_close(scores[number], expected, rtol=0, atol=2e-4 * float(expected.abs().max()))


def test_the_standard_size_is_one_of_the_library():
    architecture = Architecture()
    sequences, weights, scores = decoded(architecture, 1.0, sequences=1)
    library = of_library(architecture, whole(architecture, weights, 0, TOKENS), (1.0, 1.0))
    tokens, expected = continued(library, sequences[0, 0], TOKENS)
    np.testing.assert_array_equal(sequences[0], tokens)
    torch.testing.assert_close(scores[0], expected, rtol=0, atol=2e-4 * float(expected.abs().max()))


@pytest.mark.parametrize(
    "changes",
    [
        {"head": "untied"},
        {"centred": True},
        {"centred": True, "head": "untied"},
        *({"ablation": ablation} for ablation in gpt2.ABLATIONS),
    ],
    ids=str,
)
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_what_is_changed_or_taken_away_is_what_the_formula_says(activation: str, changes):
    architecture = SMALL._replace(activation=activation, **changes)
    tokens = 30
    sequences, weights, scores = decoded(architecture, 2.0, sequences=1, tokens=tokens)
    matrices = whole(architecture, weights, 0, tokens)
    mean = gpt2.mean_activation(activation, 2 * 0.02 * 32**0.5) if architecture.centred else 0.0
    expected = reference.gpt2_scores(architecture, matrices, (2.0, 1.0), sequences[0, :-1], mean)
    torch.testing.assert_close(scores[0], expected, rtol=0, atol=2e-4 * float(expected.abs().max()))


def test_whole_weights_are_those_of_the_library_for_every_prompt():
    architecture, prompts, tokens = SMALL._replace(activation="sin"), np.arange(30), 50
    weights = whole_weights(architecture, 5, 1, CPU)
    norms = Norms(np.full(30, 4.0), np.ones(30))
    found = generate(architecture, weights, norms, prompts, tokens, gpt2.make_cache(architecture, 30, tokens, CPU))
    matrices = {f"h.{n}.{name}": m.values for n, block in enumerate(weights.blocks) for name, m in block.items()}
    matrices["wte"] = matrices["lm_head"] = weights.head.values
    matrices["wpe"] = torch.stack([weights.position(place) for place in range(tokens)])
    library = of_library(architecture, matrices, (4.0, 1.0))
    for number in (0, 23, 29):
        np.testing.assert_array_equal(found[number], continued(library, prompts[number], tokens)[0])


def test_the_law_of_sequences_is_that_of_whole_models():
    architecture, tokens, many = SMALL._replace(activation="tanh"), 60, 200
    lazy, _, _ = decoded(architecture, 2.0, many, tokens)
    full = [
        generate(
            architecture,
            whole_weights(architecture, 11, number, CPU),
            Norms(np.full(1, 2.0), np.ones(1)),
            np.array([number % architecture.vocabulary]),
            tokens,
            gpt2.make_cache(architecture, 1, tokens, CPU),
        )[0]
        for number in range(many)
    ]
    phrases = [lempel_ziv(sequences) for sequences in (lazy, full)]
    assert np.std(phrases[0]) > 3
    assert stats.mannwhitneyu(*phrases).pvalue > 0.01
    assert stats.ks_2samp(*phrases).pvalue > 0.01


def lempel_ziv(sequences) -> np.ndarray:
    import pandas as pd

    return measure_sequences(pd.DataFrame({"tokens": list(sequences)})).lempel_ziv.to_numpy()


@pytest.mark.parametrize("head", ["tied", "untied"])
def test_a_sequence_is_the_same_alone_and_among_others(head: str):
    architecture = SMALL._replace(head=head, activation="sin")
    together, _, _ = decoded(architecture, 4.0, sequences=9, tokens=40)
    alone, _, _ = decoded(architecture, 4.0, sequences=1, tokens=40, first=5)
    np.testing.assert_array_equal(together[5], alone[0])


def test_a_prompt_is_the_same_alone_and_among_others():
    architecture, tokens = SMALL._replace(activation="tanh"), 40
    weights = whole_weights(architecture, 5, 1, CPU)

    def made(prompts):
        count = len(prompts)
        cache = gpt2.make_cache(architecture, count, tokens, CPU)
        return generate(architecture, weights, Norms(np.full(count, 4.0), np.ones(count)), prompts, tokens, cache)

    np.testing.assert_array_equal(made(np.arange(60))[57:], made(np.arange(57, 60)))


def test_gains_of_a_batch_are_those_of_its_members():
    architecture, tokens = SMALL._replace(activation="sin", centred=True), 20
    spaces = Spaces.make(architecture, 2, tokens, CPU)

    def made(gains, numbers):
        weights = lazy_weights(architecture, [3] * len(gains), numbers, spaces)
        return generate(architecture, weights, Norms(gains, gains), np.zeros(len(gains)), tokens, spaces.cache)

    both = made(np.array([0.5, 8.0]), [0, 1])
    np.testing.assert_array_equal(both[1:], made(np.array([8.0]), [1]))


def test_activations_are_those_of_the_formulas():
    z = torch.linspace(-6, 6, 1001)
    for name in ACTIVATIONS:
        expected = reference.ACTIVATIONS[name](z)
        if name == "gelu":
            expected = torch.nn.functional.gelu(z, approximate="tanh")
        torch.testing.assert_close(gpt2.activation(name)(z.clone()), expected, rtol=1e-5, atol=1e-6)


def test_mean_activations_are_the_closed_forms():
    for spread in (0.1, 0.55, 4.4):
        assert gpt2.mean_activation("relu", spread) == pytest.approx(spread / np.sqrt(2 * np.pi), rel=1e-6)
        assert gpt2.mean_activation("gaussian", spread) == pytest.approx(1 / np.sqrt(1 + 2 * spread**2), rel=1e-9)
        assert gpt2.mean_activation("sin", spread) == pytest.approx(0, abs=1e-12)


def test_more_memory_than_there_is_is_refused_before_it_is_taken():
    with pytest.raises(
        OSError, match=r"GB are needed for 1 sequences .*depth 1000000.* are free; at that width depth \d+ fits"
    ):
        Spaces.make(Architecture(depth=1_000_000), 1, TOKENS, CPU)
    with pytest.raises(OSError, match="take a smaller vocabulary or width"):
        Spaces.make(Architecture(vocabulary=10**12), 1, TOKENS, CPU)
    with pytest.raises(OSError, match="are needed for a whole model"):
        whole_weights(Architecture(depth=1_000_000), 0, 0, CPU)


def test_scores_that_overflow_are_not_taken_for_tokens():
    spaces, norms = Spaces.make(SMALL, 1, 5, CPU), Norms(np.full(1, 1e30), np.ones(1))
    weights = lazy_weights(SMALL, [1], [0], spaces)
    with pytest.raises(OverflowError, match=r"not finite found at LayerNorm scale 1e\+30"):
        generate(SMALL, weights, norms, np.zeros(1), 5, spaces.cache)


def test_the_memory_that_is_said_to_be_needed_is_that_which_is_taken():
    spaces = Spaces.make(SMALL, 3, 20, CPU)
    tensors = [spaces.cache, *spaces.head, *(t for block in spaces.blocks for space in block.values() for t in space)]
    taken = sum(tensor.nbytes for tensor in tensors)
    assert taken <= 3 * gpt2.bytes_needed(SMALL, 20) <= 1.2 * taken


def test_no_sequence_is_longer_than_there_are_positions():
    with pytest.raises(ValueError, match="129 tokens found; 128 positions allow as many at most"):
        decoded(SMALL, 1.0, tokens=129)


def test_the_cells_of_a_study_name_what_the_architecture_knows():
    assert set(SequenceCell._fields) > {"activation", "depth", "head", "centred", "ablation"}
