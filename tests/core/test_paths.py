import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core.paths import (
    TOP,
    Place,
    RelPath,
    ancestors,
    guessed,
    identity,
    join,
    name,
    overlap,
    parent,
    printable,
    relative,
    suffix,
    top,
    within,
)

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NAMES = st.sampled_from([b"a", b"b", b"ab", b"a.b", b"\xff", b"a b", b"..."])
PATHS = st.lists(NAMES, max_size=4).map(lambda parts: RelPath(b"/".join(parts)))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", b""),
        (b"/", b""),
        (b".", b""),
        (b"Show/Season 01", b"Show/Season 01"),
        (b"/Show//Season 01/", b"Show/Season 01"),
        (b"./Show/./x.mkv", b"Show/x.mkv"),
        (b"...And Justice/..x/x..", b"...And Justice/..x/x.."),
        (b"caf\xe9", b"caf\xe9"),
    ],
)
def test_a_relative_path_has_no_detours(raw: bytes, expected: bytes) -> None:
    assert relative(raw) == expected


@pytest.mark.parametrize("raw", [b"..", b"../x", b"a/../../b", b"a/..", b"/..", b"a\0b"])
def test_a_path_that_leaves_its_root_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="leaves its root"):
        relative(raw)


@given(st.binary(max_size=40))
@unhurried
def test_what_relative_lets_through_stays_as_it_is_below_its_root(raw: bytes) -> None:
    try:
        path = relative(raw)
    except ValueError:
        assert b"\0" in raw or b".." in raw.split(b"/")
        return

    assert relative(path) == path
    assert not path.startswith(b"/")
    assert not {b".", b".."} & set(path.split(b"/"))
    assert path == b"" or b"" not in path.split(b"/")


@given(PATHS, NAMES)
@unhurried
def test_a_joined_path_comes_apart_again(directory: RelPath, last: bytes) -> None:
    path = join(directory, last)

    assert (parent(path), name(path)) == (directory, last)
    assert within(path, directory)
    assert not within(directory, path)


def test_the_root_is_its_own_parent_and_has_no_name() -> None:
    assert parent(TOP) == TOP
    assert name(TOP) == b""
    assert top(TOP) == TOP
    assert ancestors(TOP) == []


@given(PATHS)
@unhurried
def test_the_top_is_the_entry_of_the_root_that_a_path_is_or_is_in(path: RelPath) -> None:
    assert top(path) == (ancestors(path) or [path])[-1]
    assert within(path, top(path))


def test_ancestors_come_nearest_first_and_without_the_root() -> None:
    assert ancestors(RelPath(b"a/b/c/d.mkv")) == [b"a/b/c", b"a/b", b"a"]
    assert ancestors(RelPath(b"d.mkv")) == []


@given(PATHS)
@unhurried
def test_ancestors_are_all_the_directories_that_a_path_lies_within(path: RelPath) -> None:
    above = ancestors(path)

    assert len(above) == path.count(b"/")
    assert all(within(path, directory) for directory in above)
    assert all(
        parent(lower) == upper for lower, upper in zip([path, *above], [*above, TOP], strict=True)
    )


@pytest.mark.parametrize(
    ("path", "directory", "expected"),
    [
        (b"Show/x.mkv", b"Show", True),
        (b"Show", b"Show", True),
        (b"Show", b"", True),
        (b"", b"", True),
        (b"", b"Show", False),
        (b"Show", b"Show/x.mkv", False),
        (b"Shows/x.mkv", b"Show", False),
        (b"Show.mkv", b"Show", False),
        (b"show/x.mkv", b"Show", False),
    ],
)
def test_a_path_lies_within_a_directory_by_whole_components(
    path: bytes, directory: bytes, *, expected: bool
) -> None:
    assert within(RelPath(path), RelPath(directory)) is expected


@given(PATHS, PATHS, PATHS)
@unhurried
def test_within_is_an_order(one: RelPath, two: RelPath, three: RelPath) -> None:
    assert within(one, one)
    if within(one, two) and within(two, one):
        assert one == two
    if within(one, two) and within(two, three):
        assert within(one, three)


@given(PATHS, PATHS)
@unhurried
def test_two_paths_overlap_when_one_lies_on_the_way_to_the_other(
    one: RelPath, other: RelPath
) -> None:
    shared = len(ancestors(one)) if len(one) < len(other) else len(ancestors(other))
    parts, others = one.split(b"/"), other.split(b"/")

    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, other) == (
        TOP in (one, other) or parts[: shared + 1] == others[: shared + 1]
    )


def test_places_in_different_roots_are_different() -> None:
    assert Place("music", RelPath(b"a")) != Place("inbox", RelPath(b"a"))
    assert sorted([Place("b", TOP), Place("a", RelPath(b"z")), Place("a", RelPath(b"y"))]) == [
        Place("a", RelPath(b"y")),
        Place("a", RelPath(b"z")),
        Place("b", TOP),
    ]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"x.mkv", "x.mkv"),
        ("Amélie".encode(), "Amélie"),
        (b"Am\xe9lie", r"Am\xe9lie"),
        (b"\xff\xfe", r"\xff\xfe"),
    ],
)
def test_bytes_that_are_no_text_are_shown_by_their_numbers(raw: bytes, shown: str) -> None:
    assert printable(raw) == shown


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("Amélie".encode(), "Amélie"),
        (b"Am\xe9lie", "Amélie"),
        (b"10 \x80", "10 €"),
        (b"undefined \x81", "undefined �"),
    ],
)
def test_bytes_that_are_no_utf8_are_guessed_to_be_windows_latin(raw: bytes, meant: str) -> None:
    assert guessed(raw) == meant


@given(st.binary(min_size=1, max_size=40).filter(lambda raw: b"/" not in raw))
@unhurried
def test_a_guess_is_text_that_can_be_written_and_never_gains_a_separator(raw: bytes) -> None:
    text = guessed(raw)

    assert text.encode()
    assert "/" not in text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Beatles", "the beatles"),
        ("Amélie", unicodedata.normalize("NFD", "Amélie")),
        ("AMÉLIE", unicodedata.normalize("NFD", "amélie")),
        ("Straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος"),
        ("ΟΔΟΣ", "οδοσ"),
        ("Å", "\N{ANGSTROM SIGN}"),
    ],
)
def test_spellings_of_one_name_have_one_identity(one: str, other: str) -> None:
    assert identity(one.encode()) == identity(other.encode())


@pytest.mark.parametrize(("one", "other"), [("Amelie", "Amélie"), ("a b", "a_b"), ("x", "x ")])
def test_other_names_have_another_identity(one: str, other: str) -> None:
    assert identity(one.encode()) != identity(other.encode())


def test_names_that_are_no_text_keep_what_tells_them_apart() -> None:
    assert identity(b"\xe9") != identity(b"\xe8")
    assert identity(b"A\xe9") == identity(b"a\xe9")


@given(st.text())
@unhurried
def test_composed_or_not_a_text_has_one_identity(text: str) -> None:
    composed, apart = (unicodedata.normalize(form, text).encode() for form in ("NFC", "NFD"))

    assert identity(composed) == identity(apart) == identity(text.encode())


@given(st.binary())
@unhurried
def test_an_identity_is_its_own(raw: bytes) -> None:
    once = identity(raw)

    assert identity(once.encode("utf-8", "surrogateescape")) == once


# the iota below an ancient Greek vowel changes places with the accents when it is folded
WITHOUT_IOTA_SUBSCRIPT = st.text().filter(
    lambda text: "\u0345" not in unicodedata.normalize("NFD", text)
)


@given(WITHOUT_IOTA_SUBSCRIPT)
@unhurried
def test_case_makes_no_other_identity(text: str) -> None:
    assert identity(text.encode()) == identity(text.casefold().encode())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"x.mkv", ".mkv"),
        (b"x.MKV", ".mkv"),
        (b"Show.S01/x.tar.gz", ".gz"),
        (b"x", ""),
        (b"Show.S01/x", ""),
        (b".mkv", ""),
        (b"Show/.mkv", ""),
        (b"...mkv", ".mkv"),
        (b"", ""),
        (b"x.mk\xe9", ".mk�"),
    ],
)
def test_the_suffix_is_that_of_the_last_component_in_lower_case(path: bytes, expected: str) -> None:
    assert suffix(path) == expected
