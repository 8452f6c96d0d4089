# kept files ─► check ─► is each whole, and does today's code and configuration make it?


rule check:
    """Say of every kept table and figure whether today's code and configuration make it, and whether it is whole."""
    input:
        [],
    log:
        "<logs>/check.log",
    conda:
        "../../envs/environment.yaml"
    params:
        expected=as_json({real_path(file): made_by for file, made_by in KEPT.items()}),
    shell:
        "python -m neural_redshift.steps.check --settings {params.expected:q} 2>&1 | tee {log}"
