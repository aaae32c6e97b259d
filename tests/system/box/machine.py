"""A machine with systemd and shelfd in it, for as long as a test needs it."""

import base64
import subprocess
from pathlib import Path
from typing import Self

from waiting import eventually

BOX = Path(__file__).parent
CHECKOUT = BOX.parents[2]


class Machine:
    """Runs commands in a booted container; see inside.sh for what passes between them."""

    def __init__(self) -> None:
        """Install and boot, which takes half a minute."""
        self._process = subprocess.Popen(
            ["bash", str(BOX / "outside.sh"), str(CHECKOUT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "booted\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._process.communicate(timeout=60)

    def try_(self, command: str) -> tuple[int, str]:
        """Return the exit status of a shell command and what it wrote."""
        assert self._process.stdin is not None
        self._process.stdin.write(base64.b64encode(command.encode()).decode() + "\n")
        self._process.stdin.flush()
        status, _, said = self._line().partition(" ")
        return int(status), base64.b64decode(said).decode(errors="backslashreplace")

    def run(self, command: str) -> str:
        """Return what a shell command wrote; it must succeed."""
        status, said = self.try_(command)
        assert status == 0, f"{command}: exit status {status}\n{said}"
        return said.strip()

    def until(self, command: str, within: float = 60.0) -> str:
        """Return what a shell command wrote when it succeeds at last."""

        def succeeded() -> str | None:
            status, said = self.try_(command)
            return said.strip() or command if status == 0 else None

        found = eventually(succeeded, within)
        assert found is not None
        return found

    def property(self, name: str, unit: str = "shelfd.service") -> str:
        """Return what systemd says of a unit: `ActiveState`, `MainPID`, `NRestarts`."""
        return self.run(f"systemctl show --property={name} --value {unit}")

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the machine went down with exit status {self._process.wait()}"
        return line
