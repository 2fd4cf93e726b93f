# The collection, built. `make help` lists what there is to make.
#
# What each step depends on is found by reading imports (src/helpers/commands/dependencies.py) and
# kept in build/**/*.d, so that touching a file rebuilds what reads it, and nothing else.
# Written for GNU Make 3.81, which macOS brings, and later.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
SHELL := /bin/sh

export PYTHONPATH := $(CURDIR)/src
export PYTHONHASHSEED := 0
export NOTEBOOK STUDY METHOD DATA MAP OUT PARAMS

NOTEBOOKS := $(sort $(basename $(notdir $(wildcard notebooks/[0-9]*.py))))
STUDIES := $(notdir $(patsubst %/source.yml,%,$(wildcard data/*/source.yml)))
TWINS := $(foreach s,$(STUDIES),$(if $(wildcard src/helpers/studies/$(s)/twin.py),$(s)))
NOTEBOOKS_DONE := $(NOTEBOOKS:%=build/notebooks/%.done)
PDF_DONE := $(NOTEBOOKS:%=build/pdf/%.done)
DATA_DONE := $(TWINS:%=build/data/%.done)

# ---------------------------------------------------------------- the environment
# An activated environment that holds the packages is used as it is; `make PYTHON=…` names one;
# otherwise .venv is made from the lock.

ifeq ($(PYTHON),)
ifneq ($(VIRTUAL_ENV)$(CONDA_PREFIX),)
ifneq ($(VIRTUAL_ENV),$(CURDIR)/.venv)
PYTHON := $(shell python -I -c "from importlib.util import find_spec as f; import sys; \
  all(map(f, ('semopy', 'seminr', 'papermill', 'myst_nb', 'typst', 'pypandoc', 'pytest'))) \
  and print(sys.executable)" \
  2>/dev/null)
endif
endif
endif

ifeq ($(PYTHON),)
PYTHON := .venv/bin/python
ENVIRONMENT := .venv/installed
endif

.venv/installed: requirements.lock pyproject.toml
	@base=; for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	  if command -v $$p >/dev/null 2>&1 && \
	    $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then base=$$p; break; fi; done; \
	if [ -z "$$base" ]; then \
	  echo "error: Python 3.11 or later, with venv, is not on the PATH" >&2; exit 1; fi; \
	$$base -m helpers.commands.install

# ---------------------------------------------------------------- what there is to make

.PHONY: help all data notebooks figures html pdf test mutants trust audit-dependencies lab run template check new baseline differential calibration lint lock clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | \
	  while IFS='|' read -r target what; do printf '  make %-18s %s\n' "$$target" "$$what"; done

all: data notebooks figures html ## everything: data, executed notebooks, tables, figures, pages

data: $(DATA_DONE) ## the synthetic data sets: data/<study>/synthetic.csv

notebooks: $(NOTEBOOKS_DONE) ## execute what changed: notebooks/*.ipynb, reports/<notebook>/tables/

figures: notebooks ## the figures: reports/<notebook>/figures/ (drawn by the notebooks)

html: build/site.done ## the pages: open reports/site/index.html

pdf: $(if $(OUT),,$(PDF_DONE)) | $(ENVIRONMENT) ## in print: reports/pdf/*.pdf; OUT=runs/mine for a run of yours
	@$(if $(OUT),$(PYTHON) -m helpers.commands.pdf --out="$$OUT",:)

test: all ## build what is missing, then run the tests (ARGS="-k name" for some)
	@$(PYTHON) -m pytest -n auto --dist loadfile $(ARGS)

mutants: | $(ENVIRONMENT) ## damaged files, parameters and models, N=5000 of each kind
	@MUTANTS="$${N:-5000}" $(PYTHON) -m pytest -q -s tests/mutants

trust: | $(ENVIRONMENT) ## builds killed N=30 times, without space, twice at once; a reader's data kept
	@TRUST="$${N:-30}" $(PYTHON) -m pytest -q -s tests/trust

audit-dependencies: | $(ENVIRONMENT) ## known advisories on the locked packages (needs pip-audit, a network)
	@$(PYTHON) -m helpers.commands.audit_dependencies

lab: data | $(ENVIRONMENT) ## JupyterLab on this machine only, notebooks open by double click
	@mkdir -p build
	@$(PYTHON) -m nbformat.sign $(TRUST) notebooks/*.ipynb >/dev/null
	@JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter" JUPYTER_PREFER_ENV_PATH=1 \
	  $(PYTHON) -m jupyterlab --ServerApp.ip=127.0.0.1 --ServerApp.root_dir="$(CURDIR)" \
	  --LabApp.default_url=/lab/tree/notebooks $(TRUST) $(ARGS)

# what JupyterLab keeps of which notebooks it may show with their styles
TRUST = --NotebookNotary.db_file="$(CURDIR)/build/trusted.db" \
  --NotebookNotary.secret_file="$(CURDIR)/build/trusted.key"

run: data | $(ENVIRONMENT) ## NOTEBOOK=02 DATA=my.csv MAP=my.map.yml OUT=runs/mine PARAMS="n_boot=1000 seed=7"
	@if [ -z "$$NOTEBOOK" ]; then \
	  echo 'error: say which notebook, such as: make run NOTEBOOK=02 DATA=my.csv' >&2; exit 1; fi; \
	$(PYTHON) -m helpers.commands.run_notebook "$$NOTEBOOK" \
	  --data="$$DATA" --map="$$MAP" --out="$$OUT" --params="$$PARAMS"

template: | $(ENVIRONMENT) ## STUDY=distress_session_quality OUT=my.csv: an empty file, its codebook
	@$(PYTHON) -m helpers.commands.own_data template "$$STUDY" --out="$$OUT"

check: | $(ENVIRONMENT) ## DATA=my.csv STUDY=… MAP=my.map.yml: does your file fit? nothing is run
	@$(PYTHON) -m helpers.commands.own_data check "$$STUDY" --data="$$DATA" --map="$$MAP"

new: | $(ENVIRONMENT) ## STUDY=smith2027 METHOD=path|pls|moderation: begin the notebook of a paper
	@$(PYTHON) -m helpers.commands.new_study "$$STUDY" "$$METHOD"

baseline: notebooks ## accept the tables as the new baselines, and print what moved
	@$(PYTHON) -m helpers.commands.baselines

differential: | $(ENVIRONMENT) ## random models beside lavaan and lm, where R is: N=30 SEED=7
	@PYTHONPATH="$(CURDIR)/src" $(PYTHON) tests/differential/run.py \
	  $(if $(N),--n "$(N)") $(if $(SEED),--seed "$(SEED)")

calibration: | $(ENVIRONMENT) ## simulate coverage and type I errors anew: docs/validation/ (30 minutes)
	@PYTHONPATH="$(CURDIR)/src" $(PYTHON) benchmarks/calibration.py $(ARGS)

lint: | $(ENVIRONMENT) ## check the style of the code and the order of the rooms
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check src tests benchmarks examples docs \
	  && PYTHONPATH=src $(PYTHON) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-cache

lock: ## pin the packages anew after a change of pyproject.toml (needs uv)
	@{ echo '# Every package of the environment, pinned with hashes, for Python 3.11 and later on Linux,'; \
	  echo '# macOS and Windows. Made from pyproject.toml by `make lock`; do not edit by hand.'; \
	  uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	    --generate-hashes --all-extras --no-header pyproject.toml; } > requirements.lock.partial
	@mv requirements.lock.partial requirements.lock

clean: ## remove what was built (.venv and runs/ stay)
	@rm -rf build reports .pytest_cache .ruff_cache .hypothesis
	@find src tests notebooks docs -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- the steps

$(DATA_DONE): build/data/%.done: src/helpers/studies/%/twin.py | $(ENVIRONMENT)
	@$(PYTHON) -m helpers.commands.make_data $*

$(NOTEBOOKS_DONE): build/notebooks/%.done: notebooks/%.py | $(ENVIRONMENT) $(DATA_DONE)
	@$(PYTHON) -m helpers.commands.run_notebook --report $*

# the overview reads the other reports
$(filter build/notebooks/00_%,$(NOTEBOOKS_DONE)): \
  | $(filter-out build/notebooks/00_%,$(NOTEBOOKS_DONE))

build/site.done: $(NOTEBOOKS_DONE) | $(ENVIRONMENT)
	@$(PYTHON) -m helpers.commands.html

$(PDF_DONE): build/pdf/%.done: build/notebooks/%.done | $(ENVIRONMENT)
	@$(PYTHON) -m helpers.commands.pdf $*

-include $(wildcard build/*.d build/*/*.d)
