# `make demo` and `make test` do all the set-up on a fresh machine. Python 3.11+ is all they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   := demo

.PHONY: demo test check lock clean system

demo: $(VENV)/.runtime
	$(BIN)/mgi run corpus/samples/*.pdf -w $(DEMO)
	$(BIN)/mgi citations -w $(DEMO)
	$(BIN)/mgi find "access of migrants to health care" -w $(DEMO)
	@echo
	@echo "The workbook to review:  $(DEMO)/dataset/dataset.xlsx"
	@echo "Review in the browser:   $(BIN)/mgi review serve -w $(DEMO)"

test: system $(VENV)/.dev check
	$(BIN)/python -m pytest -n 2

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

$(VENV)/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/pip install --quiet -r requirements-dev.lock
	touch $@

# Tesseract, PostgreSQL, Chromium and LibreOffice for the tests: from Debian's packages where that is possible,
# else the tests that need them skip with the reason.
system:
	@bash .ci/system-packages

# Versions only, no index: works with any mirror.
lock: $(VENV)/.dev
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra cluster --extra postgres --universal --python-version 3.11 \
	    --no-emit-index-url --no-header --no-annotate --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra cluster --extra postgres --extra train --extra dev --universal \
	    --python-version 3.11 -c requirements.lock --no-emit-index-url --no-header --no-annotate --quiet -o requirements-dev.lock

clean:
	rm -rf $(VENV) $(DEMO) build dist
