# Everything a fresh machine needs: Python 3.11 or later with pip, and make. Another Python: make demo PYTHON=python3.12
PYTHON ?= python3
PYTEST_WORKERS ?= 2
CASE ?= egfr-lung

BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
CHECKED := $(BIN)/python -m

.PHONY: demo test test-all bench docs lint clean
.NOTPARALLEL:
.SILENT:

demo: .venv/.run
	$(BIN)/refugia dissect $(CASE) --out refugia-out/$(CASE)

test: .venv/.test lint
	$(CHECKED) pytest -n $(PYTEST_WORKERS) --dist loadfile -m "not slow"

# The nightly set: everything slow, 20,000 mutated cases of each of five kinds, and chance tests with the seed of the day.
test-all: .venv/.test lint
	REFUGIA_CHANCE_SEED=today REFUGIA_EXAMPLES=20000 $(CHECKED) pytest -n $(PYTEST_WORKERS) --dist loadfile

lint: .venv/.test
	$(BIN)/lint-imports --no-logo
	$(BIN)/ruff check --quiet
	$(BIN)/mypy --no-error-summary

bench: .venv/.run
	$(BIN)/python benchmarks/run.py

# The pages with what their snippets print, and the reference; a broken link or snippet fails.
docs: .venv/.test
	$(CHECKED) docs.generate site

clean:
	rm -rf .venv refugia-out site build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests examples benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

# The install points at src/, so only a change of pyproject.toml calls for another one.
.venv/.run: .venv/bin/python pyproject.toml
	echo "Installing refugia into .venv (once; it needs the package index) ..." >&2
	$(INSTALL) --editable . || { echo "The install failed: see the lines above; the package index must be within reach." >&2; exit 1; }
	touch $@

.venv/.test: .venv/bin/python pyproject.toml
	echo "Installing refugia and what its tests need into .venv (once; it needs the package index) ..." >&2
	$(INSTALL) --editable ".[test]" || { echo "The install failed: see the lines above; the package index must be within reach." >&2; exit 1; }
	touch .venv/.run $@

.venv/bin/python:
	command -v $(PYTHON) >/dev/null || { echo "There is no \"$(PYTHON)\" here: install Python 3.11 or later, or name one: make PYTHON=/path/to/python." >&2; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "refugia needs Python 3.11 or later, and $(PYTHON) is $$($(PYTHON) -V 2>&1): name a later one, as in make PYTHON=python3.12." >&2; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) could not make a virtual environment: on Debian and Ubuntu install python3-venv." >&2; exit 1; }
