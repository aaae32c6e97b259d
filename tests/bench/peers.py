"""Programs that do part of the same: each as a private instance, on a Unix socket or in a network of its own."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from bench.machine import until

SCAN_S = 900


class MissingError(Exception):
    """The program is not there, or cannot run here; says why."""


class Peer(ABC):
    """One program on one library, with a catalog of its own that it begins empty."""

    needs: ClassVar[tuple[str, ...]]

    def __init__(self, library: Path) -> None:
        """Take a place for the instance; MissingError when it cannot run here."""
        for program in self.needs:
            if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
                raise MissingError(f"{program} is not installed")
        self.library = library
        # not in the directories of the run: the path of a socket has 107 bytes at the most
        self.place = Path(tempfile.mkdtemp(prefix="shelfd-bench"))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def first_scan(self) -> float:
        """Start with an empty catalog; return the seconds until it is full."""
        self.halt()
        shutil.rmtree(self.place)
        self.place.mkdir()
        began = time.perf_counter()
        self.start()
        until(lambda: self._alive() and self.is_filled(), SCAN_S)
        return time.perf_counter() - began

    def halt(self) -> None:
        """End this instance, and no other."""
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def close(self) -> None:
        self.halt()
        shutil.rmtree(self.place, ignore_errors=True)

    @abstractmethod
    def start(self) -> None:
        """Begin the process, with the catalog that there is."""

    @abstractmethod
    def is_filled(self) -> bool:
        """Say whether the scan is over; whatever goes wrong before it can be asked is an OSError."""

    @abstractmethod
    def rescan(self) -> float:
        """Have everything looked at again; return the seconds."""

    def _spawn(self, *command: str, environment: dict[str, str] | None = None) -> None:
        with (self.place / "output").open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={
                    **os.environ,
                    "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
                    **(environment or {}),
                },
            )

    def _alive(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.place / "output").read_text(errors="replace")
        return True

    def _connected(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(SCAN_S)
        try:
            client.connect(str(self.place / "socket"))
        except OSError:
            client.close()
            raise
        return client


class Mpd(Peer):
    """MPD, which watches by itself (`auto_update`) and looks at everything on `update`."""

    needs: ClassVar[tuple[str, ...]] = ("mpd",)

    def start(self) -> None:
        config = self.place / "mpd.conf"
        settings = {
            "music_directory": self.library,
            "db_file": self.place / "database",
            "state_file": self.place / "state",
            "log_file": self.place / "log",
            "bind_to_address": self.place / "socket",
            "auto_update": "yes",
            "zeroconf_enabled": "no",
        }
        lines = [f'{key} "{value}"\n' for key, value in settings.items()]
        config.write_text("".join(lines) + 'audio_output {\n type "null"\n name "null"\n}\n')
        self._spawn("mpd", "--no-daemon", str(config))

    def is_filled(self) -> bool:
        with contextlib.suppress(OSError):
            return self.songs() > 0 and self._is_idle()
        return False

    def is_answering(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(self._ask("status"))
        return False

    def songs(self) -> int:
        return int(self._ask("stats").get("songs", 0))

    def rescan(self) -> float:
        began = time.perf_counter()
        self._ask("update")
        return until(self._is_idle, SCAN_S) - began

    def _is_idle(self) -> bool:
        return "updating_db" not in self._ask("status")

    def _ask(self, command: str) -> dict[str, str]:
        with self._connected() as client, client.makefile("rwb") as stream:
            stream.readline()
            stream.write(f"{command}\n".encode())
            stream.flush()
            answer = {}
            while (said := stream.readline()) not in (b"OK\n", b""):
                key, _, value = said.decode(errors="replace").rstrip("\n").partition(": ")
                answer[key] = value
            return answer


class Minidlna(Peer):
    """MiniDLNA, which reads its library at the start and has no way of being asked."""

    needs: ClassVar[tuple[str, ...]] = ("minidlnad", "unshare", "ip")

    def __init__(self, library: Path) -> None:
        if os.geteuid() != 0:
            raise MissingError("it listens on all addresses, and only root can give it a network")
        super().__init__(library)

    def start(self) -> None:
        config = self.place / "minidlna.conf"
        config.write_text(
            f"port=18200\nnetwork_interface=lo\nmedia_dir={self.library}\ndb_dir={self.place}\n"
            f"log_dir={self.place}\ninotify=yes\nfriendly_name=measured\n"
        )
        self._launch(config)

    def is_filled(self) -> bool:
        return self._finished() > 0

    def rescan(self) -> float:
        """Start it again with -r, which looks at everything and keeps what it has."""
        self.halt()
        before = self._finished()
        began = time.perf_counter()
        self._launch(self.place / "minidlna.conf", "-r")
        return until(lambda: self._alive() and self._finished() > before, SCAN_S) - began

    def _launch(self, config: Path, *options: str) -> None:
        command = ["minidlnad", "-S", *options, "-f", str(config), "-P", str(self.place / "pid")]
        script = 'ip link set lo up; exec "$@"'
        self._spawn("unshare", "--net", "sh", "-c", script, "sh", *command)

    def _finished(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            log = (self.place / "minidlna.log").read_text(errors="replace")
            return log.count("Finished parsing playlists")
        return 0


class Watchman(Peer):
    """Watchman, which knows names, sizes and times, and nothing of what is in a file."""

    needs: ClassVar[tuple[str, ...]] = ("watchman",)

    def start(self) -> None:
        self._spawn(
            *("watchman", "--foreground", f"--sockname={self.place}/socket"),
            *(f"--logfile={self.place}/log", f"--pidfile={self.place}/pid"),
            f"--statefile={self.place}/state",
            environment={"WATCHMAN_CONFIG_FILE": str(self.place / "none.json")},
        )

    def is_filled(self) -> bool:
        with contextlib.suppress(OSError):
            self._ask("watch", str(self.library))
            return bool(self._files())
        return False

    def rescan(self) -> float:
        began = time.perf_counter()
        self._ask("debug-recrawl", str(self.library))
        self._files()
        return time.perf_counter() - began

    def _files(self) -> Sequence[str]:
        wish = {"expression": ["type", "f"], "fields": ["name"], "sync_timeout": 280_000}
        files: Sequence[str] = self._ask("query", str(self.library), wish).get("files", ())
        return files

    def _ask(self, *command: object) -> dict[str, Any]:
        with self._connected() as client, client.makefile("rwb") as stream:
            stream.write(json.dumps(command).encode() + b"\n")
            stream.flush()
            answer: dict[str, Any] = json.loads(stream.readline() or b"{}")
            return answer


P = TypeVar("P", bound=Peer)


@contextlib.contextmanager
def instance(kind: type[P], library: Path) -> Iterator[P | str]:
    """Yield a peer that does not run yet and is gone afterwards, or why it cannot be here."""
    try:
        peer = kind(library)
    except MissingError as error:
        yield str(error)
        return
    try:
        yield peer
    finally:
        peer.close()


class Beets:
    """beets, a program for the command line: each command is a process."""

    def __init__(self, library: Path, program: Path) -> None:
        self._library = library
        self._program = program
        self._place = Path(tempfile.mkdtemp(prefix="shelfd-bench"))
        (self._place / "config.yaml").write_text(
            f"directory: {library}\nlibrary: {self._place}/library.db\nplugins: []\n"
            "import:\n  copy: no\n  write: no\n  resume: no\n  incremental: no\n  quiet: yes\n"
        )

    def first_scan(self) -> float:
        """Return the seconds of an import that neither asks the network nor touches a file."""
        return self._timed("import", "-A", "-C", "-W", "-q", str(self._library))

    def rescan(self) -> float:
        return self._timed("update")

    def items(self) -> int:
        return self._beet("ls").stdout.count(b"\n")

    def close(self) -> None:
        shutil.rmtree(self._place)

    def _timed(self, *arguments: str) -> float:
        began = time.perf_counter()
        self._beet(*arguments)
        return time.perf_counter() - began

    def _beet(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self._program, *arguments],
            env={**os.environ, "BEETSDIR": str(self._place), "HOME": str(self._place)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
