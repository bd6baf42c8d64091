# Sojourn. `make demo` shows it, `make test` proves it; both install what they need into this folder.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo dev test conformance live soak chaos check bench ui client golden history migrate clean
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
UV_VERSION := 0.13.9
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
CUSTOMERS ?= 100000
CASES ?= 10000
SEED ?= 1
UI_SOURCES := $(shell find ui/src ui/public -type f 2>/dev/null) $(wildcard ui/*.json ui/*.ts ui/*.html ui/.npmrc)
say = @printf '\033[2m· %s\033[0m\n' "$(1)"

help: ## What can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  \033[1mmake %-11s\033[0m %s\n", $$1, $$2}'

demo: .make/run .make/ui ## The grocer's journey for 100,000 customers, with everything real (CUSTOMERS=…)
	@$(BIN)/sojourn demo --customers $(CUSTOMERS) $(ARGS)

dev: .make/run .make/ui ## The local stack in one process: pages, API, worker, DuckDB, Temporal, sandbox
	@$(BIN)/sojourn dev $(ARGS)

test: check .make/chromium ## Every test: checks, unit, properties, scenarios, chaos, browser
	@cd ui && npm test --silent
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile $(ARGS)

conformance: .make/sail .make/sdks ## Every scenario, rule and fault on every engine; the ad platforms' clients on the sandbox
	@$(BIN)/python -m pytest -q --conformance tests/conformance tests/sojourn/test_processes.py tests/channels/test_official_sdks.py $(ARGS)

live: .make/dev ## Every scenario in the Databricks workspace of the settings, with a report
	@$(BIN)/python -m pytest -q -s --live tests/live $(ARGS)

soak: .make/dev ## Thousands of random journeys, engine against reference (CASES=10000 SEED=1 ARGS='-n 2')
	@SOJOURN_SOAK=$(CASES) SOJOURN_SEED=$(SEED) $(BIN)/python -m pytest -q -s tests/execution/test_reference.py $(ARGS)

chaos: .make/dev ## kill -9 at every boundary of waves and deliveries, and the loss of Temporal (about ten minutes)
	@SOJOURN_CHAOS=every $(BIN)/python -m pytest -q tests/chaos $(ARGS)

check: .make/dev .make/ui ## Style, types, import contracts
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo >.make/imports.txt || { cat .make/imports.txt; exit 1; }
	@cd ui && npm run --silent lint && npm run --silent typecheck

bench: .make/dev ## Ratios measured in one run: engine, members, e-mail, audience sync, warehouse
	@$(BIN)/python -m benchmarks $(ARGS)

ui: .make/ui ## Build the pages into ui/dist

client: .make/dev ## Regenerate ui/openapi.json and the typed client from the API
	@$(BIN)/python -m api.openapi > ui/openapi.json
	@cd ui/tools/apigen && npm ci --silent && npm run --silent generate

golden: .make/dev ## Rewrite the golden SQL; read the diff
	@$(BIN)/python -m pytest -q tests/execution/test_golden.py --rewrite-golden

history: .make/dev ## Record a workflow history for replay tests; needed when a workflow changes
	@$(BIN)/python -m pytest -q tests/workers/test_histories.py --record-histories

migrate: .make/run ## Bring the app database to the newest schema
	@$(BIN)/sojourn migrate

clean: ## Remove everything that was installed or built here
	@rm -rf $(VENV) .make ui/node_modules ui/dist ui/tools/apigen/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

.make/venv:
	@mkdir -p .make
	@if [ -z "$(PYTHON)" ]; then echo "Sojourn needs Python 3.11 or newer: install it, or name it with PYTHON=…" >&2; exit 1; fi
	$(call say,making a virtual environment with $(PYTHON))
	@$(PYTHON) -m venv --clear $(VENV) || { echo "Python cannot make virtual environments: install its venv package (Debian: python3-venv)" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.make/run: .make/venv requirements.txt pyproject.toml
	$(call say,installing Python packages (about 20 seconds))
	@$(UV) --require-hashes -r requirements.txt
	@echo "$(CURDIR)" > $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/sojourn.pth
	@printf '#!%s\nfrom sojourn.cli import main\nmain()\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/sojourn && chmod +x $(BIN)/sojourn
	@touch $@

.make/dev: .make/run requirements-dev.txt
	$(call say,installing test tools (about 20 seconds))
	@$(UV) --require-hashes -r requirements-dev.txt
	@touch $@

.make/sail: .make/dev requirements-sail.txt
	$(call say,installing Sail (about 20 seconds))
	@$(UV) --require-hashes -r requirements-sail.txt
	@touch $@

.make/sdks: .make/dev requirements-sdks.txt
	$(call say,installing the clients of the ad platforms (about 20 seconds))
	@$(UV) --require-hashes -r requirements-sdks.txt
	@touch $@

.make/node:
	@mkdir -p .make
	@command -v node >/dev/null && node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' || \
		{ echo "Sojourn's pages need Node.js 20 or newer: install it (nodejs.org, or your system's package)" >&2; exit 1; }
	@touch $@

.make/ui: .make/node $(UI_SOURCES)
	$(call say,installing and building the pages (about a minute the first time))
	@cd ui && npm ci --silent --no-audit --no-fund && npm run --silent build >../.make/ui-build.txt || { cat ../.make/ui-build.txt; exit 1; }
	@touch $@

.make/chromium:
	@mkdir -p .make
	@if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			printf '\033[2m· installing Chromium for the browser tests (about a minute)\033[0m\n'; \
			apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
		else echo "The browser tests need Chromium: install the package chromium, then run make test again" >&2; exit 1; fi; fi
	@touch $@
