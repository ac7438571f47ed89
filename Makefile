# make demo   search the whole Earth: install, index NASA's Blue Marble, write demo-output/
# make test   install what the tests need, check format, lint and types, run all tests
# make bench  measure rsrag beside its peers, in under ten minutes; results in bench-output/
#             make bench-full: at a million and ten million, for hours

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench bench-full clean

demo: .venv/installed-demo
	$(BIN)/python scripts/demo

test: .venv/installed-dev
	scripts/check
	$(BIN)/python -m pytest -q

check: .venv/installed-dev
	scripts/check

bench: .venv/installed-bench
	$(BIN)/python -m bench

bench-full: .venv/installed-bench
	$(BIN)/python -m bench --full

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "rsrag needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	touch $@

.venv/installed-demo: .venv/created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	touch $@

.venv/installed-dev: .venv/created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ .venv/installed-demo

.venv/installed-bench: .venv/created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	touch $@

clean:
	rm -rf .venv demo-output bench-output .mypy_cache .ruff_cache .pytest_cache .hypothesis
