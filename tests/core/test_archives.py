"""Archives: their volumes are one thing, refused until what is in them lies beside them."""

import pytest

from shelfd.core.archives import archives, is_volume_of, reasons, volumes
from shelfd.core.paths import RelPath


def told(*files: bytes) -> dict[bytes, str]:
    paths = [RelPath(path) for path in files]
    return {path: state for path, (state, _why) in reasons(archives(paths), paths).items()}


@pytest.mark.parametrize(
    ("names", "first"),
    [
        ("x.r00 x.r01 x.rar", "x.rar"),
        ("x.part01.rar x.part02.rar x.part10.rar", "x.part01.rar"),
        ("x.part1.rar x.part2.rar", "x.part1.rar"),
        ("x.z01 x.z02 x.zip", "x.zip"),
        ("x.7z.001 x.7z.002", "x.7z.001"),
        ("X.RAR x.r00", "X.RAR"),
    ],
)
def test_the_volumes_of_one_archive_are_named_after_the_one_to_unpack_it_by(
    names: str, first: str
) -> None:
    [found] = volumes(names.encode().split())

    assert found[0] == first.encode()
    assert sorted(found) == sorted(names.encode().split())
    assert all(is_volume_of(path, found[0]) for path in found)


def test_different_archives_are_kept_apart() -> None:
    assert len(volumes([b"x.rar", b"y.rar", b"d/x.rar"])) == 3
    assert not is_volume_of(RelPath(b"x.rar"), RelPath(b"y.r00"))
    assert not is_volume_of(RelPath(b"x.mkv"), RelPath(b"x.rar"))


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ([b"d/x.rar", b"d/x.r00"], "refused"),
        ([b"d/x.rar", b"d/x.r00", b"d/Film.mkv"], "left"),
        ([b"d/x.rar", b"d/x/Film.mkv"], "left"),
        ([b"d/x.rar", b"Film.mkv"], "refused"),
        ([b"d/x.zip", b"d/x.nfo", b"d/x.jpg"], "refused"),
        ([b"d/Subs/x.rar", b"d/Film.mkv"], "refused"),
        ([b"d/Subs/x.rar", b"d/Subs/x.idx", b"d/Subs/x.sub"], "left"),
    ],
)
def test_an_archive_is_left_when_what_was_in_it_lies_beside_it(
    files: list[bytes], state: str
) -> None:
    assert set(told(*files).values()) == {state}


def test_of_several_archives_those_without_anything_of_their_name_are_refused() -> None:
    files = [b"d/s.s01e01.rar", b"d/s.s01e01.r00", b"d/s.s01e02.rar", b"d/s.s01e01.mkv"]

    assert told(*files) == {
        b"d/s.s01e01.rar": "left",
        b"d/s.s01e01.r00": "left",
        b"d/s.s01e02.rar": "refused",
    }


def test_the_reason_names_the_volume_to_unpack() -> None:
    paths = [RelPath(b"d/x.part1.rar"), RelPath(b"d/x.part2.rar")]

    assert set(reasons(archives(paths), paths).values()) == {
        ("refused", "an archive: unpack x.part1.rar beside it, and what was in it is filed")
    }
