"""The programs that are measured, each from an environment of its own without anything that tests need."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.sizes import KEPT

ROOT = Path(__file__).parents[2]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
SOURCES = ("pyproject.toml", "README.md", "LICENSE")


def shelfd() -> Path:
    """Install shelfd as it is now, with the versions of constraints.txt; return the program."""
    environment = KEPT / "venv"
    _make(environment)
    constraints = str(ROOT / "constraints.txt")
    with tempfile.TemporaryDirectory() as place:
        # a copy, for setuptools leaves its traces where it builds
        for name in SOURCES:
            shutil.copy(ROOT / name, place)
        shutil.copytree(ROOT / "daemon" / "shelfd", Path(place, "daemon", "shelfd"))
        _run(*PIP, "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", place, place)
        wheel = str(next(Path(place).glob("*.whl")))
        install = [*PIP, "--python", str(environment), "install", "--constraint", constraints]
        _run(*install, wheel)
        # the version does not change with every edit
        _run(*install, "--force-reinstall", "--no-deps", wheel)
    return environment / "bin" / "shelfd"


def beets() -> Path:
    """Install beets, once; return the program. CalledProcessError says in `stderr` why that is impossible."""
    environment = KEPT / "beets"
    program = environment / "bin" / "beet"
    if not program.exists():
        _make(environment)
        _run(*PIP, "--python", str(environment), "install", "beets")
    return program


def watch_c() -> Path:
    """Compile the program that plants watches in C; return it. FileNotFoundError without a compiler."""
    program = KEPT / "watch"
    _run("gcc", "-O2", "-o", str(program), str(Path(__file__).with_name("watch.c")))
    return program


def _make(environment: Path) -> None:
    if not (environment / "bin" / "python").exists():
        _run(sys.executable, "-m", "venv", "--without-pip", str(environment))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
