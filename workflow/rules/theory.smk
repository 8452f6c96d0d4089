# config.yaml ─► predict ─► mean_field.parquet; ─► expect ─► expected_spectra.parquet: theory beside what is sampled


rule predict:
    """Predict by mean-field theory where depth makes random networks more complex."""
    input:
        files=[],
        stamp=lambda w: stamp(table_file("mean_field")),
    output:
        table_file("mean_field"),
    log:
        "<logs>/predict.log",
    benchmark:
        "<results>/benchmarks/predict.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *PREDICT_CODE,
        settings=as_json(PREDICT_SETTINGS),
        fingerprint=KEPT[table_file("mean_field")],
    shell:
        f"python -m neural_redshift.steps.predict {STEP}"


rule expect:
    """Compute the spectra that infinitely wide random networks are expected to have."""
    input:
        files=[],
        stamp=lambda w: stamp(table_file("expected_spectra")),
    output:
        table_file("expected_spectra"),
    log:
        "<logs>/expect.log",
    benchmark:
        "<results>/benchmarks/expect.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *EXPECT_CODE,
        settings=as_json(EXPECT_SETTINGS),
        fingerprint=KEPT[table_file("expected_spectra")],
    shell:
        f"python -m neural_redshift.steps.expect {STEP}"
