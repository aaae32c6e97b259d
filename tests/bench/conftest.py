"""What the measurements share: the table, the program, the libraries, and the peers.

`make bench` measures everything, `PYTEST_ADDOPTS='-k storm' make bench` a part. sizes.py has what the
environment can say: `BENCH_FILES=1000 BENCH_REPEAT=1 make bench` is a try. Peers that are not
installed are left out, and so is what needs more watches than are allowed, unless root runs it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import corpus
from bench import machine, programs, sizes
from bench.daemon import Bench
from bench.peers import Mpd, instance
from bench.table import Table


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the table say what was left out or went wrong; so each measurement names the table first."""
    report = yield
    if not isinstance(item, pytest.Function) or report.when == "teardown" or not call.excinfo:
        return report
    table = item.funcargs.get("table")
    if isinstance(table, Table):
        why = call.excinfo.exconly().splitlines()[0]
        table.part(vars(item.module)["GROUP"]).missing(item.name.removeprefix("test_"), why)
    return report


@pytest.fixture(scope="session")
def table() -> Iterator[Table]:
    sizes.TOP.mkdir(exist_ok=True)
    table = Table(sizes.KEPT / "results.json")
    yield table
    sys.stdout.write(f"\n\n{table.told()}\n")


@pytest.fixture(scope="session")
def program() -> Path:
    """Return the daemon's program: this checkout's, or one that is installed already, from BENCH_PROGRAM."""
    sizes.KEPT.mkdir(exist_ok=True)
    given = os.environ.get("BENCH_PROGRAM")
    return Path(given) if given else programs.shelfd()


@pytest.fixture(scope="session")
def music() -> Path:
    """Return the library of music files, which is kept for the next run."""
    top = _kept(f"music{sizes.FILES}", lambda new: corpus.make(new, sizes.FILES))
    machine.warm(top)
    return top


@pytest.fixture(scope="session")
def forest() -> Iterator[Path]:
    """Return the library of very many directories, kept for the next run; as many watches are allowed meanwhile."""
    # shelfd takes half of what is allowed
    with machine.many_watches(sizes.DIRECTORIES * 5 // 2) as reason:
        if reason:
            pytest.skip(reason)
        yield _forest(sizes.DIRECTORIES)


@pytest.fixture(scope="session")
def grove() -> Path:
    """Return the library of few directories, which is kept for the next run."""
    return _forest(sizes.FEW_DIRECTORIES)


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a new directory on the file system of the libraries; gone afterwards."""
    with tempfile.TemporaryDirectory(dir=sizes.TOP, prefix="run-") as place:
        yield Path(place)


@pytest.fixture
def daemon_of(program: Path, place: Path) -> Iterator[Callable[[Path], Bench]]:
    """Return what makes a daemon for a library; it does not run yet."""
    with ExitStack() as stack:

        def made(library: Path) -> Bench:
            top = Path(tempfile.mkdtemp(dir=place))
            daemon = Bench(top, library, program)
            stack.callback(daemon.close)
            return daemon

        yield made


@pytest.fixture(scope="session")
def music_daemon(program: Path, music: Path) -> Iterator[Bench]:
    """Return the daemon whose catalog has the music library; it does not run."""
    yield from _catalogued(program, music)


@pytest.fixture(scope="session")
def forest_daemon(program: Path, forest: Path) -> Iterator[Bench]:
    """Return the daemon whose catalog has the library of very many directories; it does not run."""
    yield from _catalogued(program, forest)


@pytest.fixture(scope="session")
def mpd(music: Path) -> Iterator[Mpd | str]:
    """Return MPD with a full catalog of the music library, running; or why it is not there."""
    with instance(Mpd, music) as peer:
        if isinstance(peer, Mpd):
            peer.first_scan()
        yield peer


def _catalogued(program: Path, library: Path) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(dir=sizes.TOP, prefix="run-") as place:
        daemon = Bench(Path(place), library, program)
        try:
            daemon.begin_and_rest()
            daemon.stop()
            yield daemon
        finally:
            daemon.close()


def _forest(directories: int) -> Path:
    name = f"directories{directories}"
    top = _kept(name, lambda new: corpus.make_directories(new, directories))
    subprocess.run(["find", top, "-printf", ""], check=True)  # so that all are in memory
    return top


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return a library: the one of the last run, unless libraries are made in another way by now."""
    way = zlib.crc32(Path(corpus.__file__).read_bytes())
    top = sizes.TOP / f"{name}-{way:08x}"
    if not top.exists():
        for old in sizes.TOP.glob(f"{name}-*"):
            shutil.rmtree(old)
        new = sizes.TOP / f"{name}-new"
        make(new)
        new.rename(top)
    return top
