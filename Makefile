# make demo   search the whole Earth: install, index NASA's Blue Marble, write demo-output/
# make test   install what the tests need, check format, lint and types, run all tests
# make bench  measure rsrag beside its peers, in under ten minutes; results in bench-output/
#             make bench-full: at a million and ten million, for hours
# make docs   build the docs site into site/; a link that leads nowhere is an error
# make coverage   all tests again, and how much of rsrag/ they run; fails below the floor

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable
JOBS ?= auto

.PHONY: demo test coverage check docs bench bench-full clean

demo: .venv/installed-demo
	$(BIN)/python scripts/demo

test: .venv/installed-dev .venv/browser .venv/inspected
	scripts/check
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal

coverage: .venv/installed-dev .venv/browser .venv/inspected
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal --cov

check: .venv/installed-dev
	scripts/check

docs: .venv/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: .venv/installed-bench
	$(BIN)/python -m bench

bench-full: .venv/installed-bench
	$(BIN)/python -m bench --full

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "rsrag needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

.venv/installed-demo: .venv/created pyproject.toml constraints.txt
	$(INSTALL) '.[demo]'
	touch $@

.venv/installed-dev: .venv/created pyproject.toml constraints.txt
	$(INSTALL) '.[dev]'
	touch $@ .venv/installed-demo .venv/installed-docs

.venv/browser: .venv/installed-dev scripts/browser
	scripts/browser
	touch $@

.venv/inspected: .venv/installed-dev scripts/inspector
	scripts/inspector
	touch $@

.venv/installed-docs: .venv/created pyproject.toml constraints.txt
	$(INSTALL) '.[docs]'
	touch $@

.venv/installed-bench: .venv/created pyproject.toml constraints.txt
	$(INSTALL) '.[bench]'
	touch $@

clean:
	rm -rf .venv demo-output bench-output site build dist .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
