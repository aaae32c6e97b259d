import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core import roots
from shelfd.core.errors import BrokenError
from shelfd.core.media import Kind
from shelfd.core.paths import TOP, AbsPath, Place, RelPath
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Inbox, Library, Settings

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def library(name: str, path: bytes, kind: Kind = Kind.MUSIC) -> Root:
    return Root(name=name, role="library", kind=kind, path=AbsPath(path))


HOME = Roots(
    [
        library("music", b"/srv/music"),
        library("musicals", b"/srv/music-2", Kind.MOVIES),
        library("old", b"/srv/old/music", Kind.MUSIC),
        Root(name="inbox", role="inbox", kind=None, path=AbsPath(b"/srv/in")),
    ]
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/srv/music", Place("music", TOP)),
        (b"/srv/music/", Place("music", TOP)),
        (b"/srv/music/Ann/Some", Place("music", RelPath(b"Ann/Some"))),
        (b"/srv/music/Ann/", Place("music", RelPath(b"Ann"))),
        (b"/srv/music-2/Ann", Place("musicals", RelPath(b"Ann"))),
        (b"/srv/in/caf\xe9", Place("inbox", RelPath(b"caf\xe9"))),
        (b"/srv/musi", None),
        (b"/srv", None),
        (b"/", None),
        (b"", None),
    ],
)
def test_an_absolute_path_lies_in_one_root_or_in_none(path: bytes, expected: Place | None) -> None:
    assert HOME.locate(path) == expected


ROOT_PATHS = st.sampled_from([b"/srv/a", b"/srv/a/", b"/srv/ab", b"/"])
PATHS = st.lists(st.sampled_from([b"a", b"ab", b"\xff", b"x.mkv"]), max_size=3).map(
    lambda parts: RelPath(b"/".join(parts))
)


@given(ROOT_PATHS, PATHS)
@unhurried
def test_a_place_is_found_again_where_it_is(top: bytes, path: RelPath) -> None:
    place = Place("one", path)
    home = Roots([library("one", top)])

    absolute = home.absolute(place)

    assert home.locate(absolute) == place
    assert absolute.startswith(b"/")
    assert absolute.count(b"//") == 0


def test_a_place_in_a_root_that_left_the_settings_has_no_path_but_a_name() -> None:
    place = Place("gone", RelPath(b"Caf\xe9/x.mkv"))

    with pytest.raises(BrokenError, match="gone: it is no longer in the settings") as failed:
        HOME.absolute(place)
    assert failed.value.code == "root_left_settings"
    assert HOME.get("gone") is None
    assert HOME.display(place) == r"Caf\xe9/x.mkv"


def test_a_place_is_shown_with_its_root() -> None:
    assert HOME.display(Place("inbox", RelPath(b"caf\xe9"))) == r"/srv/in/caf\xe9"
    assert HOME.display(Place("inbox", TOP)) == "/srv/in"


def test_a_kind_goes_to_its_first_library_of_the_settings_and_never_to_an_inbox() -> None:
    assert HOME.libraries() == {Kind.MUSIC: "music", Kind.MOVIES: "musicals"}
    only_inbox = Root(name="in", role="inbox", kind=Kind.BOOKS, path=AbsPath(b"/in"))
    assert Roots([only_inbox]).libraries() == {}


def test_roots_come_in_the_order_of_the_settings() -> None:
    assert [root.name for root in HOME] == ["music", "musicals", "old", "inbox"]


def test_settings_name_libraries_and_inboxes() -> None:
    settings = Settings(
        library=(Library(name="Films", path="/srv/Amélie", kind="movies"),),
        inbox=(
            Inbox(path="/srv/in", name="in"),
            Inbox(path="/srv/books", name="books", kind="books", mode="move", after="keep"),
        ),
    )

    assert list(roots.of(settings)) == [
        Root(
            name="Films",
            role="library",
            kind=Kind.MOVIES,
            path=AbsPath("/srv/Amélie".encode()),
        ),
        Root(name="in", role="inbox", kind=None, path=AbsPath(b"/srv/in")),
        Root(
            name="books",
            role="inbox",
            kind=Kind.BOOKS,
            path=AbsPath(b"/srv/books"),
            mode="move",
            after="keep",
        ),
    ]


def test_a_path_of_the_command_line_that_is_no_text_keeps_its_bytes() -> None:
    odd = b"/srv/caf\xe9".decode("utf-8", "surrogateescape")
    settings = Settings(library=(Library(name="odd", path=odd, kind="music"),))

    assert next(iter(roots.of(settings))).path == b"/srv/caf\xe9"
