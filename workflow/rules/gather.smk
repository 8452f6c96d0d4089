# scores, complexity ─► gather ─► a table for each task ─► compare ─► before_after.parquet


rule gather:
    """Gather the scores and measures of all trained models of a task in one table."""
    input:
        files=lambda w: gathered_files(w.task),
        stamp=lambda w: stamp(table_file(w.task)),
    output:
        "<results>/tables/{task}.parquet",
    log:
        "<logs>/gather/{task}.log",
    benchmark:
        "<results>/benchmarks/gather/{task}.tsv"
    wildcard_constraints:
        task="|".join(task for task in TRAINING if task != "smooth"),
    conda:
        "../../envs/environment.yaml"
    params:
        task=lambda w: " ".join(gather_code(w.task)),
        settings=lambda w: as_json(gather_settings(w.task)),
        fingerprint=lambda w: GATHERED[w.task],
    shell:
        f"python -m neural_redshift.steps.gather {STEP}"


use rule gather as gather_smooth with:
    input:
        files=lambda w: gathered_files(w.task),
    output:
        "<results>/trained/{task}.parquet",
    wildcard_constraints:
        task="smooth",


rule compare:
    """Put complexity before and after training side by side: modulo addition and smooth targets."""
    input:
        files=[table_file("modulo"), "<results>/trained/smooth.parquet"],
        stamp=lambda w: stamp(table_file("before_after")),
    output:
        table_file("before_after"),
    log:
        "<logs>/compare.log",
    benchmark:
        "<results>/benchmarks/compare.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *COMPARE_CODE,
        settings=as_json(COMPARE_SETTINGS),
        fingerprint=KEPT[table_file("before_after")],
    shell:
        f"python -m neural_redshift.steps.compare {STEP}"
