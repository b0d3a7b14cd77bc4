# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test bench schema clean

demo: $(VENV)/installed
	$(BIN)/sandbox run month-end --faults rough --force

test: $(VENV)/tox
	$(BIN)/tox run

bench: $(VENV)/installed
	$(BIN)/sandbox bench

schema: $(VENV)/installed
	$(BIN)/sandbox scenarios schema --write

$(VENV)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	touch $@

$(VENV)/installed: $(VENV)/python pyproject.toml
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/tox: $(VENV)/python
	$(BIN)/pip install --quiet 'tox>=4.25'
	touch $@

clean:
	rm -rf $(VENV) .tox runs dist build *.egg-info
