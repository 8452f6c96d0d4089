"""Configurations that cannot be run, and the sentence that each of them gets.

python tests/bad_inputs.py writes docs/bad_input.md from them.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

from project import ROOT

SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
PAGE = ROOT / "docs/bad_input.md"
HEATMAPS = "studies:\n  heatmaps:\n    "
MODULO, RATES, SMOOTH, DIGITS, UNBIASED, GUESS, START = (
    f"training:\n  {task}:\n    "
    for task in (
        "modulo",
        "learning_rates",
        "smooth",
        "colored_digits",
        "unbiased_training",
        "guess_and_check",
        "start",
    )
)


TRANSFORMERS = "transformers:\n  "
SEQUENCES = (
    TRANSFORMERS + "runs:\n    - {protocol: paper, depths: [12], layer_norm_scales: [1.0], tokens: 100, sequences: 24"
)


def runs(*of_each: str) -> str:
    """Runs of modulo addition: their budget, split, learning rate rule and seeds."""
    keys = ("budget", "split", "learning_rate_rule", "seeds", "seeds_of")
    lines = (", ".join(map(": ".join, zip(keys, run.split(maxsplit=4), strict=True))) for run in of_each)
    return f"{MODULO}runs:\n" + "".join(f"      - {{{line}}}\n" for line in lines)


class BadInput(NamedTuple):
    """What is wrong, in words; where it stands; what stands there; the sentences, in which … stands for anything."""

    what: str
    place: str  # config.yaml (which it is), my.yaml (laid over config.yaml), edit (of config.yaml), or --config
    given: Any
    says: str

    def write(self, folder: Path) -> tuple[list[str], dict[str, Any]]:
        """Write the files into a folder; their names, and what --config says."""
        text = (ROOT / "config.yaml").read_text()
        if self.place == "edit":
            text, edits = re.subn(*self.given, text, count=1, flags=re.MULTILINE)
            assert edits, f"config.yaml holds nothing like {self.given[0]!r}"
        (folder / "config.yaml").write_text(text)
        if self.place.endswith(".yaml"):
            (folder / self.place).unlink(missing_ok=True)
            if self.given is not None:
                (folder / self.place).write_bytes(self.given if isinstance(self.given, bytes) else self.given.encode())
        files = ["config.yaml", *(["my.yaml"] if self.place == "my.yaml" else [])]
        return files, self.given if self.place == "--config" else {}

    def pattern(self) -> str:
        """A regular expression for the sentences."""
        return "(?s:.*)".join(map(re.escape, self.says.split("…")))

    def shown(self) -> str:
        """The input in one line."""
        if self.place == "edit":
            return " → ".join(map(repr, self.given))
        if self.place == "--config":
            return " ".join(f"{key}={value}" for key, value in self.given.items())
        if isinstance(self.given, str):
            lines = self.given.removeprefix(HEATMAPS).rstrip("\n").replace("\n", " ⏎ ")
            return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in lines)
        return repr(self.given) if self.given else ""


def whole(what: str, config: str | bytes | None, *says: str) -> BadInput:
    return BadInput(what, "config.yaml", config, "\n".join(says))


def over(what: str, my: str, *says: str) -> BadInput:
    return BadInput(what, "my.yaml", my, "\n".join(says))


def edit(what: str, old: str, new: str, *says: str) -> BadInput:
    return BadInput(what, "edit", (old, new), "\n".join(says))


def command_line(what: str, values: dict[str, Any], *says: str) -> BadInput:
    return BadInput(what, "--config", values, "\n".join(says))


BAD_INPUTS = [
    whole("no such file", None, "config.yaml does not exist."),
    whole("an empty file", "", "config.yaml is empty; it must be a mapping of keys to values."),
    whole("comments alone", "# networks: 5\n", "config.yaml is empty; it must be a mapping of keys to values."),
    whole("a list instead of keys", "- seed\n- 5\n", "config.yaml is a list; it must be a mapping of keys to values."),
    whole("a text instead of keys", "seed=5\n", "config.yaml is 'seed=5'; it must be a mapping of keys to values."),
    whole(
        "Latin-1",
        b"# Universit\xe9\nseed: 5\n",
        "config.yaml, line 1: the byte 0xe9 is not UTF-8; save the file as UTF-8.",
    ),
    whole(
        "UTF-16",
        b"\xff\xfes\x00e\x00e\x00d\x00:\x00 \x005\x00\n\x00",
        "config.yaml, line 1: the byte 0xff is not UTF-8; save the file as UTF-8.",
    ),
    whole(
        "a control character",
        "seed: 5\nfoo: \x07\n",
        "config.yaml, line 2: the character '\\x07' is not allowed in YAML.",
    ),
    whole(
        "a tab as indentation",
        "studies:\n\theatmaps:\n",
        (
            "config.yaml, line 2, column 1: this is not YAML, found character '\\t' that cannot start any token"
            " (indent with spaces, not with tabs)."
        ),
    ),
    whole(
        "an open bracket",
        HEATMAPS + "depths: [1, 2\n    networks: 5\n",
        "config.yaml, line 4, column 13: this is not YAML, expected ',' or ']', but got ':'"
        " (is a bracket left open, or a comma missing?).",
    ),
    whole(
        "a missing space after the colon",
        "seed: 5\nimages_per_cell:3\ncalibration_functions: 20\n",
        (
            "config.yaml, line 3, column 1: this is not YAML, could not find expected ':' (is there a colon and "
            "a space in the line above?)."
        ),
    ),
    whole(
        "two colons",
        "seed: 5: 6\n",
        (
            "config.yaml, line 1, column 8: this is not YAML, mapping values are not allowed here"
            " (put a text with a colon in quotes)."
        ),
    ),
    whole(
        "an open quote",
        "pathvars:\n  results: 'results\n",
        (
            "config.yaml, line 3, column 1: this is not YAML, found unexpected end of stream"
            " (is a quote or a bracket left open?)."
        ),
    ),
    whole(
        "a wrong indentation",
        HEATMAPS + "networks: 5\n   depths: [1]\n",
        (
            "config.yaml, line 4, column 4: this is not YAML, expected <block end>, but found '<block mapping start>'"
            " (does the indentation fit the lines above?)."
        ),
    ),
    whole(
        "two documents",
        "seed: 5\n---\nseed: 6\n",
        "config.yaml, line 2, column 1: a second document starts here; keep one.",
    ),
    whole(
        "the same key twice",
        HEATMAPS + "networks: 5\n    depths: [1]\n    networks: 6\n",
        "config.yaml, line 5: studies.heatmaps.networks stands on line 3 already; keep one of the two.",
    ),
    whole(
        "the same study twice",
        "studies:\n  width: {networks: 5}\n  width: {grid_points: 32}\n",
        "config.yaml, line 3: studies.width stands on line 2 already; keep one of the two.",
    ),
    whole(
        "an alias",
        "seed: &master 5\nimages_per_cell: *master\n",
        "config.yaml, line 2, column 18: the alias *master stands here; write the value itself.",
    ),
    whole(
        "a billion laughs",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
        "config.yaml, line 2, column 8: the alias *a stands here; write the value itself.",
    ),
    whole(
        "a merge key",
        HEATMAPS + "<<: {networks: 5}\n",
        "config.yaml, line 3: studies.heatmaps has << (!!merge) as a key; keys must be text.",
    ),
    whole(
        "a Python object",
        "seed: !!python/object/apply:os.getpid []\n",
        (
            "config.yaml, line 1: seed has the tag !!python/object/apply:os.getpid;"
            " tags are not read, write plain values."
        ),
    ),
    whole(
        "a tag",
        "seed: !random 5\n",
        "config.yaml, line 1: seed has the tag !random; tags are not read, write plain values.",
    ),
    whole(
        "a date",
        "pathvars:\n  results: 2024-06-17\n",
        "config.yaml, line 2: pathvars.results is 2024-06-17, which YAML reads as a date; put it in quotes.",
    ),
    whole(
        "a number as a key",
        "studies:\n  2024: {networks: 5}\n",
        "config.yaml, line 2: studies has 2024 (!!int) as a key; keys must be text.",
    ),
    whole(
        "a key that YAML reads as true",
        "studies:\n  on: {networks: 5}\n",
        "config.yaml, line 2: studies has on (!!bool) as a key; keys must be text.",
    ),
    whole(
        "a list as a key",
        "? [heatmaps, width]\n: 5\n",
        "config.yaml, line 1: the top level has a list or mapping as a key; keys must be text.",
    ),
    whole(
        "a tag that does not fit",
        "seed: !!int five\n",
        "config.yaml, line 1: seed is 'five', which does not fit its tag !!int.",
    ),
    over(
        "a misspelt key",
        HEATMAPS + "netwroks: 5\n",
        "my.yaml, line 3: studies.heatmaps.netwroks is unknown (did you mean 'networks'?).",
    ),
    over(
        "a key in capitals",
        HEATMAPS + "Depths: [1]\n",
        "my.yaml, line 3: studies.heatmaps.Depths is unknown (did you mean 'depths'?).",
    ),
    over("a key at the wrong level", "networks: 5\n", "my.yaml, line 1: networks is unknown; choose from …."),
    over(
        "a key that means nothing",
        HEATMAPS + "colour: red\n",
        "my.yaml, line 3: studies.heatmaps.colour is unknown; choose from ….",
    ),
    over(
        "an unknown measure",
        "measures:\n  wavelet: {}\n",
        "my.yaml, line 2: measures.wavelet is unknown; choose from ….",
    ),
    over(
        "an unknown option of a measure",
        "measures:\n  chebyshev: {order: 7}\n",
        "my.yaml, line 2: measures.chebyshev.order is unknown; choose from degree.",
    ),
    over(
        "an option of a measure that has none",
        "measures:\n  fourier: {degree: 7}\n",
        "my.yaml, line 2: measures.fourier is a mapping; it must be left empty.",
    ),
    over(
        "a measure without its mapping",
        "measures:\n  lempel_ziv:\n",
        ("my.yaml, line 2: measures.lempel_ziv is empty; it must be a mapping of keys to values (levels, scan_order)."),
    ),
    over(
        "an unknown folder",
        "pathvars:\n  tables: tables\n",
        "my.yaml, line 2: pathvars.tables is unknown; choose from results, figures, logs.",
    ),
    over(
        "the name of a study with capitals",
        "studies:\n  Wide:\n    networks: 5\n",
        (
            "my.yaml, line 2: studies.Wide is not a name that can be used; it must be small letters, digits and "
            "_, a letter first."
        ),
        "my.yaml, line 2: studies.Wide lacks ….",
    ),
    over("a study that lacks keys", "studies:\n  mine:\n    networks: 5\n", "my.yaml, line 2: studies.mine lacks …."),
    over(
        "a misspelt study",
        "studies:\n  heatmap:\n    networks: 5\n",
        "my.yaml, line 2: studies.heatmap lacks … (did you mean 'heatmaps'?).",
    ),
    over(
        "an example that lacks keys",
        "examples:\n  - {variant: plain, activation: relu, depth: 3}\n",
        "my.yaml, line 2: examples[0].weight_magnitude is missing; it must be a number above 0.",
    ),
    edit(
        "a key less in config.yaml",
        r"^seed: .*\n",
        "",
        "config.yaml: seed is missing; it must be a whole number of 0 or more.",
    ),
    edit(
        "a study less in config.yaml",
        r"^  width:$",
        "  wdith:",
        "config.yaml, line …: studies.width is missing (is it 'wdith', misspelt?).",
    ),
    edit(
        "the networks of a study less in config.yaml",
        r"^    networks: \d+\n",
        "",
        "config.yaml, line …: studies.heatmaps.networks is missing; it must be a whole number of 1 or more.",
    ),
    over(
        "a study without keys",
        "studies:\n  heatmaps:\n",
        "my.yaml, line 2: studies.heatmaps is empty; it must be a mapping of keys to values (…).",
    ),
    over(
        "no studies",
        "studies:\n",
        "my.yaml, line 1: studies is empty; it must be a mapping of keys to values of at least 1 key.",
    ),
    over(
        "an unknown activation",
        HEATMAPS + "activations: [relu, silu]\n",
        ("my.yaml, line 3: studies.heatmaps.activations[1] is 'silu'; it must be one of … (did you mean 'selu'?)."),
    ),
    over(
        "an activation in capitals",
        HEATMAPS + "activations: [ReLU]\n",
        ("my.yaml, line 3: studies.heatmaps.activations[0] is 'ReLU'; it must be one of … (did you mean 'relu'?)."),
    ),
    over(
        "an unknown variant",
        HEATMAPS + "variants: [plain, batch_norm]\n",
        (
            "my.yaml, line 3: studies.heatmaps.variants[1] is 'batch_norm'; "
            "it must be one of … (did you mean 'layer_norm'?)."
        ),
    ),
    over(
        "an unknown prior",
        HEATMAPS + "priors: [xavier]\n",
        "my.yaml, line 3: studies.heatmaps.priors[0] is 'xavier'; it must be one of ….",
    ),
    over(
        "an unknown measure of a study",
        HEATMAPS + "measures: [fourrier]\n",
        ("my.yaml, line 3: studies.heatmaps.measures[0] is 'fourrier'; it must be one of … (did you mean 'fourier'?)."),
    ),
    over(
        "an unknown scan order",
        "measures:\n  lempel_ziv: {scan_order: snake}\n",
        "my.yaml, line 2: measures.lempel_ziv.scan_order is 'snake'; it must be one of ….",
    ),
    over(
        "no networks",
        HEATMAPS + "networks: 0\n",
        "my.yaml, line 3: studies.heatmaps.networks is 0; it must be a whole number of 1 or more.",
    ),
    over(
        "a negative number of networks",
        HEATMAPS + "networks: -5\n",
        "my.yaml, line 3: studies.heatmaps.networks is -5; it must be a whole number of 1 or more.",
    ),
    over(
        "half a network",
        HEATMAPS + "networks: 2.5\n",
        "my.yaml, line 3: studies.heatmaps.networks is 2.5; it must be a whole number of 1 or more.",
    ),
    over(
        "a whole number with a dot",
        HEATMAPS + "networks: 20.0\n",
        ("my.yaml, line 3: studies.heatmaps.networks is 20.0; it must be a whole number of 1 or more (write 20)."),
    ),
    over(
        "a number in quotes",
        HEATMAPS + "networks: '20'\n",
        (
            "my.yaml, line 3: studies.heatmaps.networks is the text '20'; "
            "it must be a whole number of 1 or more (write it without quotes)."
        ),
    ),
    over(
        "a number in words",
        HEATMAPS + "networks: twenty\n",
        ("my.yaml, line 3: studies.heatmaps.networks is the text 'twenty'; it must be a whole number of 1 or more."),
    ),
    over(
        "a truth value as a number",
        HEATMAPS + "networks: true\n",
        "my.yaml, line 3: studies.heatmaps.networks is true; it must be a whole number of 1 or more.",
    ),
    over(
        "nothing as a number",
        HEATMAPS + "networks:\n",
        "my.yaml, line 3: studies.heatmaps.networks is empty; it must be a whole number of 1 or more.",
    ),
    over(
        "a list as a number",
        HEATMAPS + "networks: [20]\n",
        "my.yaml, line 3: studies.heatmaps.networks is a list; it must be a whole number of 1 or more.",
    ),
    over(
        "a mapping as a number",
        HEATMAPS + "networks: {count: 20}\n",
        "my.yaml, line 3: studies.heatmaps.networks is a mapping; it must be a whole number of 1 or more.",
    ),
    over(
        "a number beyond 64 bits",
        "seed: 18446744073709551616\n",
        "my.yaml, line 1: seed is a number beyond 64 bits; it must be a whole number of 0 or more.",
    ),
    over("a negative seed", "seed: -1\n", "my.yaml, line 1: seed is -1; it must be a whole number of 0 or more."),
    over(
        "a grid of one point",
        HEATMAPS + "grid_points: 1\n",
        "my.yaml, line 3: studies.heatmaps.grid_points is 1; it must be a whole number of 2 or more.",
    ),
    over(
        "a number instead of a list",
        HEATMAPS + "depths: 4\n",
        "my.yaml, line 3: studies.heatmaps.depths is 4; it must be a list of at least 1 item (write [4]).",
    ),
    over(
        "a name instead of a list",
        HEATMAPS + "activations: relu\n",
        (
            "my.yaml, line 3: studies.heatmaps.activations is the text 'relu'; "
            "it must be a list of at least 1 item (write [relu])."
        ),
    ),
    over(
        "names with commas instead of a list",
        HEATMAPS + "activations: relu, tanh\n",
        (
            "my.yaml, line 3: studies.heatmaps.activations is the text 'relu, tanh'; "
            "it must be a list of at least 1 item (write [relu, tanh])."
        ),
    ),
    over(
        "an empty list",
        HEATMAPS + "depths: []\n",
        "my.yaml, line 3: studies.heatmaps.depths is an empty list; it must be a list of at least 1 item.",
    ),
    over(
        "a value twice",
        HEATMAPS + "depths: [1, 2, 3, 2]\n",
        "my.yaml, line 3: studies.heatmaps.depths has 2 twice, as items 2 and 4; each value may stand once.",
    ),
    over(
        "a number twice, in two forms",
        HEATMAPS + "weight_magnitudes: [1, 3.0, 1.0]\n",
        (
            "my.yaml, line 3: studies.heatmaps.weight_magnitudes has 1 twice, as items 1 and 3; "
            "each value may stand once."
        ),
    ),
    over(
        "depth 0",
        HEATMAPS + "depths: [0, 1]\n",
        "my.yaml, line 3: studies.heatmaps.depths[0] is 0; it must be a whole number of 1 or more.",
    ),
    over(
        "a list in a list",
        HEATMAPS + "depths: [[1, 2]]\n",
        "my.yaml, line 3: studies.heatmaps.depths[0] is a list; it must be a whole number of 1 or more.",
    ),
    over(
        "a magnitude of 0",
        HEATMAPS + "weight_magnitudes: [0.0, 1.0]\n",
        "my.yaml, line 3: studies.heatmaps.weight_magnitudes[0] is 0.0; it must be a number above 0.",
    ),
    over(
        "a negative magnitude",
        HEATMAPS + "bias_magnitudes: [-0.1]\n",
        "my.yaml, line 3: studies.heatmaps.bias_magnitudes[0] is -0.1; it must be a number above 0.",
    ),
    over(
        "a magnitude that is not a number",
        HEATMAPS + "weight_magnitudes: [.nan]\n",
        (
            "my.yaml, line 3: studies.heatmaps.weight_magnitudes[0] is nan, which is not finite; "
            "it must be a number above 0."
        ),
    ),
    over(
        "an infinite magnitude",
        HEATMAPS + "weight_magnitudes: [1.0, .inf]\n",
        (
            "my.yaml, line 3: studies.heatmaps.weight_magnitudes[1] is inf, which is not finite; "
            "it must be a number above 0."
        ),
    ),
    over(
        "an exponent without a dot",
        HEATMAPS + "weight_magnitudes: [1e-3]\n",
        (
            "my.yaml, line 3: studies.heatmaps.weight_magnitudes[0] is the text '1e-3'; "
            "it must be a number above 0 (YAML reads an exponent only after a dot and a sign; write 1.0e-3)."
        ),
    ),
    over(
        "an exponent without a sign",
        HEATMAPS + "weight_magnitudes: [2.5e3]\n",
        (
            "my.yaml, line 3: studies.heatmaps.weight_magnitudes[0] is the text '2.5e3'; "
            "it must be a number above 0 (YAML reads an exponent only after a dot and a sign; write 2.5e+3)."
        ),
    ),
    over(
        "a decimal comma",
        HEATMAPS + "weight_magnitudes: ['0,5']\n",
        ("my.yaml, line 3: studies.heatmaps.weight_magnitudes[0] is the text '0,5'; it must be a number above 0."),
    ),
    over(
        "a power",
        HEATMAPS + "weight_magnitudes: [10^0.5]\n",
        ("my.yaml, line 3: studies.heatmaps.weight_magnitudes[0] is the text '10^0.5'; it must be a number above 0."),
    ),
    over(
        "a text instead of true or false",
        HEATMAPS + "keep_functions: maybe\n",
        "my.yaml, line 3: studies.heatmaps.keep_functions is the text 'maybe'; it must be true or false.",
    ),
    over(
        "a number instead of true or false",
        HEATMAPS + "keep_functions: 1\n",
        "my.yaml, line 3: studies.heatmaps.keep_functions is 1; it must be true or false.",
    ),
    over(
        "a degree too high",
        "measures:\n  chebyshev: {degree: 31}\n",
        "my.yaml, line 2: measures.chebyshev.degree is 31; it must be a whole number from 1 to 20.",
    ),
    over(
        "a single level",
        "measures:\n  lempel_ziv: {levels: 1}\n",
        "my.yaml, line 2: measures.lempel_ziv.levels is 1; it must be a whole number of 2 or more.",
    ),
    over(
        "a single calibration function",
        "calibration_functions: 1\n",
        "my.yaml, line 1: calibration_functions is 1; it must be a whole number of 2 or more.",
    ),
    over(
        "no examples",
        "examples: []\n",
        "my.yaml, line 1: examples is an empty list; it must be a list of at least 1 item.",
    ),
    over(
        "a folder that is a number",
        "pathvars:\n  results: 5\n",
        "my.yaml, line 2: pathvars.results is 5; it must be text of at least 1 character.",
    ),
    over(
        "a folder without a name",
        "pathvars:\n  results: ''\n",
        "my.yaml, line 2: pathvars.results is the empty text; it must be text of at least 1 character.",
    ),
    over(
        "three things at once",
        "sede: 5\n" + HEATMAPS + "networks: 0\n    activations: [relu, tanhh]\n",
        "my.yaml, line 1: sede is unknown (did you mean 'seed'?).",
        "my.yaml, line 4: studies.heatmaps.networks is 0; it must be a whole number of 1 or more.",
        ("my.yaml, line 5: studies.heatmaps.activations[1] is 'tanhh'; it must be one of … (did you mean 'tanh'?)."),
    ),
    over(
        "layer norm of one channel",
        "studies:\n  width:\n    variants: [plain, layer_norm]\n    widths: [1, 2]\n",
        (
            "my.yaml, line 4: studies.width.widths[0] is 1 and studies.width.variants[1] is 'layer_norm'; "
            "the norm of one channel is undefined, take a width of 2 or more."
        ),
    ),
    over(
        "a grid too coarse for the degree",
        "studies:\n  width:\n    grid_points: 8\n",
        (
            "my.yaml, line 3: studies.width.grid_points is 8 and measures.chebyshev.degree is 15; "
            "a polynomial fit needs more points than its degree."
        ),
        (
            "my.yaml, line 3: studies.width.grid_points is 8 and measures.legendre.degree is 15; "
            "a polynomial fit needs more points than its degree."
        ),
    ),
    over(
        "a degree too high for the grid",
        "measures:\n  legendre: {degree: 20}\nstudies:\n  width: {grid_points: 20}\n",
        (
            "my.yaml, line 4: studies.width.grid_points is 20 and measures.legendre.degree is 20; "
            "a polynomial fit needs more points than its degree."
        ),
    ),
    edit(
        "a measure that is left out",
        r"^  cosine:.*\n",
        "",
        "config.yaml, line …: 'cosine' stands in …, training.modulo.measures, …, but not under measures (…).",
    ),
    over(
        "no plain networks",
        HEATMAPS + "variants: [unbiased]\nexamples:\n"
        "  - {variant: unbiased, activation: relu, depth: 3, weight_magnitude: 1.0}\n",
        "my.yaml, line 3: studies.heatmaps.variants has no 'plain', which the figures draw; add it.",
        "my.yaml, line 5: examples[0].variant is 'unbiased', the Fourier model, which has no activation; take another.",
    ),
    over(
        "no networks under the paper's prior",
        HEATMAPS + "priors: [fan_in]\n",
        "my.yaml, line 3: studies.heatmaps.priors has no 'glorot', which the figures draw; add it.",
    ),
    over(
        "an example of a depth that is not there",
        "examples:\n  - {variant: plain, activation: relu, depth: 30, weight_magnitude: 1.0}\n",
        "my.yaml, line 2: examples[0].depth is 30, but studies.heatmaps.depths has 8 as the nearest.",
    ),
    over(
        "a rounded magnitude of an example",
        "examples:\n  - {variant: plain, activation: relu, depth: 3, weight_magnitude: 3.16}\n",
        (
            "my.yaml, line 2: examples[0].weight_magnitude is 3.16, but studies.heatmaps.weight_magnitudes has"
            " 3.1622776601683795 as the nearest."
        ),
    ),
    over(
        "an activation taken away from the examples",
        HEATMAPS + "activations: [relu, tanh]\n",
        ("my.yaml, line 3: examples[…].activation is 'sin', but studies.heatmaps.activations has only relu, tanh."),
    ),
    over(
        "an example of the Fourier model",
        "examples:\n  - {variant: unbiased, activation: relu, depth: 3, weight_magnitude: 1.0}\n",
        (
            "my.yaml, line 2: examples[0].variant is 'unbiased', the Fourier model, which has no activation; "
            "take another."
        ),
    ),
    over(
        "an example twice",
        "examples:\n" + 2 * "  - {variant: plain, activation: relu, depth: 3, weight_magnitude: 1.0}\n",
        "my.yaml, line 3: examples[1] is examples[0] again; each may stand once.",
    ),
    over(
        "a folder elsewhere",
        "pathvars:\n  results: /scratch/results\n",
        "my.yaml, line 2: pathvars.results is '/scratch/results'; it must be a folder inside the project.",
    ),
    over(
        "a folder above",
        "pathvars:\n  figures: ../figures\n",
        "my.yaml, line 2: pathvars.figures is '../figures'; it must be a folder inside the project.",
    ),
    over(
        "a folder at home",
        "pathvars:\n  figures: ~/figures\n",
        (
            "my.yaml, line 2: pathvars.figures is '~/figures'; "
            "it must consist of letters, digits, '_', '-', '.' and '/'."
        ),
    ),
    over(
        "the project's folder itself",
        "pathvars:\n  figures: .\n",
        "my.yaml, line 2: pathvars.figures is '.'; it must be a folder inside the project.",
    ),
    over(
        "a folder with a space",
        "pathvars:\n  figures: 'figures '\n",
        ("my.yaml, line 2: pathvars.figures is 'figures '; it must consist of letters, digits, '_', '-', '.' and '/'."),
    ),
    over(
        "a folder with a wildcard",
        "pathvars:\n  results: results/{study}\n",
        (
            "my.yaml, line 2: pathvars.results is 'results/{study}'; "
            "it must consist of letters, digits, '_', '-', '.' and '/'."
        ),
    ),
    over(
        "the same folder twice",
        "pathvars:\n  figures: results/\n",
        (
            "my.yaml, line 2: pathvars.figures is 'results/', and so is pathvars.results; "
            "each needs a folder of its own."
        ),
    ),
    command_line("an unknown key", {"networks": 5}, "--config: networks is unknown; choose from …."),
    command_line(
        "a text as seed", {"seed": "abc"}, "--config: seed is the text 'abc'; it must be a whole number of 0 or more."
    ),
    command_line(
        "a float as seed",
        {"seed": 1000.0},
        "--config: seed is 1000.0; it must be a whole number of 0 or more (write 1000).",
    ),
    command_line(
        "a number inside",
        {"studies": {"heatmaps": {"networks": "5"}}},
        (
            "--config: studies.heatmaps.networks is the text '5'; "
            "it must be a whole number of 1 or more (--config makes text of what is inside {…} and […]; "
            "use a file and --configfile)."
        ),
    ),
    over(
        "layer norm of one channel in the sensitivity study",
        "sensitivity:\n  variants: [layer_norm]\n  width: 1\n",
        (
            "my.yaml, line 3: sensitivity.width is 1 and sensitivity.variants[0] is 'layer_norm'; "
            "the norm of one channel is undefined, take a width of 2 or more."
        ),
    ),
    over(
        "a grid too coarse for a degree of the sensitivity study",
        "sensitivity:\n  settings:\n    grid_points: [12, 64]\n",
        (
            "my.yaml, line 3: sensitivity.settings.grid_points[0] is 12 and measures.chebyshev.degree is 15; "
            "a polynomial fit needs more points than its degree."
        ),
        (
            "my.yaml, line 3: sensitivity.settings.grid_points[0] is 12 and measures.legendre.degree is 15; "
            "a polynomial fit needs more points than its degree."
        ),
    ),
    over(
        "a misspelt task",
        "training:\n  smoth: {seeds: 5}\n",
        "my.yaml, line 2: training.smoth is unknown (did you mean 'smooth'?).",
    ),
    over(
        "no training",
        "training:\n",
        "my.yaml, line 1: training is empty; it must be a mapping of keys to values (…).",
    ),
    over(
        "seeds of modulo addition where there are none",
        MODULO + "seeds: 5\n",
        "my.yaml, line 3: training.modulo.seeds is unknown; choose from ….",
    ),
    over(
        "a modulus of 1",
        MODULO + "moduli: [10, 1]\n",
        "my.yaml, line 3: training.modulo.moduli[1] is 1; it must be a whole number of 2 or more.",
    ),
    over(
        "a modulus twice",
        MODULO + "moduli: [7, 4, 7]\n",
        "my.yaml, line 3: training.modulo.moduli has 7 twice, as items 1 and 3; each value may stand once.",
    ),
    over(
        "a modulus beyond every sum",
        MODULO + "moduli: [10, 61]\n",
        (
            "my.yaml, line 3: training.modulo.moduli[1] is 61 and training.modulo.side is 16; "
            "no sum is above 30, so every label would be 1."
        ),
    ),
    over(
        "a lattice too small for the modulus",
        UNBIASED + "side: 4\n    moduli: [12, 13]\n",
        (
            "my.yaml, line 4: training.unbiased_training.moduli[1] is 13 and training.unbiased_training.side is 4; "
            "no sum is above 6, so every label would be 1."
        ),
    ),
    over(
        "a lattice too small to be split",
        MODULO + "side: 3\n",
        "my.yaml, line 3: training.modulo.side is 3; it must be a whole number of 4 or more.",
    ),
    over(
        "no moduli",
        MODULO + "moduli: []\n",
        "my.yaml, line 3: training.modulo.moduli is an empty list; it must be a list of at least 1 item.",
    ),
    over(
        "a prefactor of 0",
        MODULO + "prefactors: [0.0, 1.0]\n",
        "my.yaml, line 3: training.modulo.prefactors[0] is 0.0; it must be a number above 0.",
    ),
    over(
        "a negative prefactor",
        START + "prefactors: [-2.0]\n",
        "my.yaml, line 3: training.start.prefactors[0] is -2.0; it must be a number above 0.",
    ),
    over(
        "prefactors that the tables cannot tell apart",
        SMOOTH + "prefactors: [1.0, 2.0, 1.001]\n",
        (
            "my.yaml, line 3: training.smooth.prefactors[2] is 1.001 and training.smooth.prefactors[0] is 1.0; "
            "both are 1 in the tables, where they must differ."
        ),
    ),
    over(
        "frequencies that the tables cannot tell apart",
        UNBIASED + "cycles: [0.5, 0.50000000000001]\n",
        (
            "my.yaml, line 3: training.unbiased_training.cycles[1] is 0.50000000000001 and "
            "training.unbiased_training.cycles[0] is 0.5; both are 0.5 in the tables, where they must differ."
        ),
    ),
    over(
        "a learning rate of 0",
        SMOOTH + "learning_rate: 0.0\n",
        "my.yaml, line 3: training.smooth.learning_rate is 0.0; it must be a number above 0.",
    ),
    over(
        "an infinite learning rate",
        UNBIASED + "models:\n      relu:\n        adam: {learning_rate: .inf}\n",
        (
            "my.yaml, line 5: training.unbiased_training.models.relu.adam.learning_rate is inf, which is not finite; "
            "it must be a number above 0."
        ),
    ),
    over(
        "no step of training",
        SMOOTH + "steps: 0\n",
        "my.yaml, line 3: training.smooth.steps is 0; it must be a whole number of 1 or more.",
    ),
    over(
        "an unknown optimizer",
        UNBIASED + "models:\n      unbiased:\n        sgd: {learning_rate: 0.1, steps: 5}\n",
        (
            "my.yaml, line 5: training.unbiased_training.models.unbiased.sgd is unknown; "
            "choose from adam, gradient_descent."
        ),
    ),
    over(
        "an unknown budget",
        MODULO + "budgets:\n      convergd: {steps: 5}\n",
        "my.yaml, line 4: training.modulo.budgets.convergd is unknown (did you mean 'converged'?).",
    ),
    over(
        "an accuracy above 1",
        MODULO + "budgets:\n      converged: {train_accuracy: 99}\n",
        (
            "my.yaml, line 4: training.modulo.budgets.converged.train_accuracy is 99; "
            "it must be a number above 0 and up to 1."
        ),
    ),
    over(
        "no runs",
        MODULO + "runs: []\n",
        "my.yaml, line 3: training.modulo.runs is an empty list; it must be a list of at least 1 item.",
    ),
    over(
        "an unknown split",
        runs("paper half constant 8 {}", "paper thirds constant 8 {}"),
        "my.yaml, line 5: training.modulo.runs[1].split is 'thirds'; it must be one of half, three_quarters.",
    ),
    over(
        "a run twice",
        runs("paper half constant 8 {}", "paper half constant 8 {}"),
        "my.yaml, line 3: training.modulo.runs has a mapping twice, as items 1 and 2; each value may stand once.",
    ),
    over(
        "a run twice, with other seeds",
        runs("paper half constant 8 {}", "paper half scaled 8 {}", "paper half constant 4 {}"),
        (
            "my.yaml, line 6: training.modulo.runs[2] is paper, half, constant as training.modulo.runs[0] is; "
            "each may stand once."
        ),
    ),
    over(
        "modulo addition without the paper's run",
        runs("converged half constant 8 {}"),
        (
            "my.yaml, line 3: training.modulo.runs has no run {budget: paper, split: half, learning_rate_rule: "
            "constant}, of which the table before_after is made; add it."
        ),
    ),
    over(
        "seeds of an unknown activation",
        runs("paper half constant 8 {gausian: 16}"),
        "my.yaml, line 4: training.modulo.runs[0].seeds_of.gausian is unknown (did you mean 'gaussian'?).",
    ),
    over(
        "seeds of an activation that is not trained",
        runs("paper half constant 8 {gaussian_half: 16}"),
        (
            "my.yaml, line 4: training.modulo.runs[0].seeds_of.gaussian_half is not one of "
            "training.modulo.activations (did you mean 'gaussian'?)."
        ),
    ),
    over(
        "an activation taken away from the runs",
        MODULO + "activations: [relu, tanh]\n",
        *(
            f"my.yaml, line 3: training.modulo.runs[{run}].seeds_of.gaussian is not one of "
            "training.modulo.activations; choose from relu, tanh."
            for run in range(3)
        ),
    ),
    over(
        "a measure that has no columns in the table",
        MODULO + "measures: [fourier_authors]\n",
        (
            "my.yaml, line 3: training.modulo.measures[0] is 'fourier_authors'; it must be one of … "
            "(did you mean 'fourier'?)."
        ),
    ),
    over(
        "a measure of functions of two inputs for those of one",
        START + "measures: [cosine, legendre]\n",
        "my.yaml, line 3: training.start.measures[1] is 'legendre'; it must be one of fourier, cosine.",
    ),
    over(
        "trained networks without measures",
        SMOOTH + "measures: []\n",
        "my.yaml, line 3: training.smooth.measures is an empty list; it must be a list of at least 1 item.",
    ),
    over(
        "a grid too coarse for the degree, of trained networks",
        SMOOTH + "grid_points: 15\n    measures: [cosine, legendre]\n",
        (
            "my.yaml, line 3: training.smooth.grid_points is 15 and measures.legendre.degree is 15; "
            "a polynomial fit needs more points than its degree."
        ),
    ),
    over(
        "MNIST without its folder",
        DIGITS + "dataset: mnist\n",
        (
            "my.yaml, line 3: training.colored_digits.dataset is 'mnist', but training.colored_digits.mnist_folder "
            "is empty; name the folder of its four files."
        ),
    ),
    over(
        "a folder of MNIST that is not there",
        DIGITS + "dataset: mnist\n    mnist_folder: data/mnist\n",
        (
            "my.yaml, line 4: training.colored_digits.mnist_folder is data/mnist: no such folder; "
            "it must hold the MNIST files … (or .gz)."
        ),
    ),
    over(
        "a folder without the files of MNIST",
        DIGITS + "dataset: mnist\n    mnist_folder: .\n",
        (
            "my.yaml, line 4: training.colored_digits.mnist_folder is .: train-images-idx3-ubyte, … (or .gz) "
            "not found; MNIST is these four files."
        ),
    ),
    over(
        "a folder of MNIST without a name",
        DIGITS + "mnist_folder: ''\n",
        (
            "my.yaml, line 3: training.colored_digits.mnist_folder is the empty text; "
            "it must be left empty or text of at least 1 character."
        ),
    ),
    over(
        "more images than there are",
        DIGITS + "train_images: 1500\n    test_images: 298\n",
        (
            "my.yaml, line 3: training.colored_digits.train_images is 1500 and training.colored_digits.test_images "
            "is 298; digits has 1797 images."
        ),
    ),
    over(
        "a run of coloured digits twice",
        DIGITS + "runs:\n"
        "      - {budget: paper, features: both, learning_rate_rule: constant, seeds: 4}\n"
        "      - {budget: paper, features: both, learning_rate_rule: constant, seeds: 8}\n",
        (
            "my.yaml, line 5: training.colored_digits.runs[1] is paper, both, constant as "
            "training.colored_digits.runs[0] is; each may stand once."
        ),
    ),
    over(
        "an unknown rule for learning rates",
        RATES + "rules:\n      divided: [0.001]\n",
        "my.yaml, line 4: training.learning_rates.rules.divided is unknown; choose from constant, scaled, folded.",
    ),
    over(
        "bins whose bounds rise",
        GUESS + "loss_bounds: {cross_entropy: [0.4, 0.45, 0.3]}\n",
        (
            "my.yaml, line 3: training.guess_and_check.loss_bounds.cross_entropy[1] is 0.45 and "
            "training.guess_and_check.loss_bounds.cross_entropy[0] is 0.4; each bound must be below the one before."
        ),
    ),
    over(
        "more bins by one loss than by the other",
        GUESS + "loss_bounds: {mse: [0.6, 0.4]}\n",
        (
            "my.yaml, line 3: training.guess_and_check.loss_bounds.cross_entropy has 3 bounds and "
            "training.guess_and_check.loss_bounds.mse has 2 bounds; both losses need as many bins."
        ),
    ),
    over(
        "an odd number of training points",
        GUESS + "points: [4, 5]\n",
        (
            "my.yaml, line 3: training.guess_and_check.points[1] is 5; "
            "it must be a whole number of 2 or more and divisible by 2."
        ),
    ),
    over(
        "more training points than the digits give",
        GUESS + "points: [4, 296]\n",
        (
            "my.yaml, line 3: training.guess_and_check.points[1] is 296; the task digits has 360 images, "
            "64 of them for false labels and one to test on."
        ),
    ),
    over(
        "an unknown model",
        GUESS + "models: {tanh: [1.0]}\n",
        "my.yaml, line 3: training.guess_and_check.models.tanh is unknown; choose from relu, sin, unbiased.",
    ),
    over(
        "a prefactor of the Fourier model",
        GUESS + "models: {unbiased: [2.0]}\n",
        (
            "my.yaml, line 3: training.guess_and_check.models.unbiased[0] is 2.0; it must be one of 1.0 "
            "(did you mean 1.0?)."
        ),
    ),
    edit(
        "a study with the name of a task",
        r"^  closeups:$",
        "  smooth:",
        "config.yaml, line …: studies.smooth has the name of a task of training; give it another.",
    ),
    over(
        "a transformer that knows no token",
        TRANSFORMERS + "vocabulary: 0\n",
        "my.yaml, line 2: transformers.vocabulary is 0; it must be a whole number of 2 or more.",
    ),
    over(
        "a transformer without blocks",
        SEQUENCES.replace("[12]", "[0]") + "}\n",
        "my.yaml, line 3: transformers.runs[0].depths[0] is 0; it must be a whole number of 1 or more.",
    ),
    over(
        "a LayerNorm scale of 0",
        SEQUENCES.replace("[1.0]", "[0.0]") + "}\n",
        ("my.yaml, line 3: transformers.runs[0].layer_norm_scales[0] is 0.0; it must be a number above 0."),
    ),
    over(
        "a LayerNorm scale that is no number",
        SEQUENCES.replace("[1.0]", "[.nan]") + "}\n",
        (
            "my.yaml, line 3: transformers.runs[0].layer_norm_scales[0] is nan, which is not finite; it "
            "must be a number above 0."
        ),
    ),
    over(
        "more tokens than positions",
        SEQUENCES.replace("100", "1025") + "}\n",
        (
            "my.yaml, line 3: transformers.runs[0].tokens is 1025 and transformers.positions is 1024; a "
            "sequence may be no longer than there are positions."
        ),
    ),
    over(
        "heads that do not share the width evenly",
        TRANSFORMERS + "heads: 7\n",
        (
            "my.yaml, line 2: transformers.width is 768 and transformers.heads is 7; the width must be a "
            "multiple of the heads, which share its channels."
        ),
    ),
    over(
        "models where each sequence has its own",
        SEQUENCES + ", models: 2}\n",
        (
            "my.yaml, line 3: transformers.runs[0].models is 2; with protocol 'paper' every sequence has a "
            "model of its own, give sequences alone."
        ),
    ),
    over(
        "an excerpt of what is not generated",
        TRANSFORMERS + "excerpt: {depth: 5, sequences: 1}\n",
        (
            "my.yaml, line 2: transformers.excerpt.depth is 5, but the runs of protocol 'paper' with scale "
            "1 have 3, 6, 12."
        ),
    ),
    over(
        "a part that blocks do not have",
        SEQUENCES + ", ablation: no_mpl}\n",
        (
            "my.yaml, line 3: transformers.runs[0].ablation is 'no_mpl'; it must be one of none, "
            "no_attention, no_residual, no_norm, no_mlp (did you mean 'no_mlp'?)."
        ),
    ),
    over(
        "many things at once",
        HEATMAPS + "depths: [-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11]\n",
        "my.yaml, line 3: studies.heatmaps.depths[0] is -1; it must be a whole number of 1 or more.…",
        "And 1 more.",
    ),
]


def page() -> str:
    """docs/bad_input.md."""
    lines = [
        "# Bad input",
        "",
        f"{len(BAD_INPUTS)} configurations that cannot be run, and what is said of each before any job starts.",
        "They stand in `config.yaml`; or in a file `my.yaml`, which `--configfile my.yaml` lays over it (without the",
        "two lines around what is inside `studies.heatmaps`); or are an edit of `config.yaml` (a pattern → what stands",
        "there instead); or come by `--config`. In the sentences, … is a list of choices, or what depends on the rest",
        "of the file; ⏎ is the end of a line. Each row is a test: `python tests/bad_inputs.py` writes this page.",
        "",
        "Two things are beyond the check. A file of `--configfile` that is missing, empty, not YAML or not UTF-8 is",
        "refused by Snakemake itself before it reads the Snakefile, in its own words, which may not name the file. And",
        "of what `--config` sets, everything inside {…} and […] arrives as text.",
        "",
        "| What | Where | Input | Sentence |",
        "|---|---|---|---|",
    ]
    lines += [f"| {bad.what} | {bad.place} | {_code(bad.shown())} | {_cell(bad.says)} |" for bad in BAD_INPUTS]
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    escaped = text.replace("|", "\\|")
    return f"`{escaped}`" if text else ""


def _cell(text: str) -> str:
    for sign in "\\|*<~":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "<br>")


if __name__ == "__main__":
    PAGE.write_text(page())
