"""Who waits for what cannot start hears why."""

import subprocess
from pathlib import Path

import pytest

from running import PROGRAM, running


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({}, "the queue is paused: `shelfd resume` lets it go on"),
        (
            {"kind": "scan"},
            "operations of the kind scan are paused: `shelfd resume --kind scan` lets them go on",
        ),
    ],
    ids=["everything", "a kind"],
)
def test_who_waits_while_all_is_paused_is_told_so_and_goes_on_when_it_is_over(
    tmp_path: Path, what: dict[str, object], said: str
) -> None:
    with running(tmp_path) as daemon:
        daemon.post("/v1/queue/pause", what)
        waiting = subprocess.Popen(
            [*PROGRAM, "--socket", daemon.socket, "scan", "--wait"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr is not None

        heard = waiting.stderr.readline()
        daemon.post("/v1/queue/resume", what)

        out, more = waiting.communicate(timeout=40)
        assert (heard, more, waiting.returncode) == (f"{said}\n", "", 0)
        assert out.startswith("all libraries")
