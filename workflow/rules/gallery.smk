# tables, figures, documents ─► publish ─► figures/index.html


rule publish:
    """Make the page of verdicts, figures and functions from tables, figures and documents."""
    input:
        tables=[table_file(table) for table in PAGE_TABLES],
        figures=[file for file in FIGURE_FILES if file.endswith(".svg")],
        # Their content is part of the fingerprint; their time says nothing in a clone.
        texts=[ancient(file.relative_to(ROOT)) for file in PAGE_TEXTS],
        stamp=lambda w: stamp(PAGE),
    output:
        PAGE,
    log:
        "<logs>/publish.log",
    benchmark:
        "<results>/benchmarks/publish.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *PAGE_CODE,
        settings=as_json(PAGE_SETTINGS),
        fingerprint=KEPT[PAGE],
    shell:
        "python -m neural_redshift.steps.publish {input.tables} {input.figures} {input.texts} --output {output}"
        " --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"
