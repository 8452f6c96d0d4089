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
        expected=EXPECTED,
    shell:
        "python -m neural_redshift.steps.check {params.expected} 2> {log}"
