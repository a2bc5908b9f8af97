# Everything a fresh machine needs is Python 3.11 or newer with venv, git and make.
# .venv is made and kept up to date by the stamps below; remove it at any time with `make clean`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run ml test check check-format check-lint check-types check-floors format bench lock clean

BIN := .venv/bin
STAMPS := .venv/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
ARGS ?=

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  Variables: PYTHON=python3.12 picks the interpreter; ARGS="..." is handed on by run, test and bench;'
	@echo '  PEILIAN_REQUIRE_SERVICES=1 makes a test fail that would skip for want of a service.'

run: $(STAMPS)/project  ## install if needed and start the product (ARGS="--port 9000")
	@exec $(BIN)/peilian serve $(ARGS)

ml: $(STAMPS)/project $(STAMPS)/ml  ## add what fitting models needs (scikit-learn)

# A file's tests stay together: what a module sets up once is then set up once. Many tests wait for
# another process or a clock, so there is one run more than cores.
test: RUNS = $(shell n=$$(nproc); echo $$((n < 4 ? n + 1 : 4)))
test: $(STAMPS)/project $(STAMPS)/test  ## run all tests but the measuring ones
	$(BIN)/python -m pytest -rs --numprocesses $(RUNS) --dist loadfile $(ARGS)

check: check-format check-lint check-types check-floors  ## format, lint, types and floors; changes nothing

check-format: $(STAMPS)/lint
	$(BIN)/ruff format --check .

check-lint: $(STAMPS)/lint
	$(BIN)/ruff check .

check-types: $(STAMPS)/project $(STAMPS)/test $(STAMPS)/lint
	$(BIN)/mypy

check-floors: $(STAMPS)/project $(STAMPS)/test
	$(BIN)/lint-imports --no-logo

format: $(STAMPS)/lint  ## format the code and mend what ruff can mend by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(STAMPS)/project $(STAMPS)/test  ## measure (tests/bench); not part of `make test`
	$(BIN)/python -m pytest tests/bench -m bench --timeout=0 -s $(ARGS)

lock: $(STAMPS)/uv  ## resolve pyproject.toml into requirements/*.txt (ARGS=--upgrade for newer versions)
	$(COMPILE) --output-file requirements/base.txt pyproject.toml
	$(COMPILE) --extra ml --constraint requirements/base.txt --output-file requirements/ml.txt pyproject.toml
	$(COMPILE) --extra ml --extra milvus --extra test --constraint requirements/ml.txt --output-file requirements/test.txt pyproject.toml
	$(COMPILE) --extra lint --constraint requirements/test.txt --output-file requirements/lint.txt pyproject.toml
	$(COMPILE_ALONE) --output-file requirements/peers.txt requirements/peers.in

clean:  ## remove the environment and all caches; var/ (the data) stays
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# The locks carry hashes and no address, so any index or mirror that holds the same files will do.
COMPILE_ALONE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate $(ARGS)
COMPILE = $(COMPILE_ALONE) --extra build

# A python3.x found on the PATH may be a shim that does not start, or lack venv: each one is tried.
# The locks are proved on 3.13 to 3.11, so these come before anything newer.
FIND_PYTHON = for python in $(PYTHON) python3.13 python3.12 python3.11 python3.14 python3.15 python3; do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
			>/dev/null 2>&1; then echo "$$python"; break; fi; done

$(STAMPS)/venv:
	@python="$$($(FIND_PYTHON))"; \
	if [ -z "$$python" ]; then \
		echo 'No Python 3.11 or newer with venv was found. Install one (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12' >&2; \
		exit 1; \
	fi; \
	echo "Making .venv with $$("$$python" --version)"; \
	"$$python" -m venv --clear .venv
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/base: requirements/base.txt | $(STAMPS)/venv
	@echo 'Installing requirements/base.txt (about a minute the first time)'
	@$(PIP) --require-hashes -r requirements/base.txt
	@touch $@

# Editable through a plain path file, which mypy and a run from the checkout both understand.
# The locked setuptools builds it: no isolated build environment, so nothing is downloaded.
$(STAMPS)/project: pyproject.toml $(STAMPS)/base
	@$(PIP) --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

$(STAMPS)/ml: requirements/ml.txt $(STAMPS)/base
	@echo 'Installing requirements/ml.txt'
	@$(PIP) --require-hashes -r requirements/ml.txt
	@touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/base
	@echo 'Installing requirements/test.txt'
	@$(PIP) --require-hashes -r requirements/test.txt
	@touch $@

$(STAMPS)/lint: requirements/lint.txt $(STAMPS)/base
	@echo 'Installing requirements/lint.txt'
	@$(PIP) --require-hashes -r requirements/lint.txt
	@touch $@

$(STAMPS)/uv: | $(STAMPS)/venv
	@$(PIP) uv
	@touch $@
