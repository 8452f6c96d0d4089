# kept files ─► readme, metadata ─► README.md, croissant.json, ro-crate-metadata.json

if real_path("<results>") == "results":  # these describe the study that the repository keeps

    rule readme:
        """Write the verdicts into README.md, from the table of claims."""
        input:
            table_file("claims"),
        log:
            "<logs>/readme.log",
        conda:
            "../../envs/environment.yaml"
        shell:
            "python -m neural_redshift.steps.readme {input} --output README.md 2> {log}"

    rule metadata:
        """Describe the tables (Croissant, beside them) and the whole run (RO-Crate), for machines."""
        input:
            TABLE_FILES,
            FIGURE_FILES,
            PAGE,
        log:
            "<logs>/metadata.log",
        conda:
            "../../envs/environment.yaml"
        shell:
            "python -m neural_redshift.steps.metadata {input} --output ro-crate-metadata.json 2> {log}"
