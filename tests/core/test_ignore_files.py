"""Ignore files mean what they mean to git; an empty one hides its directory."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core import gitignore
from shelfd.core.ignore_files import Rules
from shelfd.core.paths import TOP, RelPath

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rules(text: str, directory: bytes = b"") -> Rules:
    return Rules.none.under(RelPath(directory), {b".ignore": text.encode()})


def seen(found: Rules, path: str) -> bool:
    """Say whether a walk from the top comes to a path; one that ends in `/` is a directory."""
    parts = path.rstrip("/").split("/")
    return not any(
        found.reason(
            RelPath("/".join(parts[:end]).encode("utf-8", "surrogateescape")),
            directory=end < len(parts) or path.endswith("/"),
        )
        for end in range(1, len(parts) + 1)
    )


@pytest.mark.parametrize(
    ("text", "hidden", "shown"),
    [
        ("foo", ["foo", "foo/", "a/foo", "a/b/foo/x"], ["foob", "afoo", "FOO", "a/foob"]),
        ("foo/", ["foo/", "foo/x", "a/foo/x"], ["foo", "a/foo"]),
        ("/foo", ["foo", "foo/x"], ["a/foo"]),
        ("a/foo", ["a/foo", "a/foo/x"], ["foo", "b/a/foo"]),
        ("*.mp3", ["x.mp3", "a/x.mp3", ".mp3"], ["x.mp3a", "mp3"]),
        ("a*c/x?", ["abc/xy", "ac/xy"], ["a/c/xy", "abc/x"]),
        ("**/foo", ["foo", "a/foo", "a/b/foo"], ["foob"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "x/a/b"]),
        ("foo/**", ["foo/x", "foo/a/x"], ["foo/", "a/foo/x"]),
        ("a/**/", ["a/b/", "a/b/x"], ["a/x", "a/"]),
        ("[ab]x", ["ax", "bx"], ["cx", "[ab]x"]),
        ("[!ab]x", ["cx"], ["ax", "x"]),
        ("[^ab]x", ["cx"], ["bx"]),
        ("[a-c]x", ["bx"], ["dx", "-x"]),
        ("[]-]x", ["]x", "-x"], ["ax"]),
        ("[[:digit:]_]x", ["7x", "_x"], ["ax", ":x"]),
        ("x[!a]y", ["xby"], ["x/y"]),
        (r"\#a", ["#a"], ["a"]),
        (r"\!a", ["!a"], ["a"]),
        (r"\*", ["*"], ["a"]),
        ("a\\ ", ["a "], ["a"]),
        ("a   ", ["a"], ["a   "]),
        ("a\r\nb\r\n", ["a", "b"], ["c"]),
        ("\ufeffa", ["a"], ["b"]),
        ("# a\n\nb", ["b"], ["# a", "a"]),
        ("*.mp3\n!keep.mp3", ["x.mp3"], ["keep.mp3", "a/keep.mp3"]),
        ("!keep.mp3\n*.mp3", ["keep.mp3"], []),
        ("*\n!*/\n!*.mp3", ["x", "a/x"], ["x.mp3", "a/b/x.mp3"]),
        ("/*\n!/keep", ["x", "a/x"], ["keep", "keep/x"]),
        ("foo/\n!*.mp3", ["foo/x.mp3"], ["x.mp3"]),
        ("build", ["build/", "build/x"], ["builda/x", "buildfile", "buil"]),
        ("caf\u00e9?", ["caf\u00e9\u00e9"], ["caf\u00e9"]),
        ("caf?", ["caf\udce9"], ["caf"]),
        ("a?b*", ["a\nbc\n"], ["a\n"]),
    ],
)
def test_patterns_mean_what_they_mean_to_git(
    text: str, hidden: list[str], shown: list[str]
) -> None:
    found = rules(text)

    assert [path for path in hidden if seen(found, path)] == []
    assert [path for path in shown if not seen(found, path)] == []


def test_what_a_later_line_takes_back_by_its_path_is_seen_in_a_directory_passed_over() -> None:
    found = rules("ignored/\n!ignored/included\n!ignored/deep/*/x.mp3")

    assert seen(found, "ignored/included")
    assert seen(found, "ignored/deep/er/x.mp3")
    assert not seen(found, "ignored/other")
    assert not seen(found, "ignored/other/included")
    assert not seen(found, "ignored/deep/er/y.mp3")
    assert not seen(found, "ignored/deep/x.mp3")


def test_what_an_earlier_line_takes_back_is_passed_over_with_its_directory() -> None:
    found = rules("!ignored/included\nignored/")

    assert not seen(found, "ignored/included")


def test_a_reason_names_the_file_and_the_line() -> None:
    found = rules("# ours\n_TEMP/ \n", b"rock")

    assert found.reason(RelPath(b"rock/_TEMP"), directory=True) == "rock/.ignore has '_TEMP/'"
    assert found.reason(RelPath(b"rock/_TEMP"), directory=False) is None


@pytest.mark.parametrize("name", [b".ignore", b".ndignore", b".plexignore"])
@pytest.mark.parametrize("text", [b"", b"\n\n", b"# nothing\n  \n#\r\n", b"\xef\xbb\xbf"])
def test_a_file_that_says_nothing_hides_its_directory(name: bytes, text: bytes) -> None:
    found = Rules.none.under(RelPath(b"rock"), {name: text})

    assert found
    assert found.hidden == f"there is rock/{name.decode()}, and it is empty"
    assert found.reason(RelPath(b"rock/a/x.mp3"), directory=False) == found.hidden


def test_nomedia_hides_whatever_it_contains() -> None:
    found = Rules.none.under(RelPath(b"rock"), {b".nomedia": b"*.mp3", b".ignore": b"!x"})

    assert found.hidden == "there is rock/.nomedia"


def test_rules_of_a_directory_stack_on_those_above_and_win() -> None:
    top = rules("*.flac\n*.wav")
    below = top.under(RelPath(b"rock"), {b".ndignore": b"!*.wav\n/live"})

    assert not seen(below, "rock/x.flac")
    assert seen(below, "rock/x.wav")
    assert not seen(below, "rock/live/x.mp3")
    assert not seen(top, "rock/x.wav")
    assert seen(top, "rock/live/x.mp3")


def test_rules_of_a_directory_hold_for_nothing_beside_it() -> None:
    found = rules("*.mp3", b"rock")

    assert found.reason(RelPath(b"rock"), directory=True) is None
    assert found.reason(RelPath(b"rocky/x.mp3"), directory=False) is None


def test_the_later_of_several_files_in_one_directory_wins() -> None:
    found = Rules.none.under(TOP, {b".plexignore": b"!*.mp3", b".ignore": b"*.mp3"})

    assert seen(found, "x.mp3")


def test_without_files_there_are_no_rules() -> None:
    assert not Rules.none
    assert Rules.none.reason(RelPath(b"x"), directory=False) is None


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("[ab", "a bracket is not closed"),
        ("a\\", "nothing follows the last backslash"),
        ("[[:nothing:]]", "there is no class nothing"),
        ("a//b", "a component is empty"),
        ("/", "a component is empty"),
        ("!", "a component is empty"),
        ("**/a/**/b/**/c", "it has more than 2 times **"),
    ],
)
def test_a_line_that_is_no_pattern_is_told_and_spoils_no_other(line: str, what: str) -> None:
    found = rules(f"{line}\n*.mp3")

    assert found.refused == {RelPath(b".ignore"): f"'{line}': {what}"}
    assert not seen(found, "x.mp3")


def test_no_pattern_takes_longer_than_the_name_is_long() -> None:
    found = rules("*a" * 60 + "b\n**/a/**/b\n" + "*" * 200 + "b")

    assert seen(found, "a" * 250)
    assert found.reason(RelPath(b"a/" * 1000 + b"c"), directory=False) is None


@given(st.text(max_size=30))
@unhurried
def test_every_line_is_a_pattern_or_is_said_not_to_be(line: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(gitignore.parse(line).matches, re.Pattern)


COMPONENTS = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        "foo",
        "*",
        "?",
        "a*",
        "*b",
        "[ab]",
        "[!a]",
        "[[:alpha:]]o*",
        "f*o",
        "**",
        "fo[n-p]",
    ]
)
LINES = st.one_of(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "", "/"]),
        st.lists(COMPONENTS, min_size=1, max_size=3).map("/".join),
        st.sampled_from(["", "", "/"]),
    ),
    # one that names a path is followed into directories that git passes over
    st.builds("!{}{}".format, COMPONENTS, st.sampled_from(["", "/"])),
)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "foo", "fo", "ba"]), min_size=1, max_size=3).map(
    "/".join
)


@pytest.mark.skipif(shutil.which("git") is None, reason="only git knows what git does")
@given(st.lists(LINES, min_size=1, max_size=4), st.lists(PATHS, min_size=4, max_size=12))
@settings(unhurried, max_examples=60)
def test_git_sees_the_same_files(lines: list[str], paths: list[str]) -> None:
    with tempfile.TemporaryDirectory() as top:
        subprocess.run(["git", "init", "-q", top], check=True)
        planted = []
        for path in paths:
            with contextlib.suppress(OSError):  # another path wants a directory there, or a file
                os.makedirs(os.path.dirname(f"{top}/{path}"), exist_ok=True)
                Path(top, path).touch()
                planted += [path] * Path(top, path).is_file()
        Path(top, ".gitignore").write_text("\n".join([*lines, ".gitignore"]))
        listed = subprocess.run(
            [
                "git",
                "-C",
                top,
                "-c",
                "core.excludesFile=",
                "ls-files",
                "-z",
                "-o",
                "--exclude-standard",
            ],
            check=True,
            capture_output=True,
            text=True,
        )

    found = rules("\n".join(lines))
    assert {path for path in planted if seen(found, path)} == set(listed.stdout.split("\0")) - {""}


@given(
    st.lists(st.text(alphabet="ab*?[]!/\\.-#: ", max_size=8), max_size=4),
    st.lists(st.text(alphabet="ab.", min_size=1, max_size=3), min_size=1, max_size=4),
)
@unhurried
def test_a_line_for_exactly_one_path_has_the_last_word(lines: list[str], parts: list[str]) -> None:
    path = "/".join(parts)

    assert not seen(rules("\n".join([*lines, f"/{path}"])), path)
