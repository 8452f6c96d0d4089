# tables ─► plot ─► figures/


rule plot:
    """Draw a figure from its tables."""
    input:
        files=lambda w: [table_file(table) for table in FIGURES[w.figure]],
        stamps=lambda w: [stamp(f"<figures>/{w.figure}.{kind}") for kind in ("svg", "png")],
    output:
        svg=report(
            "<figures>/{figure}.svg",
            caption="../report/figure.rst",
            category=lambda w: (
                "Figures of the paper" if w.figure.startswith(("fig", "table")) else "Appendices and controls"
            ),
            labels={"figure": "{figure}"},
        ),
        png="<figures>/{figure}.png",
    log:
        "<logs>/plot/{figure}.log",
    benchmark:
        "<results>/benchmarks/plot/{figure}.tsv"
    wildcard_constraints:
        figure="|".join(figure for figure in FIGURES if figure not in WITH_MODULES),
    conda:
        "../../envs/environment.yaml"
    params:
        *PLOT_CODE,
        figure=lambda w: " ".join(figure_code(w.figure)),
        settings=lambda w: as_json({"figure": w.figure}),
        fingerprint=lambda w: KEPT[f"<figures>/{w.figure}.svg"],
        stem=lambda w, output: output.svg.removesuffix(".svg"),
    shell:
        "python -m neural_redshift.steps.plot {input.files} --output {params.stem}"
        " --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"


rule plot_with_modules:
    """Draw a figure from its tables, with the modules of the user beside the paper's activations."""
    input:
        files=lambda w: [table_file(table) for table in FIGURES[w.figure]] + module_files(),
        stamps=lambda w: [stamp(f"<figures>/{w.figure}.{kind}") for kind in ("svg", "png")],
    output:
        svg="<figures>/{figure}.svg",
        png="<figures>/{figure}.png",
    log:
        "<logs>/plot_with_modules/{figure}.log",
    benchmark:
        "<results>/benchmarks/plot_with_modules/{figure}.tsv"
    wildcard_constraints:
        figure="|".join(WITH_MODULES) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    params:
        *PLOT_WITH_MODULES_CODE,
        figure=lambda w: " ".join(figure_code(w.figure)),
        settings=lambda w: as_json({"figure": w.figure}),
        fingerprint=lambda w: KEPT[f"<figures>/{w.figure}.svg"],
        stem=lambda w, output: output.svg.removesuffix(".svg"),
    shell:
        "python -m neural_redshift.steps.plot_with_modules {input.files} --output {params.stem}"
        " --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"
