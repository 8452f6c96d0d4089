# make help lists the targets. Every command runs in .venv, which is made from envs/lock.txt.
.DEFAULT_GOAL := help
.PHONY: help reproduce figures tiny test docs lint check lock clean
PYTHON ?= python3
SNAKEMAKE = . .venv/bin/activate && snakemake

help: ## list the targets
	@sed -n 's/^\([a-z.]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

reproduce: .venv ## run the whole study from sampling on, on all cores
	@start=$$(date +%s); $(SNAKEMAKE) --forceall all && \
	seconds=$$(( $$(date +%s) - start )) && \
	echo "Done in $$((seconds / 60)) min $$((seconds % 60)) s: figures are in figures/, tables in results/tables/."

figures: .venv ## redraw the figures from the tables in results/tables
	@$(SNAKEMAKE) figures && echo "Figures are in figures/."

tiny: .venv ## the whole pipeline on a few networks, in a minute, into results/tiny and figures/tiny
	@$(SNAKEMAKE) --workflow-profile profiles/tiny && echo "Figures are in figures/tiny/."

test: .venv ## run the tests, the fast ones first
	. .venv/bin/activate && python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope

docs: .venv ## the pages of the instrument, into site/
	. .venv/bin/activate && NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet

lint: .venv ## check style, types and workflow
	. .venv/bin/activate && ruff check . && ruff format --check . && mypy && \
	snakefmt --check Snakefile workflow && snakemake --lint

check: .venv ## say of each kept table and figure whether it is what the code makes
	@$(SNAKEMAKE) check --quiet all

lock: ## write envs/ again from pyproject.toml (needs uv)
	envs/write.sh

clean: ## delete everything that can be made again, but not the kept tables and figures
	rm -rf .venv .snakemake site .pytest_cache .hypothesis .mypy_cache .ruff_cache logs results/functions results/trained results/sequences results/complexity results/claims results/sensitivity results/benchmarks \
	  results/micro figures/micro results/tiny figures/tiny results/paper figures/paper results/.fingerprints

.venv: envs/lock.txt ## make the environment
	rm -rf .venv
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement envs/lock.txt || { rm -rf .venv; exit 1; }
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . || { rm -rf .venv; exit 1; }
	@touch .venv
