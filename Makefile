# Every target makes its own environment first: Python 3.11+ and make are all it needs.
# The first interpreter that runs, is new enough and can make environments (a version manager's shim may not).
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.locked
DEMO   := $(VENV)/.locked-demo
DEV    := $(VENV)/.locked-dev

# Without compiled files every process, and each of the tests' many, compiles the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test prove lint coverage bench bench-quick lock snapshots real-pds clean setup
demo: $(DEMO)
	@$(BIN)/byhand demo

setup: $(DEV)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Byhand needs Python 3.11 or newer, with its venv module."; exit 1; }
	@echo "Installing what Byhand needs, about half a minute…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEMO): requirements-demo.lock $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-demo.lock
	@touch $@

$(DEV): requirements-dev.lock $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# While the types are checked, pytest compiles the tests: once for all workers, and on the other core.
test: $(DEV)
	@$(BIN)/python -m pytest --collect-only -qq > /dev/null & $(MAKE) --no-print-directory lint; code=$$?; wait; exit $$code
	$(BIN)/python -m pytest -n 4

# What is random, at length (steps and kills by the tens of thousands): about an hour
prove: $(DEV)
	$(BIN)/python -m pytest -n 3 --long --timeout 3600 tests/promises tests/domain tests/services tests/slack/views

# A report and no goal: it shows what no test has ever run.
coverage: $(DEV)
	$(BIN)/coverage erase
	-$(BIN)/coverage run -m pytest -n 3 --dist loadfile --no-loadscope-reorder
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

bench: $(DEV)
	$(BIN)/python -m tests.bench

# Does every part of it work? In some minutes, on however busy a machine: no figure is judged.
bench-quick: $(DEV)
	$(BIN)/python -m tests.bench --quick --works

# A real Bluesky server from its npm packages, for the tests marked `real`: some minutes, 700 MB, in .real-pds/
real-pds: $(DEV)
	$(BIN)/python -m tests.networks.real_pds.node

snapshots: $(DEV)
	$(BIN)/python -m pytest tests/slack tests/test_sentences.py --snapshot-update

lock: $(DEV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header pyproject.toml build-requirements.in -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --extra demo pyproject.toml -o requirements-demo.lock -c requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --extra dev pyproject.toml -o requirements-dev.lock -c requirements-demo.lock

clean:
	rm -rf $(VENV)
