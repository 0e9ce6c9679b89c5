# Every target sets up what it needs: Python 3.11 or 3.12 and make are enough to start.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEV_INSTALLED := $(VENV)/.dev-installed
PEERS_INSTALLED := $(VENV)/.peers-installed
MUTATION_INSTALLED := $(VENV)/.mutation-installed
INFRA_VENV := .venv-infra
INFRA_INSTALLED := $(INFRA_VENV)/.installed
RUNTIME_VENV := .venv-runtime
RUNTIME_INSTALLED := $(RUNTIME_VENV)/.installed
# What Databricks Runtime 16.4 LTS brings, which nothing else may pin.
OF_RUNTIME := numpy|pandas|pyarrow|pydantic|pydantic-core|pyspark|py4j
# How every lock but the first is resolved: for the versions of Python that the product runs on.
LOCKING := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --upgrade
YEARS ?= all
# It would run all years.
ifeq ($(origin YEAR),command line)
$(error There is no YEAR. Give YEARS=$(YEAR), or a range as in YEARS=1990...1999)
endif
# And these would be targets, after it ran all years: make run 1999.
ifneq ($(filter 0% 1% 2% 3% 4% 5% 6% 7% 8% 9%,$(MAKECMDGOALS)),)
$(error Years are given as YEARS=$(filter-out run,$(MAKECMDGOALS)), or as a range: YEARS=1990...1999)
endif
RECORDS ?= ../shared/catalog
OPEN_WORLD ?= ../shared/open_world
GENERATED ?=
DECISIONS ?=
PORT ?= 3000

# Keep compiled Python files, whatever the shell's environment says: commands then start in half the time.
unexport PYTHONDONTWRITEBYTECODE

export DAGSTER_HOME ?= $(CURDIR)/.dagster

.PHONY: help setup setup-azure setup-dev run ui test test-slow test-scale test-runtime mutation coverage lint lock tables infra-check evaluate bench bench-scale bench-refresh readme screenshots clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(INSTALLED) ## Install what running needs into .venv

setup-azure: $(INSTALLED) ## Install what a lake or clusters in Azure need, too
	@./install.sh $(VENV) requirements-host.lock

setup-dev: $(DEV_INSTALLED) ## Install what tests and linters need, too

$(INSTALLED): requirements-run.lock pyproject.toml install.sh
	@PYTHON="$(PYTHON)" ./install.sh $(VENV) requirements-run.lock
	@touch $@

# Everything: the tests, the linters, and what resolves the other locks. The tests start Python
# many times, so it is compiled at once; for only running, that would cost a fifth more disk and some seconds.
$(DEV_INSTALLED): $(INSTALLED) requirements.lock
	@UV_COMPILE_BYTECODE=1 ./install.sh $(VENV) requirements.lock
	@touch $@

run: $(INSTALLED) ## Run the whole lakehouse: make run, or make run YEARS=1990...1999
	@$(BIN)/capstone run --years $(YEARS)

ui: $(INSTALLED) ## Start the Dagster web UI and daemon on loopback, port $(PORT)
	@$(BIN)/capstone ui --port $(PORT)

# A file of tests stays in one process, which shares its Spark session and its runs. Five on two cores:
# almost half of the time goes to waiting for servers that start, and for the daemon of Dagster. Files
# are handed out in the order of conftest.py.
test: $(DEV_INSTALLED) ## Run the tests
	@$(BIN)/pytest --numprocesses 5 --dist loadfile --no-loadscope-reorder

test-slow: $(DEV_INSTALLED) ## Run the trials that take minutes
	@$(BIN)/pytest -m slow

test-scale: $(DEV_INSTALLED) ## Run the trial at the size of the predecessor's run
	@$(BIN)/pytest -m scale

# Outside the runtime itself pandas 1.5.3 has no wheel for Python 3.12, so this uses 3.11.
$(RUNTIME_INSTALLED): $(DEV_INSTALLED) requirements-runtime.lock
	@python3.11 -m venv --clear $(RUNTIME_VENV)
	@$(RUNTIME_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-runtime.lock
	@$(RUNTIME_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

test-runtime: $(RUNTIME_INSTALLED) ## Run the transforms' tests with the pandas, pyarrow, numpy and pydantic of Databricks Runtime 16.4 LTS
	@$(RUNTIME_VENV)/bin/pytest capstone_assets_tests/matching capstone_assets_tests/quality \
	  capstone_assets_tests/ingest/test_responses.py capstone_assets_tests/ingest/test_rows.py capstone_assets_tests/lake/test_storage.py \
	  capstone_assets_tests/orchestration/test_checks.py

$(MUTATION_INSTALLED): $(DEV_INSTALLED) requirements-mutation.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-mutation.lock
	@touch $@

# Everything takes hours; it resumes where it stopped. `.venv/bin/mutmut show NAME` shows a surviving change.
mutation: $(MUTATION_INSTALLED) ## Change the rules of matching/ and quality/ one by one: make mutation ONLY="capstone_assets.matching.gate*"
	@$(BIN)/mutmut run $(ONLY)
	@$(BIN)/mutmut results

# coverage is in the lock of mutmut, which needs it. Tests that fail are reported, and what they ran counts.
coverage: $(MUTATION_INSTALLED) ## Report the lines that no test runs: make coverage ONLY=capstone_assets_tests/matching
	@$(BIN)/coverage erase
	@-$(BIN)/coverage run -m pytest $(ONLY)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --skip-covered --show-missing

lint: $(DEV_INSTALLED) ## Check format, lint, types, the borders between the rooms, and complexity
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

lock: $(DEV_INSTALLED) ## Resolve pyproject.toml again into the lock files
	@$(BIN)/uv pip compile pyproject.toml --extra local --extra azure --extra host --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --upgrade -o requirements.lock
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"])' \
	  | $(BIN)/uv pip compile - --constraints requirements.lock --no-emit-package duckdb --no-emit-package pyarrow \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet \
	  --upgrade -o requirements-bench.lock
	@echo mutmut | $(BIN)/uv pip compile - --constraints requirements.lock $(LOCKING) -o requirements-mutation.lock
	@$(BIN)/uv pip compile pyproject.toml --extra local --constraints requirements.lock $(LOCKING) -o requirements-run.lock
	@$(BIN)/uv pip compile pyproject.toml --extra local --extra azure --extra host --constraints requirements.lock $(LOCKING) -o requirements-host.lock
	@$(BIN)/uv pip compile pyproject.toml --extra azure --constraints requirements.lock --universal --python-version 3.12 --no-emit-index-url \
	  --no-annotate --no-header --quiet $$(sed -n 's/^\([a-z0-9.-]*\)==.*/--no-emit-package \1/p' infrastructure/databricks/runtime_packages.txt) \
	  -o infrastructure/databricks/cluster_libraries.txt
	@grep -oE '^[a-zA-Z0-9._-]+==[^ ;]+' requirements.lock | grep -vE '^($(OF_RUNTIME))==' > .runtime-constraints.txt
	@printf 'pytest\nhypothesis\nscikit-learn\n' | cat infrastructure/databricks/runtime.in - \
	  | $(BIN)/uv pip compile pyproject.toml - --extra local --constraints .runtime-constraints.txt $(LOCKING) -o requirements-runtime.lock
	@rm .runtime-constraints.txt
	@echo checkov | $(BIN)/uv pip compile - $(LOCKING) -o requirements-infra.lock
	@$(BIN)/uv pip compile infrastructure/functionapp/requirements.in --constraints requirements.lock $(LOCKING) \
	  -o infrastructure/functionapp/requirements.txt

# checkov pins its own dependencies, so it has an environment of its own.
$(INFRA_INSTALLED): $(DEV_INSTALLED) requirements-infra.lock
	@$(BIN)/python -m venv --clear $(INFRA_VENV)
	@$(INFRA_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-infra.lock
	@touch $@

tables: $(DEV_INSTALLED) ## Write the data dictionary, docs/tables.md, from the declarations
	@$(BIN)/python -m capstone_assets.lake.dictionary > docs/tables.md

infra-check: $(INFRA_INSTALLED) ## Examine everything under infrastructure/ without Azure
	@$(BIN)/python -m infrastructure.check
	@$(INFRA_VENV)/bin/checkov --directory infrastructure --framework bicep dockerfile secrets \
	  --skip-download --quiet --compact

# Only what the peers need beyond requirements.lock, whose versions they share.
$(PEERS_INSTALLED): $(DEV_INSTALLED) requirements-bench.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

evaluate: $(PEERS_INSTALLED) ## Measure links beside other ways: make evaluate, GENERATED=10000x30000, or by people's DECISIONS=file.csv
	@$(if $(DECISIONS),$(BIN)/capstone review --evaluate --decisions $(DECISIONS) --plots data/evaluation)
	@$(if $(DECISIONS),,$(BIN)/python -m benchmarks.evaluate --records $(RECORDS) --open-world $(OPEN_WORLD) $(if $(GENERATED),--generated $(GENERATED)))

bench: $(PEERS_INSTALLED) ## Time linking beside other ways, some minutes: make bench GENERATED=10000x30000
	@$(BIN)/python -m benchmarks.speed --generated $(or $(GENERATED),10000x30000)

bench-scale: $(PEERS_INSTALLED) ## The same with 100,000 films and 300,000 releases; WHOLE=1: 1,200,000 and 600,000, ours alone
	@$(BIN)/python -m benchmarks.speed --repeat 1 --generated $(if $(WHOLE),1200000x600000 --ways,100000x300000)

bench-refresh: $(DEV_INSTALLED) ## Time a refresh of one year beside a whole run: make bench-refresh GENERATED=100000x300000
	@$(BIN)/python -m benchmarks.refresh --generated $(or $(GENERATED),10000x30000)

readme: $(INSTALLED) ## Write the outputs that README.md shows, from a run of the bundled catalog
	@$(BIN)/capstone run
	@$(BIN)/python -m capstone_assets_tests.readme

screenshots: $(DEV_INSTALLED) ## Take the screenshots that README.md shows, after make run; needs chromium
	@$(BIN)/python -m capstone_assets_tests.screenshots

clean: ## Remove the lake, Dagster's history and caches; .venv stays
	@rm -rf data .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis build spark-warehouse
	@find .dagster -mindepth 1 ! -name dagster.yaml -delete
