# `make demo` and `make test` do all their own set-up; everything else is for developers.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TESTS := $(VENV)/.ready-for-tests

.PHONY: demo test test-all lint types format bench clean

demo: $(READY)
	@$(BIN)/unsafe2safe sanitize examples/photos --output demo-output --overwrite
	@$(BIN)/unsafe2safe contact-sheet demo-output --original examples/photos --output demo-output/contact_sheet.png

test: $(TESTS) lint types
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-all: $(TESTS) lint types
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "slow or not slow"

lint: $(TESTS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TESTS)
	$(BIN)/mypy

format: $(TESTS)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(TESTS)
	$(BIN)/python benchmarks/where_time_goes.py
	$(BIN)/python benchmarks/start_up.py

# The constraints pin versions that are known to work; nothing needs a network once this is done.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.11 ...')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install -qq --constraint constraints.txt --editable .
	@touch $(READY)

# PyTorch alone and first: asked for beside others, pip may take another build than the one that is at hand.
$(TESTS): $(READY)
	$(BIN)/python -m pip install -qq "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install -qq --constraint constraints.txt --editable ".[dev,models,api,evaluate,train]"
	@touch $(TESTS)

clean:
	rm -rf $(VENV) demo-output
