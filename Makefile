# `make run` starts the app and `make test` checks everything; both set up what they need.
# A first set-up installs about a gigabyte into .venv and takes a minute or two.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input install -qq -c constraints.txt

.DELETE_ON_ERROR:
.PHONY: run test lint format bench proof gpu shots lock browser

run: $(VENV)/.app
	$(PY) -m app serve $(ARGS)

# Two processes, each on one thread: tests are mostly Python, which uses one core of a process.
test: lint browser
	OMP_NUM_THREADS=1 $(PY) -m pytest -q -m "not slow" -n 2 --dist loadgroup $(ARGS)

lint: $(VENV)/.test
	$(PY) -m ruff format --check --quiet .
	$(PY) -m ruff check --quiet .
	$(PY) -m mypy
	$(PY) -c "from importlinter.cli import lint_imports_command as run; run()"

format: $(VENV)/.test
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: $(VENV)/.test
	$(PY) -m pytest tests/benchmarks --benchmark-enable --benchmark-disable-gc -s $(ARGS)

proof: $(VENV)/.test
	$(PY) -m tests.proof $(ARGS)

gpu: $(VENV)/.test
	$(PY) -m tests.gpu $(ARGS)

shots: $(VENV)/.test browser
	$(PY) -m tests.browser.shots $(ARGS)

# Finds a Chromium and an nginx, or installs Debian's when it may. Without one the tests that need
# it are skipped and say why, so this never fails by itself.
browser: $(VENV)/.test
	@$(PY) -m tests.browser.chromium --install
	@$(PY) -m tests.proxy.nginx --install

# The stamps are written last, so a set-up that was cut short is noticed: without the first
# stamp the environment is built again from nothing, with it pip completes what is missing.
$(VENV)/.app: requirements.txt constraints.txt $(PY)
	@test -e $@ || { \
	  echo "Creating $(VENV) (only now: later starts are immediate)"; \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Collapse Lab needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
	    exit 1; }; \
	  $(PYTHON) -m venv --clear $(VENV); }
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.test: requirements-test.txt requirements-cluster.txt $(VENV)/.app
	$(PIP) -r requirements-test.txt
	@touch $@

# A missing or dangling interpreter (Python was removed or moved) voids the environment.
$(PY):
	@rm -f $(VENV)/.app $(VENV)/.test

# The local suffix of a CPU-only torch is cut, so that any build of that version satisfies it.
lock:
	@set -e; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	$(PYTHON) -m venv "$$dir/v"; \
	"$$dir/v/bin/python" -m pip --disable-pip-version-check install --quiet \
	  -r requirements.txt -r requirements-test.txt; \
	{ echo "# Exact versions of everything pip installs here, so that every machine gets the same." \
	    "Rebuilt by \`make lock\`."; \
	  "$$dir/v/bin/python" -m pip --disable-pip-version-check freeze \
	    | sed -E 's/^torch( @ .*torch-|==)([0-9.]+).*/torch==\2/'; } > "$$dir/constraints.txt"; \
	cp "$$dir/constraints.txt" constraints.txt
