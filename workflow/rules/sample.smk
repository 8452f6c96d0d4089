# config.yaml ─► sample ─► functions (tensors)
KEEPING = [study for study in STUDIES if STUDIES[study]["keep_functions"]]


rule sample:
    """Draw the random networks of a study, variant and activation, and evaluate them on the grid."""
    output:
        "<results>/functions/{study}/{variant}/{activation}.safetensors",
    log:
        "<logs>/sample/{study}/{variant}/{activation}.log",
    benchmark:
        "<results>/benchmarks/sample/{study}/{variant}/{activation}.tsv"
    wildcard_constraints:
        study="|".join(KEEPING) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    resources:
        runtime=minutes(lambda w: minutes_to_sample(w.study, w.variant)),
    params:
        *SAMPLE_CODE,
        rows=lambda w: " ".join(sample_rows(w.study, w.variant, w.activation)),
        settings=lambda w: as_json(sample_settings(w.study, w.variant, w.activation)),
        fingerprint=lambda w: sample_fingerprint(w.study, w.variant, w.activation),
    shell:
        "python -m neural_redshift.steps.sample --output {output}"
        " --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"


use rule sample as sample_for_measuring with:
    output:
        temp("<results>/functions/{study}/{variant}/{activation}.safetensors"),
    wildcard_constraints:
        study="|".join(study for study in STUDIES if study not in KEEPING) or "(?!)",
