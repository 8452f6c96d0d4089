"""Each row of the table "edit → what runs again", on a copy of a finished tiny run."""

import subprocess
import sys

import numpy as np
import pytest
import yaml

from neural_redshift.schemas import SCHEMAS, SEQUENCE_KEY
from neural_redshift.tables import read_table
from project import ROOT, TINY, Project

TABLES_OF = yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())
FIGURES = len(TABLES_OF)
TABLES = len(SCHEMAS) - 6  # complexity, trained_complexity, sequences are forms of parts; profiles are of the user
TABLES_OF_TASKS = ("modulo", "learning_rates", "colored_digits", "guess_and_check", "unbiased_training", "start")
SOURCE = "src/neural_redshift"
CLAIMS = "workflow/claims.yaml"
STUDY = "profiles/tiny/study.yaml"
OF_STUDIES = {"random_networks", "function_images", "function_examples", "spectra", "correlations", "components"}
AFTER_STUDIES = dict.fromkeys(["join", "illustrate", "exemplify", "decompose", "correlate", "estimate", "decide"], 1)


TRAINED = 2 * 5 + 5 + 2 + 2  # measures of modulo addition (two activations), smooth targets, coloured digits, starts


def drawn_from(*tables: str) -> int:
    """How many figures take one of the tables."""
    return sum(bool(set(tables) & set(taken)) for taken in TABLES_OF.values())


def test_a_finished_run_has_nothing_to_do(project: Project):
    assert project.planned() == {}
    assert "Nothing to be done" in project.dry_run()


def test_a_comment_runs_nothing(project: Project):
    project.edit(f"{SOURCE}/networks/mlp.py", "\ndef forward(", "\n# a comment\ndef forward(")
    assert project.planned() == {}


def test_a_docstring_runs_nothing(project: Project):
    project.edit(f"{SOURCE}/complexity/fourier.py", '"""Mean frequency', '"""The mean frequency')
    project.edit(f"{SOURCE}/networks/activations.py", '"""max(z, 0)."""', '"""The larger of z and 0."""')
    assert project.planned() == {}


def test_another_layout_runs_nothing(project: Project):
    files = [str(path) for path in (project.folder / SOURCE).rglob("*.py")]
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=60", *files]
    assert "reformatted" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert project.planned() == {}


def test_touching_and_checking_out_the_same_content_runs_nothing(project: Project):
    for file in [*(project.folder / SOURCE).rglob("*.py"), *(project.folder / "results/tiny/tables").iterdir()]:
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
    assert project.planned() == {}


def test_a_theory_predicts_again_and_samples_nothing(project: Project):
    project.edit(f"{SOURCE}/theory/mean_field.py", "MEAN_SQUARE = 2 / 3", "MEAN_SQUARE = 1 / 3")
    drawn = drawn_from("mean_field", "expected_spectra")
    assert project.planned() == {"predict": 1, "expect": 1, "decide": 1, "plot": drawn, "publish": 1}


def test_one_more_table_makes_none_of_the_others_again(project: Project):
    project.edit(
        f"{SOURCE}/schemas.py",
        "RATE_RULE = column(",
        'EXTRA = column("extra", pa.string(), "1", "x")\nRATE_RULE = column(',
    )
    project.edit(f"{SOURCE}/schemas.py", '    "calibration": (\n', '    "extra": (EXTRA,),\n    "calibration": (\n')
    assert project.planned() == {}


def test_a_figure_draws_that_figure(project: Project):
    project.edit(f"{SOURCE}/figures/fig06_measures.py", "style.page(7.6)", "style.page(7.7)")
    assert project.planned() == {"plot": 1, "publish": 1}


def test_the_style_draws_the_figures(project: Project):
    project.edit(f"{SOURCE}/figures/style.py", "PAGE = 7.2", "PAGE = 7.3")
    assert project.planned() == {"plot": FIGURES, "publish": 1}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (f"{SOURCE}/page/templates/style.css", "border-radius: 8px", "border-radius: 9px"),
        (f"{SOURCE}/page/gallery.py", "How you start", "Where you start"),
        ("docs/deviations.md", "## Choices of ours", "## Our choices"),
    ],
    ids=["style_sheet", "heading", "document"],
)
def test_what_is_on_the_page_alone_makes_the_page_alone(project: Project, file: str, old: str, new: str):
    project.edit(file, old, new)
    assert project.planned() == {"publish": 1}


def test_a_measure_measures_by_it_and_goes_on(project: Project):
    project.edit(f"{SOURCE}/complexity/chebyshev.py", "degree: int = 15", "degree: int = 14")
    planned = project.planned()
    assert planned.pop("publish") == 1
    # Two activations of three studies, and the Fourier model; two of modulo addition, one of smooth targets.
    assert planned.pop("measure") == 2 * 3 + 1 + 2 + 1
    assert planned.pop("plot") == drawn_from(
        "random_networks", "calibration", "sensitivity", "correlations", "components", "modulo", "before_after"
    )
    assert planned.pop("vary") == 2 + 1
    assert planned.pop("gather") == planned.pop("gather_smooth") == planned.pop("compare") == 1
    assert planned == {"join": 1, "calibrate": 1, "correlate": 1, "estimate": 1, "collect": 1, "decide": 1}


def test_the_option_of_a_measure_measures_by_it(project: Project):
    project.edit("config.yaml", "levels: 10", "levels: 4")
    planned = project.planned()
    assert planned["measure"] == 2 * 3 + 1 + 2 + 1 + 1
    assert planned["gather"] == 2
    assert not {"sample", "train", "train_for_scores"} & set(planned)


def test_an_activation_samples_it_alone(project: Project):
    project.edit(f"{SOURCE}/networks/activations.py", "by_numpy(np.tanh, z)", "by_numpy(np.tanh, z).mul_(2)")
    planned = project.planned()
    assert planned["sample"] == 5 + 1 + 1 + 1 + 1  # variants of heatmaps, width, bias_magnitude, biases_scaled, priors
    assert planned["train"] == planned["train_for_scores"] == 1  # of coloured digits; of learning rates
    assert planned["gather"] == 2
    assert planned["measure"] == 3 * 5 + 2 * 2 + 2
    assert planned["vary"] == planned["collect"] == 1
    assert "calibrate" not in planned


def test_one_more_activation_samples_it_alone(project: Project):
    activations = f"{SOURCE}/networks/activations.py"
    project.edit(
        activations, "\nclass Activation", "\ndef square(z: Tensor) -> Tensor:\n    return z * z\n\n\nclass Activation"
    )
    project.edit(
        activations, '    "sin": Activation(sin),\n', '    "sin": Activation(sin),\n    "square": Activation(square),\n'
    )
    project.edit("workflow/schemas/config.schema.yaml", "sin, sigmoid]", "sin, sigmoid, square]")
    assert project.planned() == {}
    heatmaps = "  heatmaps:\n    activations: [relu, tanh"
    project.edit("profiles/tiny/study.yaml", heatmaps, f"{heatmaps}, square")
    planned = project.planned()
    assert planned.pop("publish") == 1
    assert planned.pop("sample") == 5
    assert planned.pop("measure") == 5
    assert planned.pop("plot") == drawn_from(*OF_STUDIES, "mean_field", "expected_spectra")
    assert planned == AFTER_STUDIES | {"predict": 1, "expect": 1}


def test_the_sampler_runs_everything_after_it(project: Project):
    project.edit(f"{SOURCE}/networks/mlp.py", "np.float64: 2**10", "np.float64: 2**11")
    planned = project.planned()
    assert planned.pop("publish") == 1
    assert planned.pop("sample") == 2 * (5 + 1 + 1 + 1) + 1 + 3
    assert planned.pop("sample_for_measuring") == 1
    assert planned.pop("measure") == 5 * (2 * 3 + 1) + (3 + 2) * 2 + 1 + TRAINED
    assert planned.pop("vary") == 2 + 1
    assert planned.pop("collect") == 1
    assert planned.pop("train") == 5
    assert planned.pop("train_for_scores") == 3  # guesses are evaluated by a function of their own
    assert planned.pop("gather") == 5
    assert planned.pop("gather_smooth") == planned.pop("compare") == 1
    assert planned.pop("plot") == FIGURES - drawn_from("guess_and_check")
    assert planned == AFTER_STUDIES


AFTER_MODULO = {"gather": 1, "compare": 1, "correlate": 1, "decide": 1}
AFTER_SMOOTH = {"gather_smooth": 1, "compare": 1, "correlate": 1, "decide": 1}
AFTER_BOTH = AFTER_MODULO | AFTER_SMOOTH
COMPARED = ("before_after", "correlations")


@pytest.mark.parametrize(
    ("edit", "expected", "tables"),
    [
        pytest.param(
            (f"{SOURCE}/networks/slopes.py", "z.mul_(value).mul_(-2)", "z.mul_(value).mul_(-3)"),
            {"train": 2, "measure": 2 * 5, **AFTER_BOTH},
            ["modulo", *COMPARED],
            id="slope",
        ),
        pytest.param(
            (f"{SOURCE}/tasks/start.py", "np.sin(np.pi * points + phases)", "np.cos(np.pi * points + phases)"),
            {"train": 1, "measure": 2, "gather": 1, "decide": 1},
            ["start"],
            id="task",
        ),
        pytest.param(
            (f"{SOURCE}/training.py", "DECAY, SQUARE_DECAY, EPSILON = 0.9,", "DECAY, SQUARE_DECAY, EPSILON = 0.8,"),
            {"train": 5, "train_for_scores": 3 + 3, "measure": TRAINED, **AFTER_BOTH, "gather": 6},
            [*TABLES_OF_TASKS, *COMPARED],
            id="training",
        ),
        pytest.param(
            (f"{SOURCE}/joining.py", '"modulo_" + chosen', '"mod_" + chosen'),
            {"compare": 1, "correlate": 1, "decide": 1},
            COMPARED,
            id="comparison",
        ),
        pytest.param(
            (STUDY, "    steps: 60\n    seeds: 2\n  colored", "    steps: 60\n    seeds: 3\n  colored"),
            {"train": 1, "measure": 5, **AFTER_SMOOTH},
            COMPARED,
            id="seeds",
        ),
        pytest.param(
            (STUDY, "seeds_of: {gaussian: 3}", "seeds_of: {gaussian: 4}"),
            {"train": 1, "measure": 5, **AFTER_MODULO},
            ["modulo", *COMPARED],
            id="seeds_of_an_activation",
        ),
        pytest.param(
            (STUDY, "modulo:\n    activations: [relu, gaussian]", "modulo:\n    activations: [relu, gaussian, sin]"),
            {"train": 1, "measure": 5, **AFTER_MODULO},
            ["modulo", *COMPARED],
            id="one_more_activation",
        ),
        pytest.param(
            (STUDY, "models: {sin: [1.0]}", "models: {sin: [1.0, 2.0]}"),
            {"train_for_scores": 1, "gather": 1, "decide": 1},
            ["guess_and_check"],
            id="one_more_prefactor_of_a_model",
        ),
        pytest.param(
            (STUDY, "points: [8, 64]\n", "points: [8, 64]\n    measures: [cosine]\n"),
            {"gather": 1, "decide": 1},
            ["start"],
            id="a_measure_less",
        ),
        pytest.param(
            (f"{SOURCE}/networks/gpt2.py", "INITIALIZER = 0.02", "INITIALIZER = 0.03"),
            {"generate": 2 * 2, "parse": 1, "excerpt": 1, "decide": 1},
            ["transformers"],
            id="transformer",
        ),
        pytest.param(
            (STUDY, "tokens: 20, sequences: 6}", "tokens: 20, sequences: 7}"),
            {"generate": 2, "parse": 1, "excerpt": 1, "decide": 1},
            ["transformers"],
            id="sequences",
        ),
        pytest.param(
            (f"{SOURCE}/complexity/token_sequences.py", "int(found.max()) + 1", "int(found.max()) + 2"),
            {"parse": 1, "excerpt": 1, "decide": 1},
            ["transformers"],
            id="measure_of_sequences",
        ),
    ],
)
def test_an_edit_trains_what_it_concerns_and_samples_nothing(
    project: Project, edit: tuple[str, str, str], expected: dict[str, int], tables: list[str]
):
    project.edit(*edit)
    planned = project.planned()
    assert planned.pop("publish") == 1
    assert planned.pop("plot", 0) == drawn_from(*tables)
    assert planned == expected


def test_more_sequences_start_from_those_that_exist(project: Project):
    table = "results/tiny/tables/transformers.parquet"
    before = read_table(project.folder / table, "transformers")
    project.edit(STUDY, "tokens: 20, sequences: 6}", "tokens: 20, sequences: 7}")
    project.snakemake(*TINY, table)
    assert (
        "44 sequences are at hand, 1 are to be made"
        in (project.folder / "results/tiny/logs/generate/sin/2.log").read_text()
    )
    key = [field.name for field in SEQUENCE_KEY]
    merged = before.merge(read_table(project.folder / table, "transformers"), on=key, how="right", indicator=True)
    assert (merged._merge == "right_only").sum() == 2
    both = merged[merged._merge == "both"]
    assert all(map(np.array_equal, both.tokens_x, both.tokens_y))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (CLAIMS, "region: [0.5, null]", "region: [0.6, null]"),
        (CLAIMS, "At least one activation", "Some activation"),
        (f"{SOURCE}/claims/section4_modulo.py", "FITTED = 0.99", "FITTED = 0.98"),
    ],
    ids=["region", "statement", "function"],
)
def test_a_claim_decides_the_claims(project: Project, file: str, old: str, new: str):
    project.edit(file, old, new)
    assert project.planned() == {"decide": 1, "publish": 1}


def test_a_comment_in_the_list_of_claims_decides_nothing(project: Project):
    project.edit(CLAIMS, "claims:\n", "# a comment\nclaims:\n")
    assert project.planned() == {}


def test_the_reason_names_the_module(project: Project):
    project.edit(f"{SOURCE}/complexity/chebyshev.py", "degree: int = 15", "degree: int = 14")
    assert "chebyshev.py@" in project.dry_run()


def test_another_plotting_library_samples_nothing_and_another_numpy_does(project: Project):
    lock = (project.folder / "envs/lock.txt").read_text()
    for package, sampled in (("seaborn", False), ("numpy", True)):
        version = lock.split(f"\n{package}==")[1].split("\n")[0]
        project.edit("envs/lock.txt", f"\n{package}=={version}", f"\n{package}==0.0.1")
        planned = project.planned()
        assert ("sample" in planned) == ("vary" in planned) == ("train" in planned) == sampled


def test_another_library_of_digits_trains_on_the_digits_alone(project: Project):
    lock = (project.folder / "envs/lock.txt").read_text()
    version = lock.split("\nscikit-learn==")[1].split("\n")[0]
    project.edit("envs/lock.txt", f"\nscikit-learn=={version}", "\nscikit-learn==0.0.1")
    planned = project.planned()
    assert planned.pop("publish") == 1
    assert planned.pop("plot") == drawn_from("colored_digits", "guess_and_check")
    assert planned == {"train": 1, "measure": 2, "train_for_scores": 3, "gather": 2, "decide": 1}


def test_a_clone_with_tables_alone_redraws_every_figure_without_sampling(clone: Project):
    for figure in (clone.folder / "figures/tiny").iterdir():
        figure.unlink()
    assert clone.planned() == {"plot": FIGURES, "publish": 1}


def test_a_clone_has_nothing_to_do_and_sees_which_figure_an_edit_concerns(clone: Project):
    assert clone.planned() == {}
    clone.edit(f"{SOURCE}/networks/mlp.py", "\ndef forward(", "\n# a comment\ndef forward(")
    assert clone.planned() == {}
    clone.edit(f"{SOURCE}/figures/fig06_measures.py", "style.page(7.6)", "style.page(7.7)")
    assert clone.planned() == {"plot": 1, "publish": 1}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (f"{SOURCE}/networks/mlp.py", "np.float64: 2**10", "np.float64: 2**11"),
        (f"{SOURCE}/complexity/cosine.py", 'norm="ortho"', "norm=None"),
        ("profiles/tiny/study.yaml", "networks: 5", "networks: 6"),
    ],
    ids=["sampler", "measure", "configuration"],
)
def test_a_clone_without_a_record_sees_an_edit(clone: Project, file: str, old: str, new: str):
    assert "sample" not in clone.planned()
    clone.edit(file, old, new)
    planned = clone.planned()
    assert planned["sample"] > 0
    assert planned["measure"] > 0
    assert planned["join"] == 1


def test_check_says_yes_and_then_which_files_an_edit_makes_stale(project: Project):
    said = project.snakemake("--workflow-profile", "profiles/tiny", "check").stdout
    assert "NO " not in said
    kept = 2 * FIGURES + TABLES + 1  # the page
    assert f"{kept} of {kept} kept files" in said
    project.edit(f"{SOURCE}/components.py", "MARGIN = 0.10", "MARGIN = 0.20")
    done = project.snakemake("--workflow-profile", "profiles/tiny", "check", check=False)
    assert done.returncode != 0
    stale = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("NO ")]
    assert stale == [
        "figures/tiny/index.html:",
        "figures/tiny/table1_components.png:",
        "figures/tiny/table1_components.svg:",
        "results/tiny/tables/components.parquet:",
    ]


def test_check_names_a_damaged_table(project: Project):
    table = project.folder / "results/tiny/tables/correlations.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    done = project.snakemake("--workflow-profile", "profiles/tiny", "check", check=False)
    assert done.returncode != 0
    assert "correlations.parquet: its bytes are not those that were written" in done.stdout


def test_the_other_lempel_ziv_and_the_settings_of_the_sensitivity_vary_all(project: Project):
    project.edit(f"{SOURCE}/complexity/lempel_ziv_76.py", "words(sequences[:, ::-1])) / 2", "words(sequences)) / 2")
    assert project.planned() == {"vary": 3, "collect": 1, "decide": 1, "publish": 1}
    project.edit("profiles/tiny/study.yaml", "grid_points: [16, 32]", "grid_points: [20, 32]")
    assert project.planned().items() >= {"vary": 3, "collect": 1, "calibrate": 1}.items()


def test_parts_of_the_sensitivity_that_are_gone_are_not_missed(project: Project):
    for part in (project.folder / "results/tiny/sensitivity").glob("*.parquet"):
        part.unlink()
    assert project.planned() == {}
