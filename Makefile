# Two commands for a fresh machine with Python 3.11+, git and make: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CPUS   ?= $(shell $(PYTHON) -c "import os; print(os.cpu_count() or 1)")

.PHONY: help demo test test-long record check bench bench-matching requirements clean
help:            ## the targets
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/ready: requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c "import sys; v = sys.version.split()[0]; sys.exit(0 if sys.version_info >= (3, 11) else f'Offbook needs Python 3.11 or newer; this is {v}. Say PYTHON=…')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/ready  ## the main job on made-up customers, in build/demo
	$(BIN)/python -m examples.demo

test: check          ## everything that must hold before a change lands
	$(BIN)/python -m pytest -n $(CPUS) -m "not long" --cov --cov-report=term:skip-covered

test-long: $(VENV)/ready  ## the slow repeats
	$(BIN)/python -m pytest -n $(CPUS) --hypothesis-profile=random -m long

record: $(VENV)/ready ## the conversations in tests/cassettes anew, with pretended systems or with real accounts
	$(BIN)/python -m pytest -p no:cacheprovider -rs tests/record_tapes.py $(if $(ONLY),-k $(ONLY))

check: $(VENV)/ready ## lint, types, layers, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python docs/check.py

bench: $(VENV)/ready ## CPU time against peers, each in a virtual environment of its own; rates in real seconds
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/rates.py

bench-matching: $(VENV)/ready ## Quality of matching on labelled sets, against peers
	$(BIN)/python benchmarks/matching.py

requirements:        ## pin anew, with hashes and without any index address
	$(PYTHON) -m venv build/pins && build/pins/bin/pip install --quiet pip-tools
	build/pins/bin/pip-compile --quiet --upgrade --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate -o requirements.txt pyproject.toml
	build/pins/bin/pip-compile --quiet --upgrade --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate -c requirements.txt -o requirements-dev.txt requirements-dev.in

clean:
	rm -rf build dist .venv
