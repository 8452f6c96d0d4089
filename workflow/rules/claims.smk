# tables, claims.yaml ─► decide ─► claims.parquet and a JSON file a claim


rule decide:
    """Decide every claim and control from the tables: evidence, verdict, and which settings decide it."""
    input:
        files=[table_file(table) for table in CLAIM_TABLES],
        list=ancient(CLAIM_LIST),
        stamp=lambda w: stamp(table_file("claims")),
    output:
        table=table_file("claims"),
        claims=[f"<results>/claims/{claim}.json" for claim in DECIDED],
    log:
        "<logs>/decide.log",
    benchmark:
        "<results>/benchmarks/decide.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(2000, ALL_NETWORKS),
    params:
        *DECIDE_CODE,
        settings=as_json(DECIDE_SETTINGS),
        fingerprint=KEPT[table_file("claims")],
    shell:
        "python -m neural_redshift.steps.decide {input.list} {input.files} --output {output.table}"
        " --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"
