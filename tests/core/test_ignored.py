import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shelfd.core.ignored import TEMPORARY, TRASH, UNFINISHED_SUFFIX, reason, unfinished, writes_to

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    "name",
    [
        b"@eaDir",
        b"@EADIR",
        b"#recycle",
        b"$RECYCLE.BIN",
        b"System Volume Information",
        b"lost+found",
        b"__MACOSX",
        b"Thumbs.db",
        b"desktop.ini",
        b"extrafanart",
    ],
)
def test_names_of_systems_are_passed_over(name: bytes) -> None:
    assert reason(name) == "it belongs to the system"


@pytest.mark.parametrize(
    "name",
    [b".", b".DS_Store", b"._One.mp3", b".hidden", b"..x", b".nfs0001", TRASH, TEMPORARY + b"1"],
)
def test_hidden_names_are_passed_over(name: bytes) -> None:
    assert reason(name) == "its name is hidden"


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
