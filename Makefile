# The commands to remember. Each does the set-up it needs, from nothing but Python 3.11 and make.
#
#   make demo         the tour: two registries, and every command at work, in less than a minute
#   make test         every test that needs nothing from outside       make check   lint, types, architecture
#   make interop      against programs written by others               make fix     format, and what lint can mend
#   make interop-all  against all of them                              make dev     the environment in .venv
#   make bench        side by side with them, as ratios                make docs    pages into build/docs
#   make clean        forget .venv and the caches                      make soak    copies killed half-way, at full size
#
# PYTHON=... picks the interpreter of the environment; PYTEST_ARGS=... is handed to pytest.

PYTHON ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
BIN := .venv/bin
# A peer is built once per version; OCITOOL_PEERS=DIR shares the binaries between checkouts.
OCITOOL_PEERS ?= $(CURDIR)/.peers
export OCITOOL_PEERS

.PHONY: dev demo check lint types architecture fix test interop interop-all bench docs clean soak
.DELETE_ON_ERROR:

dev: .venv/installed

# The stamp is a copy of pyproject.toml: a new time on the same text installs nothing.
.venv/installed: pyproject.toml
	@cmp -s $< $@ || { sh tests/environment.sh "$(PYTHON)" && cp $< $@; }
	@touch $@

# What it leaves to look at lies in build/demo.
demo: dev
	@$(BIN)/python -m docs.demo

check: lint types architecture

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev
	$(BIN)/mypy oci cli tests docs

architecture: dev
	$(BIN)/pytest tests/architecture $(PYTEST_ARGS)

fix: dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: dev
	@sh tests/system.sh docker-registry zsh fish gnupg
	$(BIN)/pytest tests --ignore=tests/interop --ignore=tests/bench $(PYTEST_ARGS)

interop: dev
	@sh tests/system.sh docker-registry skopeo umoci podman runc gnupg
	@$(BIN)/python tests/peers/build.py interop
	@$(BIN)/python -m tests.peers.sigstore_client
	$(BIN)/pytest tests/interop -m "not costly" $(PYTEST_ARGS)

interop-all: dev
	@sh tests/system.sh docker-registry skopeo umoci podman runc docker.io gnupg
	@$(BIN)/python tests/peers/build.py all
	@$(BIN)/python -m tests.peers.sigstore_client
	$(BIN)/pytest tests/interop $(PYTEST_ARGS)

# BENCH_ARGS="registry layout --rounds 3" runs some rows only, --long all and those that take minutes; see python -m
# tests.bench --help.
bench: dev
	@sh tests/system.sh skopeo umoci podman containerd
	@$(BIN)/python tests/peers/build.py bench
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

docs: dev
	$(BIN)/python docs/build.py

# Long fault runs, by hand; what they print is kept under docs/evidence.
soak: dev
	@$(BIN)/python tests/peers/build.py bench
	$(BIN)/python -m tests.soak
	$(BIN)/python -m tests.soak.storm

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
