"""What shells complete: words of shelfd, values of the daemon, paths."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import rows, tty
from fakes.daemon import Served
from fakes.terminal import environment, shelfd
from shelfd.core.operations import Kind, Step
from shelfd.core.paths import TOP, Place

NOWHERE = Path("/nowhere")


def installed(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which the command is called `shelfd`."""
    program = tmp_path / "bin" / "shelfd"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m shelfd "$@"\n')
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}"}


def completed(tmp_path: Path, socket: Path, *words: str) -> list[str]:
    """Return what bash suggests for the last of these words."""
    script = (
        'eval "$(shelfd completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));'
        ' _shelfd_completion shelfd; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    around = environment(SHELFD_SOCKET=str(socket), **installed(tmp_path))
    ran = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", "shelfd", *words],
        capture_output=True,
        text=True,
        check=True,
        env=around,
        timeout=50,
    )
    assert ran.stderr == ""
    return ran.stdout.split("\n")[:-1]


@pytest.mark.parametrize(
    ("words", "suggested"),
    [
        (["oper"], ["operations", "operation"]),
        (["che"], ["check"]),
        (["scan", "--f"], ["--full"]),
        (["operations", "--state", "c"], ["completed", "cancelled"]),
        (["find", "--kind", "al"], ["album"]),
        (["import", "--mode", "h"], ["hardlink"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["operation", ""], []),
        (["confirm", ""], []),
    ],
)
def test_bash_completes_what_is_known_without_a_daemon(
    tmp_path: Path, words: list[str], suggested: list[str]
) -> None:
    found = [word for word in completed(tmp_path, NOWHERE, *words) if word]

    assert found == suggested


def test_bash_completes_ids_and_names_that_the_daemon_knows(served: Served, tmp_path: Path) -> None:
    rows.filed(served.daemon, b"a.mkv", b"A/A.mkv")
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))
    words = {
        ("operation", ""): ["2", "1"],
        ("events", "--operation", "1"): ["1"],
        ("undo", ""): ["1"],
        ("scan", "--after", ""): ["2"],
        ("cancel", ""): ["2"],
        ("confirm", "m"): ["movies"],
    }

    for number, (typed, suggested) in enumerate(words.items()):
        (tmp_path / str(number)).mkdir()
        assert completed(tmp_path / str(number), served.path, *typed) == suggested


def test_the_socket_on_the_command_line_is_asked(served: Served, tmp_path: Path) -> None:
    words = ("--socket", str(served.path), "confirm", "m")

    assert completed(tmp_path, NOWHERE, *words) == ["movies"]


def test_a_name_that_is_suggested_is_one_word_that_means_itself(
    served: Served, tmp_path: Path
) -> None:
    name = "A $(touch owned) *'; b"
    shelfd(served.path, "hold", str(served.daemon.inbox / name))

    found = completed(tmp_path, served.path, "release", "")
    said = subprocess.run(
        ["bash", "--norc", "-c", f"printf %s {found[0]}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert len(found) == 1
    assert said.stdout == str(served.daemon.inbox / name)
    assert not (tmp_path / "owned").exists()


def test_bash_at_work_completes_a_command_and_a_path(tmp_path: Path) -> None:
    (tmp_path / "Some Album").mkdir()
    around = {**installed(tmp_path), "PS1": "ready> ", "HOME": str(tmp_path)}
    with tty.program(["bash", "--norc", "--noprofile", "-i"], around) as terminal:
        terminal.until("ready> ")
        terminal.press(b'eval "$(shelfd completion bash)"; echo loaded $?\r')
        terminal.until("loaded 0")
        terminal.press(b"shelfd statu\t")
        terminal.until("shelfd status ")
        terminal.press(b"\x15shelfd why ~/Some\t")
        terminal.until("shelfd why ~/Some\\ Album/")
        terminal.press(b"\x15exit\r")
        assert terminal.ended() == 0


@pytest.mark.parametrize(
    ("shell", "told"),
    [("zsh", "plain\nstatus\nIs it well"), ("fish", "plain,status\tIs it well")],
)
def test_other_shells_are_told_what_each_command_does(shell: str, told: str) -> None:
    word = "1" if shell == "zsh" else "stat"  # fish says the word itself
    asked = f"{shell}_complete"

    ran = shelfd(NOWHERE, _SHELFD_COMPLETE=asked, COMP_WORDS="shelfd stat", COMP_CWORD=word)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(told)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_read_its_script(tmp_path: Path, shell: str) -> None:
    ran = shelfd(NOWHERE, "completion", shell)
    (tmp_path / "script").write_text(ran.out)

    assert (ran.code, ran.err) == (0, "")
    assert f"_SHELFD_COMPLETE={shell}_complete" in ran.out
    if shutil.which(shell) is not None:
        subprocess.run([shell, "-n", tmp_path / "script"], check=True)


def test_a_shell_that_is_not_known_is_wrong_usage() -> None:
    assert shelfd(NOWHERE, "completion", "tcsh").code == 2
