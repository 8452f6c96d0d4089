# config.yaml ─► generate ─► sequences of tokens ─► parse ─► transformers.parquet ─► excerpt ─► token_sequences.parquet


rule generate:
    """Let untrained transformers of one activation and depth continue prompts."""
    output:
        "<results>/sequences/{activation}/{depth}.parquet",
    log:
        "<logs>/generate/{activation}/{depth}.log",
    benchmark:
        "<results>/benchmarks/generate/{activation}/{depth}.tsv"
    wildcard_constraints:
        activation="|".join(TRANSFORMERS["activations"]),
        depth=r"\d+",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(4000),
        runtime=minutes(lambda w: minutes_to_generate(int(w.depth))),
    params:
        *GENERATE_CODE,
        rows=lambda w: " ".join(generate_rows(w.activation)),
        settings=lambda w: as_json(generate_settings(w.activation, int(w.depth))),
        fingerprint=lambda w: generate_fingerprint(w.activation, int(w.depth)),
    shell:
        "python -m neural_redshift.steps.generate --output {output}"
        " --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"


rule parse:
    """Measure how complex the sequences of all transformers are."""
    input:
        files=SEQUENCE_FILES,
        stamp=lambda w: stamp(table_file("transformers")),
    output:
        table_file("transformers"),
    log:
        "<logs>/parse.log",
    benchmark:
        "<results>/benchmarks/parse.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *PARSE_CODE,
        settings=as_json(PARSE_SETTINGS),
        fingerprint=KEPT[table_file("transformers")],
    shell:
        f"python -m neural_redshift.steps.parse {STEP}"


rule excerpt:
    """Cut a few sequences of each activation into their phrases, for a reader to look into."""
    input:
        files=[table_file("transformers")],
        stamp=lambda w: stamp(table_file("token_sequences")),
    output:
        table_file("token_sequences"),
    log:
        "<logs>/excerpt.log",
    benchmark:
        "<results>/benchmarks/excerpt.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *EXCERPT_CODE,
        settings=as_json(EXCERPT_SETTINGS),
        fingerprint=KEPT[table_file("token_sequences")],
    shell:
        f"python -m neural_redshift.steps.excerpt {STEP}"
