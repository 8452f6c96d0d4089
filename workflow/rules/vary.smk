# config.yaml ─► vary ─► sensitivity of each activation ─► collect ─► sensitivity.parquet


rule vary:
    """Vary the settings of the measures, one at a time, on the same networks of one activation."""
    output:
        "<results>/sensitivity/{activation}.parquet",
    log:
        "<logs>/vary/{activation}.log",
    benchmark:
        "<results>/benchmarks/vary/{activation}.tsv"
    wildcard_constraints:
        activation="|".join(SENSITIVITY_VARIANTS),
    conda:
        "../../envs/environment.yaml"
    resources:
        runtime=minutes(lambda w: minutes_to_vary(w.activation)),
    params:
        *VARY_CODE,
        rows=lambda w: " ".join(vary_rows(w.activation)),
        settings=lambda w: as_json(vary_settings(w.activation)),
        fingerprint=lambda w: vary_fingerprint(w.activation),
    shell:
        "python -m neural_redshift.steps.vary --output {output}"
        " --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"


rule collect:
    """Collect the sensitivity of all activations in one table."""
    input:
        files=SENSITIVITY_FILES,
        stamp=lambda w: stamp(table_file("sensitivity")),
    output:
        table_file("sensitivity"),
    log:
        "<logs>/collect.log",
    benchmark:
        "<results>/benchmarks/collect.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *COLLECT_CODE,
        settings=as_json(COLLECT_SETTINGS),
        fingerprint=KEPT[table_file("sensitivity")],
    shell:
        f"python -m neural_redshift.steps.collect {STEP}"
