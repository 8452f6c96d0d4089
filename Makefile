# make help lists the targets. Commands run in .venv, which is made from envs/lock.txt; the peers of make bench are in .venv-bench.
.DEFAULT_GOAL := help
.PHONY: help reproduce figures tiny test bench docs lint check lock clean
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

tiny: .venv ## the whole pipeline on a few networks, in half a minute, into results/tiny and figures/tiny
	@$(SNAKEMAKE) --workflow-profile profiles/tiny && echo "Figures are in figures/tiny/."

test: .venv ## run the tests, the fast ones first
	. .venv/bin/activate && python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope

bench: .venv-bench ## compare with peers and with the machine's limits: nothing else should run (20 minutes)
	.venv-bench/bin/python -m benchmarks

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
	rm -rf .venv .venv-bench .snakemake site .pytest_cache .hypothesis .mypy_cache .ruff_cache logs results/functions results/trained results/sequences results/complexity results/claims results/sensitivity results/benchmarks \
	  results/micro figures/micro results/tiny figures/tiny results/paper figures/paper results/.fingerprints

.venv: envs/lock.txt ## make the environment
.venv-bench: envs/benchmark-lock.txt
.venv .venv-bench:
	rm -rf $@
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $@ || { rm -rf $@; echo "Python's venv is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	$@/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< || { rm -rf $@; exit 1; }
	$@/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . || { rm -rf $@; exit 1; }
	@touch $@
