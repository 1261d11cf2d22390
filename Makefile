# The commands for working on the repository; `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
SOURCES := layers/common/ebbtide functions tools local cli bench tests examples
GENERATORS := kinds_index rule_users instance_types price_table generate_policies second_line kinds_table parameters_table config_schema metrics_table metric_searches rules_table peer_table cookbook_page prices_page query_fields aliases_table event_contract restore_table parser_tables
PRESENT = $(wildcard $(SOURCES))
EMULATED := e2e or emulator
MUTATED := verdict plan rules cleanup search jobs
MUTANTS ?= 150

export PYTHONPATH := $(CURDIR)/layers/common:$(CURDIR)/cli:$(CURDIR)
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= us-east-1
# Nothing here may reach a real account by accident.
export AWS_CONFIG_FILE := $(CURDIR)/.local/no-aws-configuration
export AWS_SHARED_CREDENTIALS_FILE := $(CURDIR)/.local/no-aws-configuration
export AWS_EC2_METADATA_DISABLED := true
# Temporary files stay inside this folder, too.
export TMPDIR := $(CURDIR)/.local/tmp
unexport AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
# Several processes run the tests: none compiles what another one has compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup browser demo demo-stop test test-full coverage test-unit test-e2e lint audit format docs bench mutants requirements dist sbom

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## create the three virtual environments, if missing or outdated
	@tools/setup.sh

browser: setup ## bring a headless browser for the tests of the report, if missing or outdated
	@tools/setup.sh browser

demo: setup ## run everything against an emulated cloud on this machine and print the results
	@$(BIN)/python -m local.demo

demo-stop: setup ## stop the emulated cloud of `make demo`
	@$(BIN)/python -m local.demo --stop

test: setup browser ## run all tests except the long ones; with COVERAGE=1, measure branches as well
	@tools/run_tests.sh

test-full: setup browser ## run what `make test` leaves out or shortens
	@tools/run_tests.sh --full

coverage: setup browser ## measure the branches that the tests without the emulated cloud reach
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not ($(EMULATED))" --cov --cov-report=term

test-unit: setup browser ## run the tests that need no emulated cloud
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not ($(EMULATED))"

test-e2e: setup ## run the tests that need the emulated cloud
	$(BIN)/python -m pytest -m "$(EMULATED)"

lint: setup ## check style, types, layers, templates, state machines, prose and generated files
	$(BIN)/ruff check $(PRESENT)
	$(BIN)/ruff format --check $(PRESENT)
	$(BIN)/mypy layers/common/ebbtide functions tools local cli
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry layers/common/ebbtide cli
	$(BIN)/cfn-lint template.yaml member/template.yaml athena/template.yaml examples/automations/*/template.yaml
	$(BIN)/python -m tools.check_statemachine
	$(BIN)/codespell $$(git ls-files)
	$(BIN)/python -m tools.wording
	for generator in $(GENERATORS); do $(BIN)/python -m tools.$$generator --check; done

audit: setup ## check roles and templates with linters that need an environment of their own
	@tools/setup.sh audit
	.venv-audit/bin/checkov --config-file .checkov.yaml --file template.yaml --file member/template.yaml --file athena/template.yaml
	.venv-audit/bin/python -W ignore::UserWarning -m tools.lint_policies
	.venv-audit/bin/python -m tools.iam_reference --check --packages .venv-audit/lib/python3.*/site-packages

format: setup ## format the code and fix what ruff can fix
	$(BIN)/ruff check --fix $(PRESENT)
	$(BIN)/ruff format $(PRESENT)

docs: setup ## update the generated files
	for generator in $(GENERATORS); do $(BIN)/python -m tools.$$generator; done

bench: setup ## run the benchmarks; each compares with an alternative in the same run
	$(BIN)/python -m bench

mutants: setup ## change the code on purpose; report the changes that no test notices
	$(BIN)/python -m tools.mutate $(MUTATED:%=--room %) --count $(MUTANTS)

COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-header

requirements: setup ## pin the requirements of the .in files
	$(COMPILE) --output-file layers/common/requirements.txt layers/common/requirements.in
	for name in emulator sam dev release audit pictures browser; do \
		$(COMPILE) --output-file requirements/$$name.txt requirements/$$name.in; done

dist: ## build the sdist and the wheel in build/dist, and check them
	@tools/setup.sh release
	rm -rf build/dist
	.venv-release/bin/python -m build --no-isolation --outdir build/dist .
	.venv-release/bin/twine check --strict build/dist/*

sbom: ## write the SBOM and the licenses of the layer's packages to build/
	@tools/setup.sh release
	tools/sbom.sh build
