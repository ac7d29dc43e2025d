# Wishmill: `make run` sets everything up, shows the demo market and serves; `make test` checks everything.

WISHES ?= 2000
SYSTEM_PYTHON := $(shell command -v python3.11 || command -v python3)
PYTHON := .venv/bin/python
BENCHES := $(patsubst tests/bench/bench_%.py,%,$(wildcard tests/bench/bench_*.py))

.PHONY: setup browser run demo codes serve test check bench lock stop

setup:
	@test -n "$(SYSTEM_PYTHON)" || { echo "setup: Python 3.11 is missing; on Debian 12: apt-get install python3" >&2; exit 2; }
	@$(SYSTEM_PYTHON) -B config/install.py

browser:
	@$(SYSTEM_PYTHON) -B config/install.py --browser

run: setup
	@$(PYTHON) manage.py demo --wishes $(WISHES) --serve

demo: setup
	@$(PYTHON) manage.py demo --wishes $(WISHES)

codes:
	@$(PYTHON) manage.py demo --codes

serve: setup
	@$(PYTHON) -m config.supervisor

stop:
	@$(PYTHON) -m config.supervisor stop

test: browser
	@$(PYTHON) -m config.checks

bench: $(addprefix bench-,$(BENCHES))

bench-%: setup
	@$(PYTHON) -m tests.bench.bench_$* $(ARGS)

lock:
	@$(PYTHON) -m config.requirements
