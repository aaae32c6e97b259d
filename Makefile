# shelfd from a checkout, with nothing but Python 3.11 or later: `make run`, `make test`.

PYTHON = python3
VENV = .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check
TRY = try
# Of `make crash`: 5 takes each fifth.
EVERY = 1

# Named for Debian and Ubuntu: what `make system` needs beside Python.
SYSTEM_PACKAGES = bindfs btrfs-progs curl exfat-fuse exfatprogs ffmpeg iproute2 kodi mergerfs minidlna mpd procps strace
SYSTEM_PACKAGES += systemd-container xfsprogs xvfb

.DELETE_ON_ERROR:
.PHONY: help run test check system crash bench clean

help:
	@echo "make run     the daemon in the foreground, on $(TRY)/inbox and $(TRY)/library"
	@echo "make test    the test suite"
	@echo "make check   style, types, layers, dead code"
	@echo "make system  tests against real mounts and a real systemd; as root"
	@echo "make crash   kills and power cuts at every change of files, not a sample as in \`make system\`: an hour or more; as root"
	@echo "make bench   measurements"
	@echo "make clean   remove $(VENV) and what tools left behind, but not $(TRY)"

run: $(VENV)/installed
	@mkdir -p $(TRY)/inbox $(TRY)/library $(TRY)/state
	@echo
	@echo "shelfd runs until ^C. Drop a film, an episode, an album, an audiobook or a book into $(TRY)/inbox"
	@echo "and find it in $(TRY)/library. In another terminal, see what it is doing:"
	@echo
	@echo "    $(VENV)/bin/shelfd --socket $(TRY)/state/shelfd.sock status"
	@echo
	@exec $(VENV)/bin/shelfd run --inbox $(TRY)/inbox --library $(TRY)/library \
	  --state $(TRY)/state --socket $(TRY)/state/shelfd.sock

test: $(VENV)/installed-for-tests
	$(VENV)/bin/pytest

check: $(VENV)/installed-for-tests
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/vulture

system: $(VENV)/installed-for-tests
	@test "$$(id -u)" = 0 || { echo "make system mounts file systems and boots a systemd: run it as root"; exit 1; }
	dpkg --status $(SYSTEM_PACKAGES) >/dev/null 2>&1 || { apt-get update && \
	  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $(SYSTEM_PACKAGES); }
	PATH="$$PATH:/usr/sbin:/sbin" $(VENV)/bin/pytest -m system -p no:cacheprovider -o faulthandler_timeout=0 tests/system

crash: $(VENV)/installed-for-tests
	PATH="$$PATH:/usr/sbin:/sbin" KILL_POINTS_EVERY=$(EVERY) POWER_CUTS_EVERY=$(EVERY) $(VENV)/bin/pytest -m system -rP \
	  -p no:cacheprovider -o faulthandler_timeout=0 tests/system/test_kill_points.py tests/system/test_power_cuts.py

bench: $(VENV)/installed-for-tests
	$(VENV)/bin/pytest -s -p no:cacheprovider --timeout 1800 -o faulthandler_timeout=0 -o python_files='bench_*.py' tests/bench

clean:
	rm -rf $(VENV) build dist daemon/shelfd.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache .bench
	find daemon tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Editable, so that an edit needs no second installation. setuptools comes first and from constraints.txt:
# left alone, pip would build with whatever is newest today.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "shelfd needs Python 3.11 or later, $(PYTHON) is " + sys.version)'
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV) || { echo "on Debian and Ubuntu: apt install python3-venv"; rm -rf $(VENV); exit 1; }
	$(PIP) install --quiet --constraint constraints.txt 'setuptools>=77'
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable .
	touch $@

$(VENV)/installed-for-tests: $(VENV)/installed
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[test]'
	touch $@
