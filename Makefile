# Every target that needs Python calls `setup` first; `setup` does nothing when pyproject.toml and constraints.txt are
# no newer than the environment.

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PYTEST := $(BIN)/pytest
# Two workers; a file's tests stay on one of them, so that an embedded site is brought up once for its file.
SPREAD := -n 2 --dist loadfile
ROUNDS ?= 10

.DEFAULT_GOAL := help
.PHONY: help setup demo packages test quick test-failures soak lint format types imports docs docs-check bench \
        bench-judging clean

help:                 ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 16

setup: $(STAMP)       ## make .venv with Rollbook and everything that its demo, tests and checks use

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || "$$(tools/find-python)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@# as pip does for installed packages: where Python may not write bytecode, every start would compile everything
	$(BIN)/python -m compileall -q src
	@touch $@

demo: setup           ## run a release of the example book on this machine, live
	@$(BIN)/rollbook demo

packages:             # the Debian packages that tests use, where this is root's to install
	@tools/install-test-packages

test: packages setup  ## run every test
	$(PYTEST) $(SPREAD) --durations=15

quick: setup          ## under a minute: unit tests and the linter
	$(BIN)/ruff check .
	$(PYTEST) $(SPREAD) -m 'not site and not slow' tests/unit

test-failures: setup  ## the failures that a release tool has had (DESIGN F1-F14), by their numbers
	$(PYTEST) $(SPREAD) -k 'test_f0 or test_f1' -v

soak: setup           ## kill engines at other moments, and generate many more cases, ROUNDS times over
	for round in $$(seq 1 $(ROUNDS)); do \
	    ROLLBOOK_SEED=$$round $(PYTEST) tests/faults || exit 1; \
	    HYPOTHESIS_PROFILE=soak $(PYTEST) $(SPREAD) tests/unit || exit 1; \
	done

lint: setup           ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup         ## let ruff write the format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup          ## mypy --strict
	$(BIN)/mypy --strict

imports: setup        ## import-linter: every import points down
	$(BIN)/lint-imports

docs: setup           ## write docs/reference from the code
	$(BIN)/python tools/reference.py

docs-check: setup     ## fail when docs/reference is not what the code says
	$(BIN)/python tools/reference.py --check

bench: setup          ## measure, against peers in the same run
	tools/run-benchmarks

bench-judging: setup  ## the figures of docs/judging.md: many simulated releases
	$(BIN)/python benchmarks/judging.py --traces 50

clean:                ## end the embedded site, remove what was built
	@test ! -x $(BIN)/rollbook || $(BIN)/rollbook site down || true
	rm -rf $(VENV) benchmarks/.venv benchmarks/out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
