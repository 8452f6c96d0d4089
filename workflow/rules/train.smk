# config.yaml ─► train ─► scores (tables) and functions before and after training (tensors)


rule train:
    """Train the networks of a task and activation, and evaluate them before and after."""
    input:
        files=lambda w: digit_files(w.task),
    output:
        scores="<results>/trained/{task}/{model}.parquet",
        functions="<results>/trained/{task}/{model}.safetensors",
    log:
        "<logs>/train/{task}/{model}.log",
    benchmark:
        "<results>/benchmarks/train/{task}/{model}.tsv"
    wildcard_constraints:
        task="|".join(filter(with_functions, TRAINING)),
    conda:
        "../../envs/environment.yaml"
    resources:
        runtime=minutes(lambda w: minutes_to_train(w.task)),
    params:
        task=lambda w: " ".join(train_code(w.task)),
        rows=lambda w: " ".join(train_rows(w.model)),
        settings=lambda w: as_json(train_settings(w.task, w.model)),
        fingerprint=lambda w: train_fingerprint(w.task, w.model),
        stem=lambda w, output: output.scores.removesuffix(".parquet"),
    shell:
        "python -m neural_redshift.steps.train --output {params.stem}"
        " --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"


use rule train as train_for_scores with:
    output:
        scores="<results>/trained/{task}/{model}.parquet",
    wildcard_constraints:
        task="|".join(task for task in TRAINING if not with_functions(task)),
