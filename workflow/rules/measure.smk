# functions ─► measure ─► complexity ─► join ─► random_networks.parquet; and what the figures need of the functions


rule measure:
    """Measure the functions of a study (all variants) or task, of one activation, by one measure."""
    input:
        files=lambda w: function_files(w.study, w.activation),
    output:
        "<results>/complexity/{study}/{measure}/{activation}.parquet",
    log:
        "<logs>/measure/{study}/{measure}/{activation}.log",
    benchmark:
        "<results>/benchmarks/measure/{study}/{measure}/{activation}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        runtime=minutes(lambda w: minutes_to_measure(w.study, w.activation)),
    params:
        *MEASURE_CODE,
        measure=lambda w: " ".join(measure_code(w.measure)),
        settings=lambda w: as_json(measure_settings(w.study, w.measure)),
        fingerprint=lambda w: measure_fingerprint(w.study, w.measure, w.activation),
    shell:
        f"python -m neural_redshift.steps.measure {STEP}"


rule join:
    """Join all measures of all networks into one table."""
    input:
        files=COMPLEXITY_FILES,
        stamp=lambda w: stamp(table_file("random_networks")),
    output:
        table_file("random_networks"),
    log:
        "<logs>/join.log",
    benchmark:
        "<results>/benchmarks/join.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(2000, ALL_NETWORKS),
    params:
        *JOIN_CODE,
        settings=as_json(JOIN_SETTINGS),
        fingerprint=KEPT[table_file("random_networks")],
    shell:
        f"python -m neural_redshift.steps.join {STEP}"


rule calibrate:
    """Measure planes and white noise, the ends of the calibrated scale."""
    input:
        files=[],
        stamp=lambda w: stamp(table_file("calibration")),
    output:
        table_file("calibration"),
    log:
        "<logs>/calibrate.log",
    benchmark:
        "<results>/benchmarks/calibrate.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *CALIBRATE_CODE,
        settings=as_json(CALIBRATE_SETTINGS),
        fingerprint=KEPT[table_file("calibration")],
    shell:
        f"python -m neural_redshift.steps.calibrate {STEP}"


rule illustrate:
    """Keep small pictures of the functions of every heatmap cell."""
    input:
        files=function_files("heatmaps"),
        stamp=lambda w: stamp(table_file("function_images")),
    output:
        table_file("function_images"),
    log:
        "<logs>/illustrate.log",
    benchmark:
        "<results>/benchmarks/illustrate.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *ILLUSTRATE_CODE,
        settings=as_json(ILLUSTRATE_SETTINGS),
        fingerprint=KEPT[table_file("function_images")],
    shell:
        f"python -m neural_redshift.steps.illustrate {STEP}"


rule exemplify:
    """Keep a few functions in full, for the figure that explains the measures."""
    input:
        files=function_files("heatmaps"),
        stamp=lambda w: stamp(table_file("function_examples")),
    output:
        table_file("function_examples"),
    log:
        "<logs>/exemplify.log",
    benchmark:
        "<results>/benchmarks/exemplify.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *EXEMPLIFY_CODE,
        settings=as_json(EXEMPLIFY_SETTINGS),
        fingerprint=KEPT[table_file("function_examples")],
    shell:
        f"python -m neural_redshift.steps.exemplify {STEP}"


rule decompose:
    """Decompose the functions of every heatmap cell into frequencies: mean radial spectra."""
    input:
        files=function_files("heatmaps"),
        stamp=lambda w: stamp(table_file("spectra")),
    output:
        table_file("spectra"),
    log:
        "<logs>/decompose.log",
    benchmark:
        "<results>/benchmarks/decompose.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        *DECOMPOSE_CODE,
        settings=as_json(DECOMPOSE_SETTINGS),
        fingerprint=KEPT[table_file("spectra")],
    shell:
        f"python -m neural_redshift.steps.decompose {STEP}"
