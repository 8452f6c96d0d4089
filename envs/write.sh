#!/bin/sh
# Write the lock, and the conda environment from the same pins. Needs uv. Call: make lock
# Torch's accelerator packages stay out: torch itself asks for them where its build needs them.
set -eu
cd "$(dirname "$0")"
{
    echo "# Exact versions for every platform and Python >= 3.11. Written by 'make lock' from pyproject.toml."
    uv pip compile ../pyproject.toml --extra test --universal --python-version 3.11 --no-header --no-annotate --quiet |
        grep -vE '^(nvidia-|cuda-|triton)'
} >lock.txt
{
    echo "# What profiles/slurm needs besides lock.txt. Written by 'make lock'."
    uv pip compile ../pyproject.toml --extra slurm --constraint lock.txt --universal --python-version 3.11 --no-header --no-annotate --quiet |
        grep '^snakemake-executor-plugin-' # the rest is in lock.txt
} >slurm.txt
{
    echo "# The pins of lock.txt, and those of the peers in benchmarks/. Written by 'make lock'."
    uv pip compile ../pyproject.toml --extra test --extra benchmark --constraint lock.txt --universal --python-version 3.11 --no-header --no-annotate --quiet |
        grep -vE '^(nvidia-|cuda-|triton)'
} >benchmark-lock.txt
{
    echo "# The pins of lock.txt for conda. Written by 'make lock'."
    printf 'name: neural-redshift\nchannels: [conda-forge, nodefaults]\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n'
    sed -n 's/^\([^#].*\)$/      - "\1"/p' lock.txt
} >environment.yaml
