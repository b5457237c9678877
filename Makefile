# Two commands for a newcomer: `make demo` and `make test`. Needed: Python 3.11 or newer, and make.
# Everything is installed into .venv from hash-pinned locks; uv is used where it is on the PATH.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := $(VENV)/bin
UV := $(shell command -v uv)
ARGS ?=
PYTEST_ARGS ?=
# Test processes side by side; a file of tests stays in one. Many wait for nodes and browsers.
WORKERS ?= 3

.PHONY: help install demo test check docs lock campaign clean

help:
	@echo "make demo      real nodes on this machine play six histories and prove them; then a desk per party"
	@echo "make install   what both need, into .venv"
	@echo "make test      every check and every test (format, lint, types, layers, pytest)"
	@echo "make check     format, lint, types and layers only"
	@echo "make campaign  the long search for faults: simulated histories, restore drills, figures"
	@echo "make docs      renew the pages that are made from the code"
	@echo "make lock      renew requirements.lock and requirements-dev.lock"

# $(1): a lock file
ifeq ($(UV),)
install = $(BIN)/python -m pip install --quiet --require-hashes -r $(1)
editable = $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
else
install = $(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(1)
editable = $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
endif

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock)
	$(call editable)
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(call install,requirements-dev.lock)
	@touch $@

install: $(VENV)/.runtime

demo: $(VENV)/.runtime
	$(BIN)/openline demo $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=src $(BIN)/lint-imports --no-cache

# A traceback that a thread prints parses its source to mark columns, which spoils an `ast.parse` that
# another thread is in (Python 3.11: "AST constructor recursion depth mismatch"): no columns here.
test: check
	PYTHONNODEBUGRANGES=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

campaign: $(VENV)/.dev
	$(BIN)/openline sim --histories 100000
	$(BIN)/openline sim --drills 1000
	$(BIN)/python -m tests.crash.drills --drills 60 --report restore-drills.json
	$(BIN)/openline bench exchange --messages 20000 --json
	$(BIN)/openline bench verify --entries 1000000 --json

# Pages that are made from the code: errors and commands.
docs: $(VENV)/.dev
	$(BIN)/python -m tools.errors_page
	$(BIN)/python -m tools.commands_page
	$(BIN)/python -m tools.cases_page
	$(BIN)/python -m tools.formats_page
	$(BIN)/python -m tools.sources_page

# uv resolves for every platform in a folder of its own; what is committed are pins and SHA-256 only.
lock: | $(BIN)/python
	tools/lock.sh

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build demo-out
