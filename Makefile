# One line per chore. `make run` and `make test` install what they need; uv is found, or bootstrapped into .tools/.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

UV := $(shell command -v .tools/bin/uv || { uv --version >/dev/null 2>&1 && command -v uv; })
ifeq ($(UV),)
UV := .tools/bin/uv
endif
unexport VIRTUAL_ENV

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: install nlu  ## start everything: a browser page, or Telegram when TELEGRAM_BOT_TOKEN is set
	@exec $(UV) run --no-sync musafir run

test: install nlu  ## check the code and the content, then run all tests
	@$(UV) run --no-sync ruff check bot nlu/components nlu/comparison tests
	@$(UV) run --no-sync ruff format --check bot nlu/components nlu/comparison tests
	@$(UV) run --no-sync mypy
	@$(UV) run --no-sync musafir check
	@$(UV) run --no-sync musafir train
	@$(UV) run --no-sync pytest -n 2 -m "not rasa and not browser"
	@$(UV) run --no-sync pytest -n 2 --dist loadfile -m "rasa or browser"

fast: install  ## the tests that need neither Rasa nor a browser, in seconds
	@$(UV) run --no-sync pytest -q -n 2 -m "not slow and not rasa and not browser"

check: install  ## look for mistakes in content/, locales/ and contacts, and for known vulnerabilities
	@$(UV) run --no-sync musafir check
	@$(UV) run --no-sync python -m tests.audit

lint: install  ## ruff and mypy; `make lint FIX=--fix` mends what it can
	@$(UV) run --no-sync ruff check $(FIX) bot nlu/components nlu/comparison tests
	@$(UV) run --no-sync ruff format bot nlu/components nlu/comparison tests
	@$(UV) run --no-sync mypy

bench: install nlu  ## measure speed side by side; all of it, with training once: make bench FULL=1
	@$(UV) run --no-sync python -m tests.bench $(if $(FULL),train-stock train-large speed scale inside profile)
	@cd nlu && PYTHONPATH=.:.. RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 PYTHONWARNINGS=ignore SQLALCHEMY_SILENCE_UBER_WARNING=1 OMP_NUM_THREADS=1 $(abspath $(UV)) run --no-sync python -m comparison.parsing

bench-nlu: install nlu  ## compare pipelines: make bench-nlu FILES="a.csv b.csv"
	@$(UV) run --no-sync musafir train
	@cd nlu && PYTHONPATH=.:.. RASA_TELEMETRY_ENABLED=false $(abspath $(UV)) run --no-sync python -W ignore -m comparison $(abspath $(FILES))

topology: install nlu  ## nginx, two bots, two Rasas, PostgreSQL, Redis: kill each, measure sizes: make topology PARTS="kill scale"
	@$(UV) run --no-sync python -m tests.topology $(PARTS)

SECONDS ?= 60
fuzz: | $(UV)  ## look for input that breaks a promise: make fuzz SECONDS=60 TARGET=scrubbing (all, one after the other)
	@UV_PROJECT_ENVIRONMENT=var/fuzz/.venv nice $(UV) run --locked --group fuzz python -m tests.fuzz $(SECONDS) $(TARGET)

MESSAGES ?= 50000
MODE ?= polling
soak: install nlu  ## let 500 people write 50,000 messages, and see whether memory stays flat: make soak MESSAGES=5000 MODE=webhook
	@$(UV) run --no-sync python -m tests.soak --messages $(MESSAGES) --mode $(MODE)

pictures: install nlu  ## take the pictures of the README anew
	@MUSAFIR_PICTURES=tests/pictures $(UV) run --no-sync pytest -q tests/test_pictures.py tests/test_desk_browser.py

messages: install  ## collect the words of the interface into locales/
	@$(UV) run --no-sync pybabel -q extract -F babel.cfg -k gettext --no-location --no-wrap --project musafir --version 1 --copyright-holder Musafir -o locales/musafir.pot .
	@for language in ru kk ky tg uz; do \
	  $(UV) run --no-sync pybabel -q update -i locales/musafir.pot -d locales -D musafir -l $$language --no-wrap --no-fuzzy-matching --ignore-pot-creation-date; done

install: .venv/.installed
nlu: nlu/.venv/.installed

.venv/.installed: pyproject.toml uv.lock | $(UV)
	@echo "Installing the bot …"
	@$(UV) sync --locked --quiet
	@touch $@

nlu/.venv/.installed: nlu/pyproject.toml nlu/uv.lock | $(UV)
	@cd nlu && $(abspath $(UV)) python find >/dev/null 2>&1 || { echo "musafir: Python 3.10 is missing: Rasa needs it; install it (for example: pyenv install 3.10) and run make again" >&2; exit 1; }
	@echo "Installing Rasa in its own environment (2.5 GB, a few minutes the first time) …"
	@cd nlu && $(abspath $(UV)) sync --locked
	@touch $@

.tools/bin/uv:
	@echo "Installing uv into .tools/ …"
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "musafir: Python 3.11 or later is missing: install it and run make again" >&2; exit 1; }
	@python3 -m venv .tools && .tools/bin/pip install --quiet --disable-pip-version-check uv

.PHONY: help run test fast check lint bench bench-nlu topology fuzz soak pictures messages install nlu
