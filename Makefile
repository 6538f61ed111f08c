# Each target sets up what it needs; nothing has to be done before.
#
#   make install     .venv with the product and its tools
#   make run         the product by its settings; without any, the demo on http://127.0.0.1:8000
#   make test        all tests in their small sizes
#   make test-long   the long sizes, each test at most ten minutes
#   make lint        style, types, import rules
#   make bench       how fast the door and the fold are here
#   make schema      schema.sql anew from the migrations

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A changed pyproject.toml installs again; an unchanged one costs nothing.
STAMP := $(VENV)/.installed-$(shell sha256sum pyproject.toml | cut -c1-16)
ARGS ?=

.PHONY: help install run test test-long lint bench schema

help:
	@sed -n 's/^#   //p' Makefile

$(STAMP): pyproject.toml
	@.ci/setup-machine python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the product and its tools into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@rm -f $(VENV)/.installed-*
	@touch $(STAMP)

install: $(STAMP)

run: $(STAMP)
	@if [ -e "$${TAJO_CONFIG:-tajo.yml}" ] || env | grep -qE '^(TAJO_|BREVO_|SHOPIFY_|WC_)'; \
	then exec $(BIN)/tajo serve $(ARGS); else exec $(BIN)/tajo demo $(ARGS); fi

test: $(STAMP)
	@.ci/setup-machine browser node php
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 0 -m "not long" -o faulthandler_timeout=400 -o faulthandler_exit_on_timeout=true $(ARGS)

test-long: $(STAMP)
	@.ci/setup-machine browser node php wordpress
	TAJO_TEST_MINUTES=10 $(BIN)/python -m pytest -m long -o faulthandler_timeout=600 -o faulthandler_exit_on_timeout=true $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	@.ci/setup-machine bench
	$(BIN)/python -m tests.bench $(ARGS)

schema: $(STAMP)
	$(BIN)/python -m collector.storage.sqlite.schema
