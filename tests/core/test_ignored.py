import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shelfd.core.ignored import (
    OF_PLAYER,
    OF_SYSTEM,
    TEMPORARY,
    TRASH,
    UNFINISHED_SUFFIX,
    in_library,
    reason,
    unfinished,
    writes_to,
)

MARKS = (".part", ".tmp", ".crdownload", ".download", ".temp", ".tempfile", ".aria2", ".!qb")
ASIDE = (".bak", ".old")

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (b"@eaDir", OF_SYSTEM),
        (b"@EADIR", OF_SYSTEM),
        (b"lost+found", OF_SYSTEM),
        (b"System Volume Information", OF_SYSTEM),
        (b"__MACOSX", OF_SYSTEM),
        (b"Thumbs.db", OF_SYSTEM),
        (b"desktop.ini", OF_SYSTEM),
        (b"#recycle", "it holds what was thrown away"),
        (b"@Recycle", "it holds what was thrown away"),
        (b"$RECYCLE.BIN", "it holds what was thrown away"),
        (b"$Recycle.Bin", "it holds what was thrown away"),
        (b"#snapshot", "it holds snapshots of the disk"),
        (b"@__thumb", OF_PLAYER),
        (b"Plex Versions", OF_PLAYER),
        (b"extrafanart", OF_PLAYER),
        (b"Dune (2021).trickplay", OF_PLAYER),
    ],
)
def test_names_of_systems_and_players_are_passed_over(name: bytes, why: str) -> None:
    assert reason(name) == in_library(name) == why


@pytest.mark.parametrize(
    "name",
    [
        b".",
        b".DS_Store",
        b"._One.mp3",
        b"._x.pdf",
        b".hidden",
        b"..x",
        b".nfs0001",
        b".@__thumb",
        b".snapshots",
        b".stfolder",
        b".stversions",
        b".Trash-1000",
        b".git",
        b".streams",
        b".ignore",
        TRASH,
        TEMPORARY + b"1",
    ],
)
def test_hidden_names_are_passed_over(name: bytes) -> None:
    assert reason(name) == in_library(name) == "its name is hidden"


@pytest.mark.parametrize(
    "name",
    [
        b"One.mp3",
        b"...And Justice for All",
        b"...",
        b"eaDir",
        b"recycle",
        b"lost+found.mkv",
        b"Thumbs.db.mkv",
        b"caf\xe9.mp3",
        b"x.mkv.part",
        b"stfolder.pdf",
        b"...unhidden",
        b"builda",
        b"trickplay",
    ],
)
def test_all_other_names_are_looked_at(name: bytes) -> None:
    assert reason(name) is None


@pytest.mark.parametrize(
    ("name", "patterns", "expected"),
    [
        (b"Sample.mkv", ["*.nzb", "sample*"], "watch.ignore has 'sample*'"),
        (b"sample.mkv", ["SAMPLE*"], "watch.ignore has 'SAMPLE*'"),
        (b"x.nzb", ["*.nzb", "x*"], "watch.ignore has '*.nzb'"),
        (b"one.mp3", ["?ne.mp[34]"], "watch.ignore has '?ne.mp[34]'"),
        (b"caf\xe9.mp3", ["caf?.mp3"], "watch.ignore has 'caf?.mp3'"),
        (b"Caf\xc3\x89", ["CAF\xc9"], "watch.ignore has 'CAF\xc9'"),
        (b"one.mp3", ["one"], None),
        (b"one.mp3", [], None),
        (b"one.mp3", [""], None),
    ],
)
def test_patterns_of_the_settings_hold_for_the_whole_name_in_any_case(
    name: bytes, patterns: list[str], expected: str | None
) -> None:
    assert reason(name, patterns) == expected


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        (b"x.mkv.part", ".part"),
        (b"X.MKV.PART", ".part"),
        (b"x.mkv.partial", ".partial"),
        (b"x.mkv.partial~", ".partial~"),
        (b"x.mkv.crdownload", ".crdownload"),
        (b"x.mkv.!qB", ".!qb"),
        (b"x.mkv.!ut", ".!ut"),
        (b"x.mkv.aria2", ".aria2"),
        (b"x.mkv.filepart", ".filepart"),
        (b"x.mkv.tmp", ".tmp"),
        (b"x.mkv.bc!", ".bc!"),
        (b"x.tempfile", ".tempfile"),
        (b"x.mkv.backup~", ".backup~"),
        (b".syncthing.x.mkv.tmp", ".tmp"),
        (b".syncthing.x.mkv", ".syncthing."),
        (b"~syncthing~x.mkv", "~syncthing~"),
        (b"_UNPACK_Show.S01E01", "_unpack_"),
        (b"_FAILED_Show.S01E01", "_failed_"),
        (b"caf\xe9.part", ".part"),
        (b"x.mkv", None),
        (b"The Part", None),
        (b"Film.part1.mkv", None),
        (b"Film.Part.One.mkv", None),
        (b"part", None),
        (b"tmp", None),
        (b"UNPACK_x", None),
    ],
)
def test_programs_mark_what_they_are_still_writing(name: bytes, mark: str | None) -> None:
    assert unfinished(name) == mark


@pytest.mark.parametrize(
    ("temporary", "final"),
    [
        (b"x.mkv.part", b"x.mkv"),
        (b"X.mkv.PART", b"X.mkv"),
        (b"x.mkv.partial~", b"x.mkv"),
        (b".x.mkv.Ab12Cd", b"x.mkv"),
        (b".new\nline.mkv.Ab12Cd", b"new\nline.mkv"),
        (b".caf\xe9.mkv.000000", b"caf\xe9.mkv"),
        (b"x.mkv.Ab12Cd", None),
        (b".x.mkv.Ab12C", None),
        (b".x.mkv.Ab12C-", None),
        (b".Ab12Cd", None),
        (b"x.mkv", None),
        (b"", None),
    ],
)
def test_a_temporary_name_tells_the_name_that_it_will_get(
    temporary: bytes, final: bytes | None
) -> None:
    assert writes_to(temporary) == final


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *(
            (b"x.mkv" + mark.encode(), f"{mark} marks what is still being written")
            for mark in MARKS
        ),
        *((b"X.MKV" + mark.upper().encode(), f"{mark} marks what was set aside") for mark in ASIDE),
        (b"_UNPACK_Show.S01E01", "a program is still writing it, or has failed to"),
        (b"~syncthing~x.mkv", "a program is still writing it, or has failed to"),
    ],
)
def test_a_library_passes_over_what_is_unfinished_or_set_aside(name: bytes, why: str) -> None:
    assert in_library(name) == why


@pytest.mark.parametrize("name", [b"Mr. Old", b"Bob.Old", b"x.Temp", b"Greatest Hits.bak"])
def test_a_directory_may_be_named_like_an_unfinished_file(name: bytes) -> None:
    assert in_library(name, directory=True) is None


@pytest.mark.parametrize("name", [b"x.mkv", b"old", b"part", b"x.older", b"Film.Part.One.mkv", b""])
def test_a_library_looks_at_all_else(name: bytes) -> None:
    assert in_library(name) is None


def test_the_settings_are_named_before_the_mark() -> None:
    assert in_library(b"a.bak", ["*.bak"]) == "watch.ignore has '*.bak'"


@given(st.binary(max_size=20), st.booleans())
@unhurried
def test_a_library_passes_over_all_that_an_inbox_does(name: bytes, directory: bool) -> None:  # noqa: FBT001  # hypothesis gives it
    assert reason(name) is None or in_library(name, directory=directory) == reason(name)


@given(st.binary(min_size=1, max_size=20), st.sampled_from(UNFINISHED_SUFFIX))
@unhurried
def test_every_mark_is_known_to_both(name: bytes, mark: str) -> None:
    assume(unfinished(name) is None)

    assert unfinished(name + mark.encode()) is not None
    assert writes_to(name + mark.encode()) == name


@given(st.binary(max_size=20), st.lists(st.text(max_size=6), max_size=3))
@unhurried
def test_no_name_and_no_pattern_is_too_odd(name: bytes, patterns: list[str]) -> None:
    why = reason(name, patterns)

    assert why is None or why
    assert reason(name, patterns) == why
