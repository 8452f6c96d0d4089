# kept files ─► readme, metadata ─► README.md, croissant.json, ro-crate-metadata.json


rule readme:
    """Write the verdicts into README.md, from the table of claims."""
    input:
        table_file("claims"),
    log:
        "<logs>/readme.log",
    conda:
        "../../envs/environment.yaml"
    shell:
        "python -m neural_redshift.steps.readme {input} --output README.md 2> {log}"


rule metadata:
    """Describe the tables (Croissant, beside them) and the whole run (RO-Crate), for machines."""
    input:
        tables=TABLE_FILES,
        figures=FIGURE_FILES,
        page=PAGE,
    log:
        "<logs>/metadata.log",
    conda:
        "../../envs/environment.yaml"
    params:
        croissant=real_path("<results>/tables/croissant.json"),
        crate="ro-crate-metadata.json",
    shell:
        "python -m neural_redshift.steps.describe_tables {input.tables} --output {params.croissant} 2> {log} &&"
        " python -m neural_redshift.steps.describe_run {input} --output {params.crate} 2>> {log}"
