# `make demo` and `make test` work in a clean clone with nothing installed but
# Python 3.11, 3.12 or 3.13: they make ./.venv themselves and install the
# versions of constraints.txt into it. Another interpreter: make test
# PYTHON=/path/to/python3.12 (then `make clean` first).

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
PYTEST_WORKERS ?= 2
PYTEST_ARGS ?=

CONFIG ?= eccv16_intel
WORKDIR ?= runs/$(CONFIG)
TRAIN_ARGS ?=

MODEL ?= lite
QUALITY_OUT ?= runs/quality
QUALITY_ARGS ?=

PHOTOS ?=
RUNTIMES_ARGS ?=

PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check \
	--quiet --constraint constraints.txt
# A worker that crashed ends the run: to replace it may wait for ever.
PARALLEL := -n $(PYTEST_WORKERS) --dist loadfile --max-worker-restart 0
# One group after the other, in new processes: what TensorFlow keeps of the
# models of one is gone before the next, so that two processes stay under 5 GB.
TESTS_OF_NETWORKS := $(addprefix tests/,backends convert encoders layers \
	losses models trainers)
TESTS_OF_SCRIPTS := $(addprefix tests/,benchmarks examples export exporters \
	training)
OTHER_TESTS := tests \
	$(addprefix --ignore=,$(TESTS_OF_NETWORKS) $(TESTS_OF_SCRIPTS))
# 5: PYTEST_ARGS left no test of a group, which is wrong if it is so of all.
# 2: interrupted.
define run_tests
@status=5; \
for group in "$(TESTS_OF_NETWORKS)" "$(TESTS_OF_SCRIPTS)" "$(OTHER_TESTS)"; do \
	code=0; $(BIN)/python -m pytest $(PARALLEL) $(1) $$group \
		$(PYTEST_ARGS) || code=$$?; \
	if [ $$status = 5 ]; then status=$$code; \
	elif [ $$code != 5 ] && [ $$code != 0 ]; then status=$$code; fi; \
	if [ $$code = 2 ]; then break; fi; \
done; exit $$status
endef
BASE := $(VENV)/.base
DEMO := $(VENV)/.installed-demo
DEV := $(VENV)/.installed-dev
BACKENDS := $(VENV)/.installed-backends
WEB_MODULES := web/node_modules/.package-lock.json
NODE_RUNTIME := build/onnxruntime-node/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help demo test test-all attack test-backends lint format types check modules \
	bench runtimes train quality docs pictures screenshots web web-serve test-web clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile \
		| while IFS='|' read -r name text; do \
			printf '%-15s %s\n' "$$name" "$$text"; done

demo: $(DEMO)  ## colorize example photos into ./demo_output
	$(BIN)/python examples/demo.py

test: $(DEV)  ## the tests that need minutes, no network and no accelerator
	$(call run_tests)

test-all: $(DEV)  ## the slow tests too
	$(call run_tests,-m "not gpu")

attack: $(DEV)  ## clients, files and events that mean no good; prints a table
	$(BIN)/python -m pytest -m slow tests/attack $(PYTEST_ARGS)

# The backend-neutral packages, on both other backends.
BACKEND_TESTS ?= tests/backends tests/color tests/layers tests/losses \
	tests/metrics tests/models tests/convert
test-backends: $(BACKENDS)  ## the backend-neutral core on JAX and PyTorch
	@set -e; for backend in jax torch; do \
		echo "== KERAS_BACKEND=$$backend"; \
		KERAS_BACKEND=$$backend $(BIN)/python -m pytest $(PARALLEL) \
			$(BACKEND_TESTS) $(PYTEST_ARGS); done

lint: $(DEV)  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV)  ## let ruff repair what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEV)  ## check the annotated packages
	$(BIN)/basedpyright

check: lint types test  ## everything a change must pass

modules: $(DEV)  ## long and tiny modules, for a person to look at
	$(BIN)/python -m tests.report_modules

bench: $(BACKENDS)  ## side-by-side measurements; an otherwise idle machine
	@set -e; for script in benchmarks/bench_*.py; do \
		echo "== $$script"; \
		$(BIN)/python -m "benchmarks.$$(basename $$script .py)"; done

runtimes: $(DEV)  ## PHOTOS=DIR: docs/runtimes.md, anew; installs every runtime
	$(BIN)/python -m benchmarks.runtimes --photos $(PHOTOS) $(RUNTIMES_ARGS)

train: $(DEV)  ## CONFIG=eccv16_intel WORKDIR=runs/… TRAIN_ARGS="--data DIR"
	$(BIN)/python -m training.train --config $(CONFIG) \
		--workdir $(WORKDIR) $(TRAIN_ARGS)

quality: $(DEV)  ## MODEL=lite QUALITY_ARGS="--bench DIR --val DIR"
	$(BIN)/python -m training.quality --model $(MODEL) \
		--out $(QUALITY_OUT) $(QUALITY_ARGS)

docs: $(DEV)  ## the site of docs/, with links checked, into build/site
	$(BIN)/zensical build --strict --clean

pictures: $(DEV)  ## the before/after pictures of the docs, anew
	$(BIN)/python docs/make_pictures.py

screenshots: $(DEV)  ## the pictures of the pages, anew; needs Chromium
	$(BIN)/python docs/make_screenshots.py

# The page that colorizes in the browser. No lock file: it would record where
# packages came from; web/package.json names exact versions.
web: $(WEB_MODULES)  ## the page that needs no server, into web/dist
	cd web && npm run build

web-serve: web  ## the same at localhost, with the headers for threads
	cd web && npm run preview

test-web: $(DEV) $(WEB_MODULES) $(NODE_RUNTIME)  ## its tests, in Chromium
	$(BIN)/python -m pytest -m "slow or not slow" tests/web \
		tests/docs/test_onnxruntime.py $(PYTEST_ARGS)

$(WEB_MODULES): web/package.json
	@command -v npm >/dev/null || { echo "The page is built with Node 20.19" \
		"or newer, and npm: install them (Debian, Ubuntu: nodejs and npm)," \
		"then run this again." >&2; exit 1; }
	cd web && npm install --no-package-lock --no-audit --no-fund
	@touch $@

# For the example of docs/onnxruntime.md alone. Its scripts would download CUDA.
$(NODE_RUNTIME): web/package.json
	npm install --prefix build/onnxruntime-node --ignore-scripts \
		--no-package-lock --no-audit --no-fund onnxruntime-node@$$(node -p \
		"require('./web/package.json').dependencies['onnxruntime-web']")
	@touch $@

clean:  ## remove the environment and everything built
	rm -rf $(VENV) .cache .pytest_cache .ruff_cache .coverage htmlcov dist build \
		demo_output web/node_modules web/dist web/public
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A candidate must run, not only exist: version managers put commands on the
# PATH that fail for versions that are not active. ensurepip is missing where
# Debian's python3-venv is not installed.
$(BASE):
	@set -e; found=; \
	for candidate in $(PYTHON) python3.11 python3.12 python3.13 python3 python \
			/usr/bin/python3; do \
		if "$$candidate" -c 'import ensurepip, sys, venv; \
sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then \
			found=$$candidate; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "No Python 3.11, 3.12 or 3.13 with the venv module found." \
			"Install one (Debian, Ubuntu: python3 and python3-venv), or" \
			"name it: make PYTHON=/path/to/python3.11 <target>" >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version)"; \
	rm -rf $(VENV); "$$found" -m venv $(VENV); touch $@

# Editable, so that the environment follows the files of this folder.
$(DEMO): pyproject.toml constraints.txt | $(BASE)
	@echo "Installing what the demo needs into $(VENV)"
	@$(PIP_INSTALL) --editable '.[demo]'
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BASE)
	@echo "Installing what development needs into $(VENV) (a few minutes)"
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $(DEMO) $@

$(BACKENDS): $(DEV)
	@echo "Installing JAX and PyTorch into $(VENV) (a few minutes)"
	@$(PIP_INSTALL) --editable '.[dev,backends]'
	@touch $@
