# Two commands for a fresh clone: make demo, make test.
# They need only python3 (3.11 or newer) with venv and pip.
PYTHON ?= python3
PIP := .venv/bin/pip -qq --disable-pip-version-check
# Where this is set, as in many containers, each command would compile edgecheck anew, which takes
# three times as long as the command itself. The tests start thousands, which keep no bytecode, so
# that they change nothing here: it is written before.
unexport PYTHONDONTWRITEBYTECODE
COMPILE := -m compileall -q edgecheck

.PHONY: bench-silence
.PHONY: demo test test-lowest coverage lint docs bench bench-fleet field fuzz soak log-speed
.PHONY: messages release clean monitor-cost try-monitor

demo: .venv/installed
	@.venv/bin/edgecheck doctor --demo
	@echo; echo "And one that fails: a backend that does not accept the secret."; echo
	@.venv/bin/edgecheck doctor --demo --fault auth-secret-rejected || true
	@echo; echo "The same for your own settings: .venv/bin/edgecheck init, then doctor"

# Monitor, Prometheus and Alertmanager on loopback, and an alert that names its cause.
try-monitor: .venv/installed
	@.venv/bin/python deploy/try.py $(ARGUMENTS)

# Tests mostly wait, so more of them run at once than there are cores.
# make test WORKERS=0 runs them one after the other.
WORKERS ?= 4
# A file's tests stay together, because what they share (servers, clients that wait) is made once in
# each process.
SHARED_OUT := --numprocesses $(WORKERS) --dist loadscope
test: .venv/installed-test
	@.venv/bin/python $(COMPILE)
	@.venv/bin/python -m pytest $(SHARED_OUT) $(ARGUMENTS)

# The tests, with the lowest version of every dependency that pyproject.toml allows.
test-lowest: .venv/installed-dev
	@.venv/bin/uv venv --quiet --clear --python .venv/bin/python .venv/lowest
	@.venv/bin/uv pip install --quiet --python .venv/lowest/bin/python \
	  --resolution lowest-direct --editable '.[test]'
	@.venv/lowest/bin/python -m pytest $(SHARED_OUT) $(ARGUMENTS)

# It fails if the coverage of branches, in percent, is below these two figures. Raise them whenever
# you can, and never lower them. Pure modules can be tested with values alone, so they have a figure
# of their own. Left out are tests that measure memory or time, because coverage.py would change
# what they measure, and tests of other programs.
COVERED := 97.2
COVERED_PURE := 100
# Those that the contracts of pyproject.toml call pure, in the way that coverage.py names files.
PURE = $(shell .venv/bin/python -c "import tomllib; \
  contracts = tomllib.load(open('pyproject.toml', 'rb'))['tool']['importlinter']['contracts']; \
  pure = [each for one in contracts if 'pure' in one['name'].lower() \
    for each in one['source_modules']]; \
  print(','.join(f'{path}.py,{path}/*' for path in (each.replace('.', '/') for each in pure)))")
UNMEASURED := $(addprefix --ignore=tests/,agent/test_soak.py cli/test_startup.py fuzz \
  render/test_browser.py snippets/test_by_hand.py snippets/test_clients.py \
  snippets/test_profiles.py test_huge_input.py)
# If root runs the tests, some start edgecheck as somebody who may write nowhere else. A
# program that is killed while it writes leaves a file that cannot be read: combine leaves it out.
coverage: .venv/installed-coverage
	@.venv/bin/python $(COMPILE)
	@mkdir -p .venv/coverage && chmod 1777 .venv/coverage
	@.venv/bin/coverage erase
	@.venv/bin/coverage run -m pytest $(SHARED_OUT) \
	  $(UNMEASURED) $(ARGUMENTS)
	@.venv/bin/coverage combine --quiet
	@echo "The pure modules, at least $(COVERED_PURE) %:"
	@.venv/bin/coverage report --fail-under=$(COVERED_PURE) --include='$(PURE)'
	@echo "All modules, at least $(COVERED) %:"
	@.venv/bin/coverage report --fail-under=$(COVERED)

lint: .venv/installed-dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/mypy --platform win32
	@.venv/bin/mypy --python-version 3.14
	@.venv/bin/lint-imports --no-cache

# Write what is made of something else: docs/problems.md, the files of edgecheck/snippets,
# docs/profile.schema.json, the example screen in README.md, and the rules of Prometheus in the form
# that its operator takes.
docs: .venv/installed
	@.venv/bin/python -m edgecheck.render.problems > docs/problems.md
	@.venv/bin/python tests/snippets/write_files.py
	@.venv/bin/edgecheck profile --schema > docs/profile.schema.json
	@cd deploy/kubernetes && { sed '/^spec:/q' prometheusrule.yaml; \
	  sed -n '/^groups:/,$$ s/^\(.\)/  \1/p; /^$$/p' ../prometheus/rules.yml; } > made.yaml && \
	  mv made.yaml prometheusrule.yaml
	@.venv/bin/python tests/project/readme_screen.py

# edgecheck is installed again each time: not editable and without what the tests need, like the
# installation of a user.
bench: .venv/installed .venv/installed-bench
	@.venv/bench/edgecheck/bin/pip -qq --disable-pip-version-check install \
	  --force-reinstall --no-deps .
	@.venv/bin/python benchmarks/bench.py

# As root: make bench-silence ARGUMENTS='--only proxy'
bench-silence: .venv/installed-test
	@.venv/bin/python benchmarks/silent_ways.py $(ARGUMENTS)

# make bench-fleet ARGUMENTS='--agents 200 --sample 40 --many 10000 --print'
bench-fleet: .venv/installed-test
	@.venv/bin/python benchmarks/fleet.py $(ARGUMENTS)

# make fuzz SECONDS=600
SECONDS ?= 120
fuzz: .venv/installed-fuzz
	@.venv/bin/python benchmarks/fuzz.py --seconds $(SECONDS) $(ARGUMENTS)

# make soak MINUTES=1
MINUTES ?= 10
soak: .venv/installed-test
	@.venv/bin/python benchmarks/soak.py --minutes $(MINUTES) $(ARGUMENTS)
	@.venv/bin/python benchmarks/kills.py
	@.venv/bin/python benchmarks/killed_writes.py
	@.venv/bin/python benchmarks/under_systemd.py

# Real servers, in an environment of their own, in the situations that people meet.
FIELD := uvicorn fastapi falcon quart hypercorn daphne django sanic tornado aiohttp gunicorn flask \
  websockets wsproto litestar granian flask-sock waitress cheroot
# Those that CI leaves out.
FURTHER := blacksheep robyn socketify microdot cherrypy ws4py gevent-websocket eventlet autobahn \
  trio-websocket picows websocket-server python-socketio channels
field: .venv/installed-test
	@$(PYTHON) -m venv .venv/field
	@.venv/field/bin/pip -qq --disable-pip-version-check install $(FIELD) \
	  $(if $(findstring --check,$(ARGUMENTS)),,$(FURTHER))
	@.venv/bin/python benchmarks/field.py --python .venv/field/bin/python $(ARGUMENTS)

# Processor time and memory of monitor. make monitor-cost AGENTS=2000 ARGUMENTS="--seconds 30"
AGENTS ?= 2000
monitor-cost: .venv/installed-test
	@.venv/bin/python benchmarks/monitor_cost.py --keep --agents $(AGENTS) $(ARGUMENTS)

# make log-speed MEGABYTES=100
MEGABYTES ?= 1000
log-speed: .venv/installed-test
	@.venv/bin/python benchmarks/log_speed.py --megabytes $(MEGABYTES)

# Run the client libraries that are installed here against each fault. NODE_PATH names the folder
# with ws and undici.
messages: .venv/installed-test
	@.venv/bin/python benchmarks/collect_messages.py

# make release VERSION=0.2.0
release: .venv/installed-dev
	@.venv/bin/python release/release.py $(VERSION)

clean:
	@rm -rf .venv dist

# If a step fails, .venv is removed: make would take an incomplete one for a complete one.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "edgecheck needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one:  make $(or $(MAKECMDGOALS),demo) PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# The files that record what is installed are inside .venv, so removing it removes them too.
.venv/installed: pyproject.toml | .venv/bin/python
	@echo "Installing edgecheck into .venv" >&2
	@$(PIP) install --editable '.[logs]' 2>/dev/null || $(PIP) install --editable .
	@touch $@

.venv/installed-test: pyproject.toml | .venv/bin/python
	@echo "Installing edgecheck and what its tests need into .venv" >&2
	@$(PIP) install --editable '.[test]'
	@touch $@ .venv/installed

.venv/installed-coverage: pyproject.toml | .venv/bin/python
	@echo "Installing edgecheck and what measures its coverage into .venv" >&2
	@$(PIP) install --editable '.[coverage]'
	@touch $@ .venv/installed-test .venv/installed

.venv/installed-fuzz: pyproject.toml | .venv/bin/python
	@echo "Installing edgecheck and what fuzzing needs into .venv" >&2
	@$(PIP) install --editable '.[fuzz]'
	@touch $@ .venv/installed-test .venv/installed

.venv/installed-dev: pyproject.toml | .venv/bin/python
	@echo "Installing edgecheck and what its checks need into .venv" >&2
	@$(PIP) install --editable '.[dev]'
	@touch $@ .venv/installed-test .venv/installed

# A program to compare edgecheck with may be missing: then the table of results says so.
.venv/installed-bench: pyproject.toml | .venv/bin/python
	@echo "Installing edgecheck, and what it is compared with, into .venv/bench" >&2
	@$(PYTHON) -m venv .venv/bench/edgecheck
	@.venv/bench/edgecheck/bin/pip -qq --disable-pip-version-check install .
	-@$(PYTHON) -m venv .venv/bench/httpie && \
	  .venv/bench/httpie/bin/pip -qq --disable-pip-version-check install httpie
	-@command -v npm >/dev/null && \
	  npm install --silent --no-audit --no-fund --no-update-notifier \
	    --prefix .venv/bench/node wscat >/dev/null
	@touch $@
