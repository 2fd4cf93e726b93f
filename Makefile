# The collection, built. `make help` lists what there is to make.
#
# What each step depends on is found by reading imports (src/helpers/commands/dependencies.py) and
# kept in build/**/*.d, so that touching a file rebuilds what reads it, and nothing else.
# Each step is a command of `python -m helpers`, which do without make too. Written for GNU Make
# 3.81, which macOS brings, and later.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
SHELL := /bin/sh

export PYTHONPATH := $(CURDIR)/src
export PYTHONHASHSEED := 0

# What a reader gives arrives as it is: a $ in it is no variable of make's. Settings count on the
# command line alone: CI=true, which hosts of continuous integration set, says nothing of intervals.
SETTINGS := N SEED DF CI ROUND TAILS ALPHA
$(foreach name,$(SETTINGS),$(if $(findstring environment,$(origin $(name))),$(eval $(name) :=)))
GIVEN := NOTEBOOK STUDY METHOD DATA MAP OUT PARAMS TABLE FILE $(SETTINGS)
$(foreach name,$(GIVEN),$(eval override $(name) := $$(value $(name))))
export $(GIVEN)

# the last first: simulations take longest, and begin while there is other work beside them
NOTEBOOKS := $(basename $(notdir $(shell ls -r notebooks/[0-9]*.py)))
STUDIES := $(notdir $(patsubst %/source.yml,%,$(wildcard data/*/source.yml)))
TWINS := $(foreach s,$(STUDIES),$(if $(wildcard src/helpers/studies/$(s)/twin.py),$(s)))
NOTEBOOKS_DONE := $(NOTEBOOKS:%=build/notebooks/%.done)
PDF_DONE := $(NOTEBOOKS:%=build/pdf/%.done)
DATA_DONE := $(TWINS:%=build/data/%.done)

# Steps run side by side, on JOBS cores; each says in one line that it begins and in one that it is
# done. Goals given together are made one after the other, as in `make clean all`.
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
ifeq ($(words $(MAKECMDGOALS)),1)
MAKEFLAGS += -j$(JOBS)
else
.NOTPARALLEL:
endif

# ---------------------------------------------------------------- the environment
# An activated environment that holds the packages is used as it is; `make PYTHON=…` names one;
# otherwise .venv is made from the lock.

ifeq ($(PYTHON),)
ifneq ($(VIRTUAL_ENV)$(CONDA_PREFIX),)
ifneq ($(VIRTUAL_ENV),$(CURDIR)/.venv)
PYTHON := $(shell python -I -c "from importlib.util import find_spec as f; import sys; \
  all(map(f, ('semopy', 'seminr', 'filelock', 'papermill', 'myst_nb', 'typst', 'pypandoc', 'pytest'))) \
  and print(sys.executable)" \
  2>/dev/null)
endif
endif
endif

ifeq ($(PYTHON),)
PYTHON := .venv/bin/python
ENVIRONMENT := .venv/installed
endif

# the interpreter as one word of the shell, whatever its folder is called
RUN = '$(subst ','\'',$(value PYTHON))'

.venv/installed: requirements.lock
	@base=; for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	  if command -v $$p >/dev/null 2>&1 && \
	    $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then base=$$p; break; fi; done; \
	if [ -z "$$base" ]; then \
	  echo "error: Python 3.11 or later, with venv, is not on the PATH" >&2; exit 1; fi; \
	exec $$base -m helpers install

# ---------------------------------------------------------------- what there is to make

.PHONY: help all data notebooks figures html pdf test mutants trust audit-dependencies lab run template check audit plan new baseline differential calibration lint lock clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | \
	  while IFS='|' read -r target what; do printf '  make %-18s %s\n' "$$target" "$$what"; done

all: data notebooks figures html ## everything: data, executed notebooks, tables, figures, pages

data: $(DATA_DONE) ## the synthetic data sets: data/<study>/synthetic.csv

notebooks: $(NOTEBOOKS_DONE) ## execute what changed: notebooks/*.ipynb, reports/<notebook>/tables/

figures: notebooks ## the figures: reports/<notebook>/figures/ (drawn by the notebooks)

html: build/site.done ## the pages: open reports/site/index.html

pdf: $(if $(OUT),,$(PDF_DONE)) | $(ENVIRONMENT) ## in print and for Word: reports/pdf/; OUT=runs/mine for a run of yours
	@$(if $(OUT),exec $(RUN) -m helpers pdf --out="$$OUT",:)

test: all ## build what is missing, then run the tests (ARGS="-k name" for some)
	@exec $(RUN) -m helpers test $(ARGS)

mutants: | $(ENVIRONMENT) ## damaged files, parameters and models, N=5000 of each kind, SEED=7
	@exec $(RUN) -m helpers test --mutants=$(or $(N),5000) $(if $(SEED),--seed=$(SEED))

trust: | $(ENVIRONMENT) ## builds killed N=30 times, without space, twice at once; a reader's data kept
	@exec $(RUN) -m helpers test --trust=$(or $(N),30) $(if $(SEED),--seed=$(SEED))

audit-dependencies: | $(ENVIRONMENT) ## known advisories on the locked packages (needs pip-audit, a network)
	@exec $(RUN) -m helpers audit-dependencies

lab: data | $(ENVIRONMENT) ## JupyterLab on this machine only, notebooks open by double click
	@exec $(RUN) -m helpers lab $(ARGS)

run: data | $(ENVIRONMENT) ## NOTEBOOK=02 DATA=my.csv MAP=my.map.yml OUT=runs/mine PARAMS="n_boot=1000 seed=7"
	@exec $(RUN) -m helpers run "$$NOTEBOOK" --data="$$DATA" --map="$$MAP" --out="$$OUT" --params="$$PARAMS"

template: | $(ENVIRONMENT) ## STUDY=distress_session_quality OUT=my.csv: an empty file, its codebook
	@exec $(RUN) -m helpers template "$$STUDY" --out="$$OUT"

check: | $(ENVIRONMENT) ## DATA=my.csv STUDY=… MAP=my.map.yml PARAMS=…: does your file fit? nothing is run
	@exec $(RUN) -m helpers check "$$STUDY" --data="$$DATA" --map="$$MAP" --params="$$PARAMS"

audit: | $(ENVIRONMENT) ## TABLE=table.csv N=83 DF=77 CI=t ROUND=any TAILS=2 ALPHA=raw: printed numbers
	@exec $(RUN) -m helpers audit $(if $(TABLE),"$$TABLE",$(TABLES)) --map="$$MAP" --n="$$N" --df="$$DF" \
	  --ci="$$CI" --round="$$ROUND" --tails="$$TAILS" --alpha="$$ALPHA" --out="$$OUT"

plan: | $(ENVIRONMENT) ## FILE=examples/plan.yml: how many clients does a study of your own take?
	@exec $(RUN) -m helpers plan "$$FILE" $(ARGS)

new: | $(ENVIRONMENT) ## STUDY=smith2027 METHOD=path|sem|pls|moderation|regression|coding: begin the notebook of a paper
	@exec $(RUN) -m helpers new "$$STUDY" "$$METHOD"

baseline: notebooks ## accept the tables as the new baselines, and print what moved
	@exec $(RUN) -m helpers baseline

differential: | $(ENVIRONMENT) ## random models beside lavaan and lm, where R is: N=30 SEED=7
	@exec $(RUN) tests/differential/run.py \
	  $(if $(N),--n "$(N)") $(if $(SEED),--seed "$(SEED)")

calibration: | $(ENVIRONMENT) ## simulate coverage and type I errors anew: docs/validation/ (50 minutes)
	@exec $(RUN) benchmarks/calibration.py $(ARGS)
	@exec $(RUN) benchmarks/moderation_calibration.py
	@exec $(RUN) benchmarks/mediation_calibration.py

lint: | $(ENVIRONMENT) ## check the style of the code and the order of the rooms
	@exec $(RUN) -m helpers lint

lock: | $(ENVIRONMENT) ## pin the packages anew after a change of pyproject.toml (needs uv)
	@exec $(RUN) -m helpers lock

clean: ## remove what was built (.venv and runs/ stay)
	@rm -rf build reports .pytest_cache .ruff_cache .hypothesis
	@find src tests notebooks docs -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- the steps

$(DATA_DONE): build/data/%.done: src/helpers/studies/%/twin.py | $(ENVIRONMENT)
	@exec $(RUN) -m helpers data $*

$(NOTEBOOKS_DONE): build/notebooks/%.done: notebooks/%.py | $(ENVIRONMENT) $(DATA_DONE)
	@exec $(RUN) -m helpers run --report $*

# the overview reads the other reports
$(filter build/notebooks/00_%,$(NOTEBOOKS_DONE)): \
  | $(filter-out build/notebooks/00_%,$(NOTEBOOKS_DONE))

build/site.done: $(NOTEBOOKS_DONE) $(PDF_DONE) | $(ENVIRONMENT)
	@exec $(RUN) -m helpers html

$(PDF_DONE): build/pdf/%.done: build/notebooks/%.done | $(ENVIRONMENT)
	@exec $(RUN) -m helpers pdf $*

-include $(wildcard build/*.d build/*/*.d)
