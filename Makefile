# Everything a developer runs. `make help` lists it. Needs Python 3.11, GNU make and bash; what else is missing is named with its remedy.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
# Where `make run` keeps the embedded platform's files, and the port of its pages.
DATA ?= var/steward
PORT ?= 8000
# The rest of the command line of a test session, e.g. `make test PYTEST_ARGS=-x`.
PYTEST_ARGS ?=
# How many processes share a session of tests, a file of tests always in one; 0 for a debugger: `make test PYTEST_ARGS="-n 0 --pdb"`.
TEST_PROCESSES ?= 2
SHARED := -n $(TEST_PROCESSES) --dist loadfile
# What to measure and how, e.g. `make bench BENCH="--quick startup"`.
BENCH ?=
NO_ENGINES := not needs_rabbitmq and not needs_mongodb and not needs_elasticsearch and not needs_browser
ENGINES := needs_rabbitmq or needs_mongodb or needs_elasticsearch

LOCAL := infra/local
FRONTEND := gateway/frontend
ENVIRONMENT := $(VENV)/.installed $(if $(wildcard $(FRONTEND)/build.py),gateway/static/vendor/.built)

.PHONY: help run demo council-year environment test test-engines test-faults faults check format bench docs engines engines-status engines-stop clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(ENVIRONMENT) ## set up, then the whole platform on this machine with the sample councils (DATA=var/steward PORT=8000)
	@exec $(BIN)/steward up --demo --data $(DATA) --port $(PORT)

demo: $(ENVIRONMENT) ## set up, then play the whole journey through the public interfaces and check it
	@exec $(BIN)/steward demo

council-year: $(ENVIRONMENT) ## play a made-up year of Cheshire East (930 referrals, some two minutes) and check every count the platform reports
	@exec $(BIN)/steward simulate council-year --council cheshire-east --seed 7 --check

environment: $(ENVIRONMENT) ## create .venv and install everything that is locked

# eventlet patches a whole process, so what it serves and what it must not touch are separate sessions; a patched process cannot
# be one of several either. On real engines tests share one broker, so these are one process too.
test: $(ENVIRONMENT) ## run the tests that need no engine: unit, contract, architecture, documentation, component, e2e
	@$(LOCAL)/test_session "unit" tests/unit -- -m "$(NO_ENGINES)" $(SHARED) $(PYTEST_ARGS)
	@$(LOCAL)/test_session "contracts, architecture, documentation" tests/contract tests/architecture tests/documentation -- -m "$(NO_ENGINES)" $(SHARED) $(PYTEST_ARGS)
	@$(LOCAL)/test_session "components (eventlet)" tests/component -- -m "$(NO_ENGINES)" $(PYTEST_ARGS)
	@$(LOCAL)/test_session "end to end (real processes)" tests/e2e -- -m "$(NO_ENGINES)" $(SHARED) $(PYTEST_ARGS)

test-engines: $(ENVIRONMENT) ## run the tests that need the real engines and a browser (first: make engines)
	@$(LOCAL)/engine_session "adapters on real engines" tests/contract tests/integration -- -m "$(ENGINES)" $(PYTEST_ARGS)
	@$(LOCAL)/engine_session "components on real engines (eventlet)" tests/component -- -m "$(ENGINES)" $(PYTEST_ARGS)
	@$(LOCAL)/engine_session "end to end on real engines, and the browser" tests/e2e -- -m "$(ENGINES) or needs_browser" $(PYTEST_ARGS)

test-faults: $(ENVIRONMENT) ## attack whole platforms for some minutes: processes killed at every step, at random, restarted (first: make engines)
	@$(LOCAL)/engine_session "attacks on whole platforms" tests/faults -- $(PYTEST_ARGS)

# Lengths can be given, e.g. `make faults STEWARD_FAULTS_ROUNDS=20`.
faults: export STEWARD_FAULTS_ROUNDS ?= 200
faults: export STEWARD_FAULTS_SECONDS ?= 300
faults: export STEWARD_FAULTS_COMMANDS ?= 10000
faults: export STEWARD_FAULTS_REPLICAS ?= 3
faults: export STEWARD_FAULTS_SOAK ?= 1800
faults: export STEWARD_FAULTS_RESULTS := var/faults/long.jsonl
faults: $(ENVIRONMENT) ## attack whole platforms for hours, and write what came of it to docs/reliability.md (first: make engines)
	@rm -f $(STEWARD_FAULTS_RESULTS)
	@$(LOCAL)/engine_session "long attacks on whole platforms" tests/faults -- $(PYTEST_ARGS)
	@exec $(PYTHON) -m tests.faults --write

check: $(ENVIRONMENT) ## lint, formatting, types, architecture, installed versions, and events against those released
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTHON) -m pip check
	$(PYTHON) -m shared.documents.releases

format: $(ENVIRONMENT) ## put imports and layout into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(ENVIRONMENT) ## measure the speeds that docs promise, as ratios in one run
	@exec $(PYTHON) -m tests.performance $(BENCH)

docs: $(ENVIRONMENT) ## write the generated documents anew
	@exec $(PYTHON) -m shared.documents

engines: $(ENVIRONMENT) ## start RabbitMQ, a MongoDB-wire server and Elasticsearch for the tests, without containers
	@$(LOCAL)/engines up

engines-status: ## say which of the real engines run, and where
	@$(LOCAL)/engines status

engines-stop: ## stop the real engines (their downloads stay cached)
	@$(LOCAL)/engines down

clean: engines-stop ## remove what was installed or generated; the data folder and the download cache stay
	rm -rf $(VENV) var/engines var/ci build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf gateway/static/vendor $(FRONTEND)/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(LOCAL)/install_python $(VENV)
	@touch $@

gateway/static/vendor/.built: $(VENV)/.installed $(addprefix $(FRONTEND)/,package.json package-lock.json build.py)
	@echo "==> fetching the locked front-end packages and building styles and scripts"
	@$(PYTHON) -m gateway.frontend.build
	@touch $@
