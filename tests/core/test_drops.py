import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core import media
from shelfd.core.archives import is_archive
from shelfd.core.drops import (
    Drop,
    Sight,
    belongs_to,
    group,
    near,
    stem,
    temporaries,
    unfinished_beside,
)
from shelfd.core.ignored import reason, writes_to
from shelfd.core.listing import Facts, Listing
from shelfd.core.paths import RelPath

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

FACTS = Facts(size=1, mtime_ns=1, ctime_ns=1, inode=1)


def inbox(
    *files: bytes, directories: tuple[bytes, ...] = (), links: tuple[bytes, ...] = ()
) -> Listing:
    return Listing(
        files=dict.fromkeys(files, FACTS),
        directories=directories,
        others=dict.fromkeys(links, "symbolic link"),
    )


def drop(path: bytes, *others: bytes) -> Drop:
    return Drop(path=RelPath(path), members=(path, *others))


def test_an_empty_inbox_has_no_drops() -> None:
    assert group(inbox()) == []


def test_a_directory_is_one_drop_whatever_it_is_called() -> None:
    assert group(inbox(b"Film.srt", directories=(b"Film", b"Film.mkv"))) == [
        drop(b"Film"),
        drop(b"Film.mkv"),
        drop(b"Film.srt"),
    ]


def test_what_is_named_after_a_media_file_travels_with_it() -> None:
    files = (
        b"Film.nfo",
        b"Film.mkv",
        b"Film.en.forced.srt",
        b"Film-poster.jpg",
        b"Films.srt",
        b"Film 2.srt",
    )

    assert group(inbox(*files)) == [
        drop(b"Film 2.srt"),
        drop(b"Film.mkv", b"Film-poster.jpg", b"Film.en.forced.srt", b"Film.nfo"),
        drop(b"Films.srt"),
    ]


def test_of_two_media_files_the_longer_name_has_the_sidecar() -> None:
    assert group(inbox(b"Film.mkv", b"Film.Extended.mkv", b"Film.Extended.en.srt")) == [
        drop(b"Film.Extended.mkv", b"Film.Extended.en.srt"),
        drop(b"Film.mkv"),
    ]


def test_a_media_file_never_travels_with_another() -> None:
    assert group(inbox(b"Film.mkv", b"Film.cd2.mkv", b"Film.mp3")) == [
        drop(b"Film.cd2.mkv"),
        drop(b"Film.mkv"),
        drop(b"Film.mp3"),
    ]


def test_what_no_player_reads_is_a_drop_of_its_own() -> None:
    assert group(inbox(b"Film.mkv", b"Film.exe", b"Film.mkv.part")) == [
        drop(b"Film.exe"),
        drop(b"Film.mkv"),
        drop(b"Film.mkv.part"),
    ]


def test_a_link_is_a_drop_like_a_file() -> None:
    assert group(inbox(b"Film.srt", links=(b"Film.mkv",))) == [drop(b"Film.mkv", b"Film.srt")]


def test_names_that_are_passed_over_belong_to_nothing() -> None:
    listing = inbox(
        b".hidden.mkv", b"Film.mkv", b"Film.nzb", directories=(b"@eaDir", b".shelfd-trash")
    )

    assert group(listing, ["*.nzb"]) == [drop(b"Film.mkv")]


NAMES = st.sampled_from(
    [
        *(b"Film.mkv", b"Film.en.srt", b"Film.nfo", b"Film.en.mkv", b"Film-2.mkv", b"Film-2.srt"),
        *(b"Film", b"cover.jpg", b"Film.jpg", b"x.exe", b"...x.mkv", b"...x.srt", b".hidden.srt"),
        *(b"@eaDir", b"\xff.mp3", b"\xff.lrc", b"Film.mkv.part", b"nothing", b"x.nzb"),
    ]
)


@given(st.lists(NAMES, unique=True), st.data())
@unhurried
def test_every_entry_that_is_not_passed_over_is_in_one_drop(
    names: list[bytes], data: st.DataObject
) -> None:
    role = st.sampled_from(["file", "directory", "link"])
    roles = {name: data.draw(role) for name in names}
    listing = inbox(
        *(name for name in names if roles[name] == "file"),
        directories=tuple(name for name in names if roles[name] == "directory"),
        links=tuple(name for name in names if roles[name] == "link"),
    )

    drops = group(listing, ["*.nzb"])

    assert sorted(member for drop in drops for member in drop.members) == sorted(
        name for name in names if reason(name, ["*.nzb"]) is None
    )
    assert [drop.path for drop in drops] == sorted({drop.path for drop in drops})
    for drop in drops:
        assert drop.path in drop.members
        assert len(drop.members) == 1 or media.is_media(drop.path) or is_archive(drop.path)
        assert not any(roles[member] == "directory" for member in drop.members[1:])


@given(st.lists(NAMES, unique=True))
@unhurried
def test_no_media_file_beside_it_would_fit_a_sidecar_better(names: list[bytes]) -> None:
    drops = group(inbox(*names))
    mains = [drop.path for drop in drops if media.is_media(drop.path)]

    for drop in drops:
        for member in drop.members[1:]:
            assert belongs_to(member, stem(drop.path))
            fitting = [stem(main) for main in mains if belongs_to(member, stem(main))]
            assert stem(drop.path) == max(fitting, key=len)
        if media.sort(drop.path) is media.Sort.SIDECAR:
            assert not any(belongs_to(drop.path, stem(main)) for main in mains)


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (b"Film.mkv.part", (b"Film.mkv.part",)),
        (b"Film.mkv.crdownload", (b"Film.mkv.crdownload",)),
        (b".Film.mkv.Ab12Cd", (b".Film.mkv.Ab12Cd",)),
        (b"Film.srt.filepart", (b"Film.srt.filepart",)),
        (b"Other.mkv.part", ()),
        (b"Film.part", ()),
        (b"Film.mkv.bak", ()),
    ],
)
def test_what_will_become_a_member_is_seen_beside_the_drop(
    beside: bytes, expected: tuple[bytes, ...]
) -> None:
    listing = inbox(b"Film.mkv", b"Film.srt", beside)

    assert unfinished_beside(drop(b"Film.mkv", b"Film.srt"), temporaries(listing)) == expected


def test_a_directory_is_written_to_under_another_name_too() -> None:
    listing = inbox(b"Show.part", directories=(b"Show",))

    assert unfinished_beside(drop(b"Show"), temporaries(listing)) == (b"Show.part",)


@pytest.mark.parametrize(
    ("sidecar", "main", "expected"),
    [
        (b"Film.srt", b"Film.mkv", True),
        (b"Film.en.forced.srt", b"Film.mkv", True),
        (b"Film-thumb.jpg", b"Film.mkv", True),
        (b"Film.2020.srt", b"Film.2020.mkv", True),
        (b"Film 2.srt", b"Film.mkv", False),
        (b"Films.srt", b"Film.mkv", False),
        (b"Film", b"Film.mkv", False),
        (b"Fil.srt", b"Film.mkv", False),
    ],
)
def test_a_sidecar_is_named_after_its_media_file(
    sidecar: bytes, main: bytes, *, expected: bool
) -> None:
    assert belongs_to(sidecar, stem(main)) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"Film.mkv", b"Film"),
        (b"Film.2020.mkv", b"Film.2020"),
        (b"Film", b"Film"),
        (b".hidden", b".hidden"),
        (b"Film.", b"Film"),
    ],
)
def test_a_stem_is_never_empty(name: bytes, expected: bytes) -> None:
    assert stem(name) == expected


def test_a_sight_counts_the_bytes_of_all_files() -> None:
    files = {RelPath(b"a"): FACTS, RelPath(b"b"): Facts(41, 1, 1, 2)}

    assert Sight(files=files, others={RelPath(b"c"): "pipe"}).bytes == 42
    assert Sight(files={}, others={}).bytes == 0


@pytest.mark.parametrize(
    "name", "x.rar x.RAR x.r00 x.s12 x.part01.rar x.zip x.z01 x.7z x.7z.001 x.zip.012".split()
)
def test_volumes_of_archives_are_known_by_their_names(name: str) -> None:
    assert is_archive(name.encode())


@pytest.mark.parametrize("name", "x.mkv x.r0 rar x.rar.mkv x.001 x.cbz x.cbr x.r001".split())
def test_other_names_are_no_archives(name: str) -> None:
    assert not is_archive(name.encode())


def test_what_a_film_is_unpacked_from_travels_with_it() -> None:
    files = (b"Film.mkv", b"Film.rar", b"Film.r00", b"Films.r00")

    assert group(inbox(*files)) == [drop(b"Film.mkv", b"Film.r00", b"Film.rar"), drop(b"Films.r00")]


def test_a_marker_belongs_to_what_it_speaks_of() -> None:
    listing = inbox(
        *(b"Film.mkv", b"Film.mkv.ready", b".Album.ready", b"Other.ready", b".x.ready", b".ready"),
        directories=(b"Album",),
    )

    assert group(listing) == [
        drop(b"Album", b".Album.ready"),
        drop(b"Film.mkv", b"Film.mkv.ready"),
        drop(b"Other.ready"),
    ]


def test_a_sight_with_a_marker_is_ready() -> None:
    assert Sight(files={}, others={}, markers={RelPath(b"d/.ready"): FACTS}).ready
    assert not Sight(files={}, others={}).ready


NEIGHBOURS = [
    *(b"Film.mkv", b"Film.en.srt", b"Film.mkv.ready", b".Film.mkv.ready", b"Film.mkv.part"),
    *(b".Film.mkv.Ab12Cd", b"Film-2.mkv", b"Film-2.srt", b"Film", b"Filmed.mkv", b"...x.mkv"),
    *(b"...x.srt", b"-.mkv", b"-.srt", b"-", b".mkv", b"A-b.ready", b"A-b", b"Film.r00", b"x"),
]


@given(st.lists(st.sampled_from(NEIGHBOURS), unique=True), st.sampled_from(NEIGHBOURS))
@unhurried
def test_the_drop_of_an_entry_is_the_same_whether_all_is_looked_at_or_what_is_near(
    names: list[bytes], entry: bytes
) -> None:
    whole = inbox(
        *(name for name in names if name not in (b"Film", b"A-b")),
        directories=tuple(name for name in names if name in (b"Film", b"A-b")),
    )
    part = near(whole, entry)

    def about(listing: Listing) -> list[tuple[Drop, tuple[bytes, ...]]]:
        written = temporaries(listing)
        return [
            (found, unfinished_beside(found, written))
            for found in group(listing)
            if entry in found.members or writes_to(entry) in found.members
        ]

    assert about(part) == about(whole)


def test_all_is_near_to_the_inbox_itself() -> None:
    listing = inbox(b"Film.mkv", b"x")

    assert near(listing, b"") == listing
