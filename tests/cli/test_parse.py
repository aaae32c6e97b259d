"""What names mean, at the command line: no daemon, no files."""

import json
import os
import subprocess

import pytest

from fakes.terminal import PROGRAM, environment


def parsed(*arguments: str | bytes, given: bytes = b"") -> tuple[int, bytes, bytes]:
    ran = subprocess.run(
        [*PROGRAM, "parse", *arguments],
        input=given,
        capture_output=True,
        check=False,
        env=environment(SHELFD_SOCKET="/nowhere"),
        timeout=50,
    )
    return ran.returncode, ran.stdout, ran.stderr


def told(*arguments: str | bytes, given: bytes = b"") -> list[dict[str, object]]:
    code, out, err = parsed("--json", *arguments, given=given)
    assert (code, err) == (0, b"")
    return [json.loads(line) for line in out.splitlines()]


def test_it_says_for_people_what_a_name_means_and_by_which_rule() -> None:
    code, out, err = parsed("Harbour.Lights.S02E07E08.720p.HDTV.x264-GRP")

    assert (code, err) == (0, b"")
    assert out.decode().splitlines() == [
        "Harbour.Lights.S02E07E08.720p.HDTV.x264-GRP",
        "  episode: title Harbour Lights, season 2, episodes 7 8",
        "  sure to 0.95: SxxEyy in the file name",
    ]


def test_json_has_one_object_for_each_line_and_leaves_out_what_is_not_known() -> None:
    names = (
        b"Shows/Harbour Lights/Season 2/07 - Low Tide.mkv\nThe.Salt.Road.2018.1080p.BluRay-GRP\n"
    )

    assert told(given=names) == [
        {
            "name": "Shows/Harbour Lights/Season 2/07 - Low Tide.mkv",
            "kind": "episode",
            "title": "Harbour Lights",
            "season": 2,
            "episodes": [7],
            "episode_title": "Low Tide",
            "confidence": 0.85,
            "rule": "the number before the title in a season's directory",
        },
        {
            "name": "The.Salt.Road.2018.1080p.BluRay-GRP",
            "kind": "movie",
            "title": "The Salt Road",
            "year": 2018,
            "confidence": 0.9,
            "rule": "Title.Year.junk in the file name",
        },
    ]


def test_a_pack_of_several_seasons_has_a_list_of_them() -> None:
    assert told("Harbour.Lights.S01-S03.1080p.WEB-GRP")[0]["season"] == [1, 2, 3]
    assert told("Harbour Lights Season 2")[0]["season"] == 2


@pytest.mark.parametrize(
    ("kind", "name", "fields"),
    [
        ("music", "The Herons - Tidal (1999)", {"kind": "track", "album": "Tidal"}),
        ("track", "The Herons - Tidal (1999)", {"kind": "track", "artist": "The Herons"}),
        ("books", "Ada Finch - Low Water", {"kind": "book", "author": "Ada Finch"}),
        ("audiobook", "Ada Finch - Low Water", {"kind": "audiobook", "title": "Low Water"}),
        ("shows", "Paper Moon 07", {"kind": "episode", "episodes": [7]}),
        ("movie", "Paper Moon 07", {"kind": "movie", "title": "Paper Moon 07"}),
    ],
)
def test_the_kind_that_is_expected_decides_what_a_name_alone_leaves_open(
    kind: str, name: str, fields: dict[str, object]
) -> None:
    found = told("--kind", kind, name)[0]

    assert {field: found.get(field) for field in fields} == fields


def test_an_unknown_kind_is_wrong_usage() -> None:
    code, out, err = parsed("--kind", "vinyl", "a")

    assert (code, out) == (2, b"")
    assert err.startswith(b"shelfd: parse: invalid value for '--kind': 'vinyl' is not one of")
    assert err.endswith(b"hint: shelfd parse --help\n")


def test_nothing_on_standard_input_is_nothing_to_say() -> None:
    assert parsed() == (0, b"", b"")
    assert parsed("--json") == (0, b"", b"")


def test_a_name_that_is_not_utf_8_is_named_byte_by_byte() -> None:
    found = told(given=b"Caf\xe9 (2001).mkv\n")[0]

    assert found["name"] == "Caf\\xe9 (2001).mkv"
    assert found["name_bytes"] == "Caf%E9%20%282001%29.mkv"
    assert found["title"] == "Café"
    assert told(b"Caf\xe9 (2001).mkv") == [found]


def test_every_line_has_an_answer_whatever_is_in_it() -> None:
    lines = [b"", b"\0", b"a\0b (2001).mkv", b"(" * 300_000, b"\x1b[31mred (2001).mkv\r", b"last"]

    found = told(given=b"\n".join(lines))

    assert len(found) == len(lines)
    assert found[0] == {"name": "", "rule": "no name", "confidence": 0.0}
    assert len(str(found[3]["name"])) == 64 * 1024
    assert found[4]["name"] == "\x1b[31mred (2001).mkv"
    assert found[5]["name"] == "last"


def test_a_terminal_is_not_written_to_by_a_name() -> None:
    _code, out, _err = parsed(given=b"\x1b[31mred\x07 (2001).mkv\n")

    assert b"\x1b" not in out
    assert b"\x07" not in out
    assert b"\\x1b[31mred\\x07 (2001).mkv" in out


def test_it_ends_well_when_nobody_reads_on() -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        [*PROGRAM, "parse", "--json"],
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as ran:
        os.close(writing)
        os.close(reading)
        _out, err = ran.communicate(b"The Salt Road (2018).mkv\n" * 3000, timeout=50)

    assert (ran.returncode, err) == (0, b"")


def test_thousands_of_lines_are_answered_in_their_order() -> None:
    names = [f"Harbour.Lights.S01E{number:04}.720p.mkv" for number in range(1, 5001)]

    found = told(given="\n".join(names).encode())

    assert [one["name"] for one in found] == names
    assert [one["episodes"] for one in found] == [[number] for number in range(1, 5001)]


@pytest.mark.parametrize("words", [["parse", "A.S01E01.mkv"], ["--version"], ["status", "--help"]])
def test_a_full_disk_behind_the_output_is_an_error_in_words(words: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [*PROGRAM, *words],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert ran.returncode == 1
    assert ran.stderr.startswith(b"shelfd: output: it cannot be written: No space left on device\n")
