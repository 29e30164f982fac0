# Benchseal. `make` lists the targets; every one of them works on a fresh clone.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

ifndef PYTHON
PYTHON := $(shell .ci/find-python)
endif
PORT ?= 8000
HOST ?= 127.0.0.1
OUT ?= demo-output

BIN := .venv/bin
PY := $(BIN)/python
SOURCES := evidence registry approvals client tests manage.py
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation
LOCKED := $(PIP) --require-hashes --requirement
PROJECTS := requirements/build.lock pyproject.toml client/pyproject.toml
export PYTHON

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- what users call ---

.PHONY: run
run: .venv/run.stamp  ## start Benchseal with its demonstration (PORT=8000, HOST=127.0.0.1)
	@exec $(PY) manage.py serve --demo --host $(HOST) --port $(PORT)

.PHONY: demo
demo: .venv/run.stamp  ## write the demonstration's pack and pages to a folder (OUT=demo-output)
	@$(PY) manage.py demo --out $(OUT)

.PHONY: install
install: .venv/run.stamp  ## install what `make run` needs and start nothing

# --- tests and checks ---

PYTEST := $(PY) -m pytest -q
PARALLEL := $(PYTEST) -n auto --dist worksteal

.PHONY: test
test: .venv/dev.stamp  ## the default tests, on SQLite
	$(PARALLEL)

# Real processes, Chromium and its pages take the machine for themselves.
.PHONY: test-all
test-all: test  ## the default tests, then thorough, slow, browser and PostgreSQL
	$(PARALLEL) -m "thorough and not slow"
	$(PYTEST) -m "slow and not browser and not postgres"
	$(PYTEST) -m browser
	$(PARALLEL) -p tests.postgres_server -m "django_db and not thorough and not slow and not browser"
	$(PYTEST) -p tests.postgres_server -m postgres

.PHONY: bench
bench: .venv/dev.stamp  ## measure speed and print tables (five minutes; best on an idle machine)
	$(PY) -m tests.benchmarks

.PHONY: lint
lint: .venv/dev.stamp  ## style, types, import contracts, migrations, deployment settings
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	SECRET_KEY=not-used $(PY) manage.py makemigrations --check --dry-run
	.ci/check-deploy

.PHONY: format
format: .venv/dev.stamp  ## rewrite the sources in the house style
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

# --- installation ---

.PHONY: lock
lock:  ## resolve the dependencies again (needs uv); commit both files
	.ci/lock

.venv/bin/python:
	@test -n "$(PYTHON)"  # .ci/find-python has said what is missing
	@.ci/system-packages run
	@$(PYTHON) -m venv .venv

# The locks name every file by its digest; a stamp is newer than the lock it installed.
.venv/run.stamp: requirements/run.lock $(PROJECTS) | .venv/bin/python
	@.ci/system-packages run
	@echo "Installing the dependencies into .venv (about a minute the first time)"
	@$(LOCKED) requirements/build.lock
	@$(LOCKED) requirements/run.lock
	@$(PIP) --editable . --editable ./client
	@touch $@

.venv/dev.stamp: requirements/dev.lock $(PROJECTS) | .venv/bin/python
	@.ci/system-packages test
	@echo "Installing the dependencies of the tests into .venv (about two minutes the first time)"
	@$(LOCKED) requirements/build.lock
	@$(LOCKED) requirements/dev.lock
	@$(PIP) --editable . --editable ./client
	@PYTHON=$(PY) .ci/system-packages browser
	@touch .venv/run.stamp $@

.PHONY: clean
clean:  ## remove the virtual environment and caches; data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
