"""The columns of every table, with units and meaning; the Parquet files carry them."""

from collections.abc import Iterable

import pyarrow as pa


def column(name: str, kind: pa.DataType, unit: str, description: str) -> pa.Field:
    """A column with its unit ("1": none) and description."""
    return pa.field(name, kind, metadata={"unit": unit, "description": description})


CELL_KEY = (
    column(
        "variant",
        pa.string(),
        "1",
        "plain, layer_norm, norm_gain, residual, skip, gated, or unbiased (the Fourier model)",
    ),
    column("activation", pa.string(), "1", "activation of the hidden layers; none for the Fourier model"),
    column("prior", pa.string(), "1", "prior over weights and biases; none for the Fourier model"),
    column("depth", pa.int32(), "hidden layers", "number of hidden layers; 0 for the Fourier model"),
    column("width", pa.int32(), "channels", "channels of a hidden layer; 0 for the Fourier model"),
    column(
        "weight_magnitude",
        pa.float64(),
        "1",
        "factor alpha on the weights (A with prior authors_code); with variant norm_gain the gain after LayerNorm",
    ),
    column("bias_magnitude", pa.float64(), "1", "factor on the biases"),
    column("grid_points", pa.int32(), "points", "points an axis of the regular grid on [-1, 1]^2"),
)
NETWORK_KEY = (
    column("study", pa.string(), "1", "study of config.yaml"),
    *CELL_KEY,
    column("network", pa.int32(), "1", "number of the network within its cell, from 0"),
    column("seed", pa.int64(), "1", "master seed of config.yaml"),
)
STATUS = (
    column("status", pa.string(), "1", "ok, constant (range under 1e-9 of the magnitude) or non_finite"),
    column("float64", pa.bool_(), "1", "was float32 alone not enough"),
)
MEASURES = {
    "fourier": column("fourier", pa.float32(), "1", "mean |k| of the periodic FFT over the largest |k|; DC excluded"),
    "fourier_authors": column(
        "fourier_authors", pa.float32(), "1", "the same by the authors' code: a quadrant, rounded radii"
    ),
    "cosine": column("cosine", pa.float32(), "1", "mean |k| of the DCT-II over the largest |k|; DC excluded"),
    "chebyshev": column("chebyshev", pa.float32(), "orders", "mean total order of the Chebyshev coefficients"),
    "legendre": column("legendre", pa.float32(), "orders", "mean total order of the Legendre coefficients"),
    "lempel_ziv": column("lempel_ziv", pa.float32(), "phrases", "distinct phrases of the LZ78 parse"),
}
MAIN_MEASURES = ("fourier", "cosine", "chebyshev", "legendre", "lempel_ziv")
INTERVAL = (
    column("estimate", pa.float64(), "1", "point estimate"),
    column("low", pa.float64(), "1", "lower end of the 95 % interval"),
    column("high", pa.float64(), "1", "upper end of the 95 % interval"),
)


def measured(
    affix: str, when: str, measures: Iterable[str] = MAIN_MEASURES, before: bool = False
) -> tuple[pa.Field, ...]:
    """Columns of measures at one stage: the measure's name with an affix behind it (or before it)."""
    fields = [MEASURES[measure] for measure in measures]
    return tuple(
        column(
            affix + field.name if before else field.name + affix,
            field.type,
            field.metadata[b"unit"].decode(),
            f"{field.metadata[b'description'].decode()}; {when}",
        )
        for field in fields
    )


def fractions(**columns: str) -> tuple[pa.Field, ...]:
    """Columns of shares, accuracies and correlations: name=description."""
    return tuple(column(name, pa.float64(), "1", description) for name, description in columns.items())


ARCHITECTURE = (
    column("activation", pa.string(), "1", "activation of the hidden layers"),
    column("depth", pa.int32(), "hidden layers", "number of hidden layers"),
    column("width", pa.int32(), "channels", "channels of a hidden layer"),
    column("prefactor", pa.float64(), "1", "factor on every pre-activation of the hidden layers"),
)
SEEDS = (
    column("seed", pa.int32(), "1", "seed of the initial weights"),
    column("data_seed", pa.int32(), "1", "seed of the data and its split; equal to seed"),
)
SEQUENCE_KEY = (
    column("protocol", pa.string(), "1", "paper: weights of its own for each sequence; authors_code: a few models"),
    column("activation", pa.string(), "1", "activation of the MLPs; gelu in its tanh form, as GPT-2 has it"),
    column("depth", pa.int32(), "blocks", "transformer blocks"),
    column("layer_norm_scale", pa.float64(), "1", "gain of the LayerNorms inside the blocks"),
    column("final_norm", pa.bool_(), "1", "has the last LayerNorm that gain too; else 1"),
    column("head", pa.string(), "1", "tied to the embeddings, or untied: weights of its own"),
    column("centred", pa.bool_(), "1", "is the activation less its mean over the pre-activations"),
    column("ablation", pa.string(), "1", "what blocks lack: none, no_attention, no_residual, no_norm, no_mlp"),
    column("model", pa.int32(), "1", "number of the weights; of protocol paper equal to sequence"),
    column("sequence", pa.int32(), "1", "number of the sequence in its cell (paper) or of its model, from 0"),
    column("seed", pa.int64(), "1", "master seed of config.yaml"),
    column("prompt", pa.int32(), "1", "token that the sequence starts with"),
)
TOKENS = column("tokens", pa.list_(pa.int32()), "1", "the prompt and the tokens that follow it")
RATE_RULE = column(
    "learning_rate_rule", pa.string(), "1", "constant, or scaled: divided by the prefactor on the hidden layers"
)
TRAINING_STATUS = column(
    "status", pa.string(), "1", "ok, or diverged: the training loss is not finite or above what it was at the start"
)
TRAINED = (
    column("train_loss", pa.float64(), "as the loss", "mean loss on the training points at the end"),
    column("steps", pa.int32(), "steps", "steps of training"),
)
TOTAL_VARIATION = column(
    "total_variation", pa.float32(), "1", "sum of |steps| along a path over the range of the function there"
)
PLACE = "place between a plane (0) and white noise (1)"
PROFILE = (
    column("name", pa.string(), "1", "what the architecture is called"),
    column("prior", pa.string(), "1", "as built, or the prior of linear and convolutional layers; none: no network"),
    column("depth", pa.int32(), "1", "argument depth of the module, hidden layers of our MLPs; 0: not given"),
    column("weight_magnitude", pa.float64(), "1", "factor alpha on weights of linear and convolutional layers"),
    column("network", pa.int32(), "1", "number of the network within its cell, from 0"),
    column("seed", pa.int64(), "1", "master seed"),
    column("view", pa.string(), "1", "grid: the whole grid on [-1, 1]^d; slices: planes through the input space"),
    column("inputs", pa.string(), "numbers", "shape of an input, such as 2 or 3 x 32 x 32"),
    column("grid_points", pa.int32(), "points", "points an axis of the grid or slice"),
    column("outputs", pa.int32(), "1", "outputs of a network, of which 16 at most are measured"),
    column("functions", pa.int32(), "1", "functions that are measured: outputs times slices"),
    column("constant", pa.int32(), "1", "of those, constant ones (range under 1e-9 of the magnitude)"),
    column("non_finite", pa.int32(), "1", "of those, with a value that is NaN or infinite"),
    column("status", pa.string(), "1", "ok: a function has a value; else constant or non_finite"),
    column("float64", pa.bool_(), "1", "was float32 alone not enough for a function"),
    *measured("", "mean over the functions that have a value"),
    TOTAL_VARIATION,
    *measured("_calibrated", PLACE),
    column("total_variation_calibrated", pa.float32(), "1", f"the same; {PLACE}"),
)
SCHEMAS: dict[str, tuple[pa.Field, ...]] = {
    "complexity": (*NETWORK_KEY, *STATUS, column("value", pa.float32(), "as the measure", "null unless status is ok")),
    "trained_complexity": (
        column("task", pa.string(), "1", "task of config.yaml"),
        column("model", pa.string(), "1", "activation of the models"),
        column("stage", pa.string(), "1", "initial, trained or target"),
        column("function", pa.int32(), "1", "number of the function, in the order of the models"),
        *STATUS,
        column("value", pa.float32(), "as the measure", "null unless status is ok"),
    ),
    "random_networks": (*NETWORK_KEY, *STATUS, *MEASURES.values()),
    "sensitivity": (
        *NETWORK_KEY,
        column("measure", pa.string(), "1", "complexity measure"),
        column(
            "setting",
            pa.string(),
            "1",
            "what is varied, all else as in config.yaml: grid_points, precision (of the networks), bias_scaling "
            "(prior), gaussian_form (activation), degree, lz_levels, scan_order, lz_levels_and_scan_order (both), "
            "algorithm",
        ),
        column(
            "setting_value",
            pa.string(),
            "1",
            "its value, such as 32; levels and order together as 32 hilbert; algorithm: lz78 or lz76",
        ),
        column(
            "value",
            pa.float32(),
            "as the measure",
            "complexity; lz76: bits (K of Dingle et al. 2018); null for a function that is constant or not finite",
        ),
    ),
    "function_images": (
        *NETWORK_KEY,
        column("minimum", pa.float64(), "1", "output at grey value 0"),
        column("maximum", pa.float64(), "1", "output at grey value 255"),
        column(
            "image",
            pa.binary(),
            "grey values",
            "64 x 64 bytes, first input slowest: the function on an evenly thinned grid",
        ),
    ),
    "function_examples": (
        *NETWORK_KEY,
        column("minimum", pa.float64(), "1", "output at value 0"),
        column("maximum", pa.float64(), "1", "output at value 1"),
        column("values", pa.list_(pa.float32()), "1", "the function scaled to [0, 1], first input slowest"),
    ),
    "spectra": (
        *CELL_KEY,
        column("radius", pa.int32(), "cycles per domain", "frequencies |k| from r - 1/2 to r + 1/2"),
        column(
            "amplitude",
            pa.float32(),
            "1",
            "mean |f(k)| of the periodic FFT at this radius over that at all k but 0, mean over networks; 1: flat",
        ),
        column("low", pa.float32(), "1", "lower end of its 95 % interval (Student, over networks)"),
        column("high", pa.float32(), "1", "upper end of its 95 % interval"),
        column("n", pa.int32(), "networks", "networks with a value"),
    ),
    "modulo": (
        *ARCHITECTURE,
        column("side", pa.int32(), "points", "points an axis of the lattice: numbers are 0 … side - 1"),
        column("modulus", pa.int32(), "1", "M: the label is 1 where the sum of both numbers modulo M is under M/2"),
        *SEEDS,
        column("split", pa.string(), "1", "share of the side x side points to train on: half, three_quarters"),
        column("budget", pa.string(), "1", "how long to train: paper, converged (see config.yaml)"),
        RATE_RULE,
        TRAINING_STATUS,
        *fractions(
            train_accuracy="accuracy on the training points",
            test_accuracy="accuracy on the other points",
            balanced_test_accuracy="mean over the two classes of the accuracy on their other points",
            positive_rate="share of label 1 among the other points",
        ),
        *TRAINED,
        column("fitted", pa.bool_(), "1", "did training stop because the training points were fitted (converged)"),
        *measured("_init", "before training"),
        *measured("_trained", "after training"),
        *measured("target_", "of the labels, extended to real numbers", before=True),
    ),
    "learning_rates": (
        *ARCHITECTURE,
        column("side", pa.int32(), "points", "points an axis of the lattice: numbers are 0 … side - 1"),
        column("modulus", pa.int32(), "1", "M: the label is 1 where the sum of both numbers modulo M is under M/2"),
        *SEEDS,
        column(
            "learning_rate_rule",
            pa.string(),
            "1",
            "constant; scaled: divided by the prefactor on the hidden layers; folded: constant, with the prefactor in "
            "the initial weights and biases",
        ),
        column("learning_rate", pa.float64(), "1", "learning rate of Adam"),
        TRAINING_STATUS,
        *fractions(
            train_accuracy="accuracy on the training points, half of them",
            test_accuracy="accuracy on the other points",
            balanced_test_accuracy="mean over the two classes of the accuracy on their other points",
            positive_rate="share of label 1 among the other points",
        ),
        *TRAINED,
        column("fitted", pa.bool_(), "1", "did training stop because the training points were fitted"),
    ),
    "before_after": (
        column("task", pa.string(), "1", "modulo_<M>, or smooth_<cycles>: random waves of at most so many cycles"),
        column("architecture", pa.string(), "1", "activation, depth x width and prefactor, as one name"),
        *ARCHITECTURE,
        *SEEDS,
        TRAINING_STATUS,
        *fractions(train_score="modulo: accuracy; smooth: Pearson correlation; on the training points"),
        *fractions(test_score="the same on points that were not trained on"),
        *TRAINED,
        *measured("_init", "before training"),
        *measured("_trained", "after training"),
    ),
    "colored_digits": (
        column("dataset", pa.string(), "1", "digits (scikit-learn, 8 x 8) or mnist (28 x 28)"),
        *ARCHITECTURE,
        *SEEDS,
        column(
            "budget", pa.string(), "1", "paper: a number of steps; matched, alone: until a training loss is reached"
        ),
        column("features", pa.string(), "1", "what is trained on: both; color or digit alone, the other dark"),
        RATE_RULE,
        TRAINING_STATUS,
        *TRAINED,
        column("reached", pa.bool_(), "1", "did the model get to the training loss; paper: true"),
        *fractions(
            r_color="Pearson correlation of output and label where only the colour tells the label",
            r_digit="the same where only the digit does",
            accuracy_color="share of outputs within .1 of the label where only the colour tells it",
            accuracy_digit="the same where only the digit does",
        ),
        *measured("_init", "before training, mean over slices", ("lempel_ziv", "cosine")),
        *measured("_trained", "after training, mean over slices", ("lempel_ziv", "cosine")),
    ),
    "guess_and_check": (
        column("task", pa.string(), "1", "digits (0 against 1, two principal components), half_plane, circle, kink"),
        column("points", pa.int32(), "points", "training points, half of each class"),
        column("model", pa.string(), "1", "relu, sin (2-32-32-1 networks), unbiased (the Fourier model)"),
        column("prefactor", pa.float64(), "1", "factor on every pre-activation of the hidden layers"),
        column(
            "method", pa.string(), "1", "guess: random weights; descent: trained; poisoned: trained on false points too"
        ),
        column("loss", pa.string(), "1", "cross_entropy or mse: by which networks are sorted into bins, and trained"),
        column(
            "loss_bin", pa.int32(), "1", "bin of training losses, from 1, the highest: see loss_bounds of config.yaml"
        ),
        column("split", pa.int32(), "1", "number of the split, from 0"),
        column("seed", pa.int64(), "1", "master seed of config.yaml"),
        column("candidates", pa.int64(), "networks", "networks that were tried"),
        column(
            "accepted",
            pa.int64(),
            "networks",
            "of those, how many have every training point right and a mean loss in the bin",
        ),
        *fractions(
            acceptance_rate="accepted / candidates",
            test_accuracy="mean accuracy of the accepted networks on the other points; null if there is none",
        ),
        column(
            "loss_value",
            pa.float64(),
            "nats or squared units",
            "their mean loss on the training points, of outputs over their root mean square there",
        ),
    ),
    "unbiased_training": (
        column("task", pa.string(), "1", "modulo_<M> or smooth_<cycles>, on the 16 x 16 lattice"),
        column("model", pa.string(), "1", "unbiased (the Fourier model) or relu"),
        column("optimizer", pa.string(), "1", "adam or gradient_descent"),
        column("weight_magnitude", pa.float64(), "1", "factor alpha on the initial weights"),
        column("seed", pa.int32(), "1", "seed of the initial weights and of the split"),
        TRAINING_STATUS,
        *fractions(
            train_score="modulo: balanced accuracy; smooth: Pearson correlation; on the training points",
            test_score="the same on the other points",
        ),
        *TRAINED,
    ),
    "start": (
        *ARCHITECTURE,
        column(
            "start",
            pa.string(),
            "1",
            "at the start: random; complex (fitted to a high frequency); permuted (the weights of complex shuffled)",
        ),
        column("points", pa.int32(), "points", "training points on [-1, 1]"),
        column("seed", pa.int32(), "1", "seed of weights and points"),
        TRAINING_STATUS,
        column("start_loss", pa.float64(), "squared units", "loss of the fit to the high frequency; null for random"),
        *TRAINED,
        column("test_loss", pa.float64(), "squared units", "mean squared error on an even grid of [-1, 1]"),
        *fractions(start_complexity="cosine complexity before this training"),
        *measured("", "after training", ("fourier", "cosine")),
    ),
    "sequences": (*SEQUENCE_KEY, TOKENS),
    "transformers": (
        *SEQUENCE_KEY,
        TOKENS,
        column("lempel_ziv", pa.int32(), "phrases", "distinct phrases of the LZ78 parse of the tokens"),
        column("distinct_tokens", pa.int32(), "tokens", "how many different tokens there are"),
    ),
    "token_sequences": (
        column("activation", pa.string(), "1", "activation of the MLPs"),
        column("sequence", pa.int32(), "1", "number of the sequence in its cell"),
        column("lempel_ziv", pa.int32(), "phrases", "distinct phrases of the LZ78 parse of the tokens"),
        column("distinct_tokens", pa.int32(), "tokens", "how many different tokens there are"),
        TOKENS,
        column("phrases", pa.string(), "1", "the same tokens, cut where a phrase of the parse ends: |"),
    ),
    "calibration": (
        column(
            "function", pa.string(), "1", "plane (random direction), paraboloid, step (half-plane), disc or white_noise"
        ),
        column("grid_points", pa.int32(), "points", "points an axis of the regular grid on [-1, 1]^2"),
        column("measure", pa.string(), "1", "complexity measure"),
        column("mean", pa.float64(), "as the measure", "mean over the functions"),
        column("standard_deviation", pa.float64(), "as the measure", "standard deviation over the functions"),
        column("n", pa.int32(), "functions", "number of functions"),
    ),
    "correlations": (
        column("table", pa.string(), "1", "table that the values come from"),
        column(
            "group",
            pa.string(),
            "1",
            "between_cells (cell means), over_networks (all), within_cell; of before_after, always over means of "
            "architectures: between_architectures, fitted (mean training score .99 or more), within_activation",
        ),
        column("key", pa.string(), "1", "the cell, for within_cell; of before_after the task, and the activation"),
        column("x", pa.string(), "1", "first measure; of before_after: before training"),
        column("y", pa.string(), "1", "second measure; of before_after: after training"),
        column("method", pa.string(), "1", "pearson or spearman"),
        *INTERVAL,
        column("n", pa.int32(), "1", "networks, or cells for between_cells, or architectures"),
    ),
    "components": (
        column("component", pa.string(), "1", "component of an architecture, as in Table 1 of the paper"),
        column("contrast", pa.string(), "1", "what is compared with what"),
        column(
            "activations", pa.string(), "1", "all, ReLU-like (relu, gelu, swish, selu) or others (tanh, gaussian, sin)"
        ),
        column(
            "over", pa.string(), "1", "grid (average over depths and weight magnitudes) or corner (the largest of both)"
        ),
        column("measure", pa.string(), "1", "complexity measure, on the calibrated scale: plane 0, white noise 1"),
        *INTERVAL,
        column("cells", pa.int32(), "cells", "cells that the contrast averages over"),
        column("n", pa.int32(), "networks", "networks that the contrast rests on"),
        column("direction", pa.string(), "1", "lower, none, higher or undecided, from the interval and the margin .10"),
        column(
            "paper",
            pa.string(),
            "1",
            "direction that the paper states for these activations; empty where it says nothing",
        ),
    ),
    "mean_field": (
        column("activation", pa.string(), "1", "activation of the hidden layers"),
        column("width", pa.int32(), "channels", "channels of a hidden layer, which counts in the first layer alone"),
        column("bias_magnitude", pa.float64(), "1", "factor on the biases"),
        column("weight_magnitude", pa.float64(), "1", "factor alpha on the weights"),
        column("variance", pa.float64(), "1", "of pre-activations in the limit of depth; infinite: without bound"),
        column(
            "slope", pa.float64(), "1", "of the map of correlations from layer to layer at 1, in the limit of depth"
        ),
        column("depth", pa.int32(), "hidden layers", "largest depth of the heatmaps"),
        column("slope_of_layers", pa.float64(), "1", "geometric mean of that slope from the first layer to that depth"),
        column(
            "critical_magnitude",
            pa.float64(),
            "1",
            "weight magnitude at which the limit of the slope passes 1; null where it does not rise above",
        ),
    ),
    "expected_spectra": (
        column(
            "activation", pa.string(), "1", "activation of the hidden layers; of those whose kernel has a closed form"
        ),
        column("width", pa.int32(), "channels", "channels of a hidden layer, which counts in the first layer alone"),
        column("bias_magnitude", pa.float64(), "1", "factor on the biases"),
        column("weight_magnitude", pa.float64(), "1", "factor alpha on the weights"),
        column("depth", pa.int32(), "hidden layers", "number of hidden layers"),
        column("grid_points", pa.int32(), "points", "points an axis of the regular grid on [-1, 1]^2"),
        column("radius", pa.int32(), "cycles per domain", "frequencies |k| from r - 1/2 to r + 1/2"),
        column(
            "amplitude",
            pa.float32(),
            "1",
            "expected |f(k)| of infinitely wide networks at this radius over that at all k but 0; 1: flat",
        ),
    ),
    "claims": (
        column("claim", pa.string(), "1", "name of the claim in workflow/claims.yaml and in neural_redshift.claims"),
        column(
            "kind",
            pa.string(),
            "1",
            "statement (of the paper) or control (of ours: what a finding is made of; not one of the 57)",
        ),
        column("section", pa.string(), "1", "where the paper states it; of a control what it belongs to"),
        column("statement", pa.string(), "1", "what it states, in our words"),
        column("form", pa.string(), "1", "ordering, equivalence, trend, association or contrast"),
        column("measure", pa.string(), "1", "what the estimate is of; a complexity measure stands for c*"),
        column(
            "estimate",
            pa.float64(),
            "c*, or as the measure",
            "point estimate; of all, or each, that of the member nearest to leaving the region",
        ),
        column("low", pa.float64(), "as the estimate", "lower end of the interval, of level 1 - .05/57; control: 95 %"),
        column("high", pa.float64(), "as the estimate", "upper end of the same interval"),
        column("region", pa.string(), "as the estimate", "where the estimate lies if the statement is true"),
        column("reason", pa.string(), "1", "why that region"),
        column("n", pa.int32(), "1", "networks, models or splits behind the estimate; 0: the tables lack something"),
        column(
            "verdict",
            pa.string(),
            "1",
            "supported: the interval lies inside the region; contradicted: wholly outside; undecided",
        ),
        column("settings_tried", pa.int32(), "settings", "settings other than the paper's for which there is data"),
        column("settings_agreeing", pa.int32(), "settings", "of those, how many lead to the same verdict"),
        column("settings", pa.string(), "1", "every setting, and the verdict that it leads to; no data: not tried"),
        column("deciding", pa.string(), "1", "settings that lead to another verdict, and to which"),
    ),
    "profiles": PROFILE,
    "profile_images": (
        column("name", pa.string(), "1", "what the architecture is called"),
        column("depth", pa.int32(), "1", "argument depth of the module"),
        column("weight_magnitude", pa.float64(), "1", "factor alpha on its weights"),
        column("image", pa.binary(), "1", "network 0 as at most 64 x 64 bytes, minimum 0, maximum 255"),
    ),
    "profile_outputs": (*PROFILE, column("output", pa.int32(), "1", "number of the output, among those measured")),
}


def describe() -> str:
    """The columns of every kept table, as Markdown."""
    lines = [
        "# Columns",
        "",
        "What every table holds. `complexity`, `trained_complexity` and `sequences` are forms of parts in `results`;",
        "`profiles`, `profile_outputs` and `profile_images` are what the instrument writes of a user's module.",
        "",
    ]
    for table, fields in SCHEMAS.items():
        lines += [f"## {table}", "", "| Column | Type | Unit | Meaning |", "|---|---|---|---|"]
        for field in fields:
            about = {key.decode(): value.decode() for key, value in field.metadata.items()}
            lines.append(f"| {field.name} | {field.type} | {about['unit']} | {about['description']} |")
        lines.append("")
    return "\n".join(lines)
