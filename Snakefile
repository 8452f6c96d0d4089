# Neural Redshift: from config.yaml to figures. `snakemake --list` explains every target.
from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/configuration.smk"


configfile: "config.yaml"


config.update(CHECKED)


include: "workflow/rules/common.smk"
include: "workflow/rules/forks.smk"
include: "workflow/rules/kept.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/sample.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/generate.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/theory.smk"
include: "workflow/rules/gather.smk"
include: "workflow/rules/vary.smk"
include: "workflow/rules/correlate.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/profile.smk"
include: "workflow/rules/plot.smk"
include: "workflow/rules/gallery.smk"
include: "workflow/rules/metadata.smk"
include: "workflow/rules/check.smk"


# Work of seconds, which on a cluster is done where Snakemake runs.
localrules:
    gather,
    gather_smooth,
    compare,
    collect,
    excerpt,
    plot,
    plot_with_modules,
    publish,
    check,


onerror:
    print(
        "error: not everything was made; mend what is named above and call the same again: what is finished is kept",
        file=sys.stderr,
    )


rule all:
    """Everything: every figure, every table, and the page of both."""
    default_target: True
    input:
        FIGURE_FILES,
        TABLE_FILES,
        PAGE,


rule figures:
    """Every figure, from the tables."""
    input:
        FIGURE_FILES,


rule tables:
    """Every table in results/tables."""
    input:
        TABLE_FILES,


rule claims:
    """Every verdict, from the tables."""
    input:
        rules.decide.output,


rule data:
    """Every function tensor and every measure of it, without tables and figures."""
    input:
        COMPLEXITY_FILES,
        [complexity_files(jobs) for jobs in MEASURED_MODELS.values()],
