# tables ─► correlate, estimate ─► every correlation and effect that figures and claims read


rule correlate:
    """Correlate the measures between cells, over all networks, within each cell; and before against after training."""
    input:
        files=[table_file("random_networks"), table_file("before_after")],
        stamp=lambda w: stamp(table_file("correlations")),
    output:
        table_file("correlations"),
    log:
        "<logs>/correlate.log",
    benchmark:
        "<results>/benchmarks/correlate.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(2000, ALL_NETWORKS),
    params:
        *CORRELATE_CODE,
        settings=as_json(CORRELATE_SETTINGS),
        fingerprint=KEPT[table_file("correlations")],
    shell:
        f"python -m neural_redshift.steps.correlate {STEP}"


rule estimate:
    """Estimate what each component of an architecture does to complexity (Table 1)."""
    input:
        files=[table_file("random_networks"), table_file("calibration")],
        stamp=lambda w: stamp(table_file("components")),
    output:
        table_file("components"),
    log:
        "<logs>/estimate.log",
    benchmark:
        "<results>/benchmarks/estimate.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(2000, ALL_NETWORKS),
    params:
        *ESTIMATE_CODE,
        settings=as_json(ESTIMATE_SETTINGS),
        fingerprint=KEPT[table_file("components")],
    shell:
        f"python -m neural_redshift.steps.estimate {STEP}"
