# a user's file ─► profile ─► how its module looks beside the paper's activations


rule profile:
    """Profile a module of the user's: draw its networks, measure them, and keep pictures of their functions."""
    output:
        networks="<results>/modules/{module}/profiles.parquet",
        images="<results>/modules/{module}/profile_images.parquet",
    log:
        "<logs>/profile/{module}.log",
    benchmark:
        "<results>/benchmarks/profile/{module}.tsv"
    wildcard_constraints:
        module="|".join(MODULES) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    params:
        *PROFILE_CODE,
        file=lambda w: " ".join(profile_content(w.module)),
        settings=lambda w: as_json(profile_settings(w.module)),
        fingerprint=lambda w: profile_fingerprint(w.module),
    shell:
        "python -m neural_redshift.steps.profile --output {output.networks}"
        " --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"
