import unicodedata
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core import media
from shelfd.core.errors import RefusedError
from shelfd.core.identity import Identity
from shelfd.core.layout import Layout
from shelfd.core.listing import Facts
from shelfd.core.media import Kind, Reading, Sort
from shelfd.core.paths import Place, RelPath, parent, within
from shelfd.core.plan import Request, Verdict, World, settled, verdicts
from shelfd.core.review import SKIPPED, Judged
from shelfd.core.templated import Value

LIBRARIES = {kind: kind.value for kind in Kind}
FACTS = Facts(size=1, mtime_ns=1, ctime_ns=1, inode=1)
NOBODY_THERE = World(spelled={}, taken={})

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def song(title: str, track: int = 1, artist: str = "Ann", album: str = "Some") -> Reading:
    tags = {"title": title, "artist": artist, "album": album, "track": str(track)}
    return Reading(format="mp3", tags=tags)


def spoken(**tags: str) -> Reading:
    return Reading(format="mp3", tags={"author": "Bea", "album": "The Book", **tags})


def request(
    files: Mapping[bytes, Reading | None],
    kind: Kind | None = None,
    libraries: Mapping[Kind, str] = LIBRARIES,
    auto_accept: float = 0.8,
) -> Request:
    return Request(
        inbox="inbox",
        kind=kind,
        mode="auto",
        after="trash",
        libraries=libraries,
        auto_accept=auto_accept,
        drop=RelPath(b"d"),
        files={RelPath(path): FACTS for path in files},
        readings={RelPath(path): reading for path, reading in files.items() if reading is not None},
    )


def planned(
    files: Mapping[bytes, Reading | None], kind: Kind | None = None
) -> dict[bytes, tuple[str, str]]:
    """Return for each file its state, and its target, or the reason why it has none."""
    return {
        verdict.path: (
            verdict.state,
            f"{verdict.root}/{verdict.target.decode()}" if verdict.root else verdict.reason,
        )
        for verdict in verdicts(request(files, kind))
    }


def test_each_kind_goes_to_its_library() -> None:
    files = {
        b"d/A.Film.2020.1080p.mkv": Reading(),
        b"d/Some.Show.S01E02.mkv": Reading(),
        b"d/a.epub": Reading(tags={"title": "A Novel", "author": "Cal"}),
        b"d/b.m4b": Reading(tags={"album": "The Book", "author": "Bea"}),
        b"d/c.mp3": song("One"),
    }

    assert planned(files) == {
        b"d/A.Film.2020.1080p.mkv": ("file", "movies/A Film (2020)/A Film (2020).mkv"),
        b"d/Some.Show.S01E02.mkv": ("file", "shows/Some Show/Season 01/Some Show S01E02.mkv"),
        b"d/a.epub": ("file", "books/Cal/A Novel/A Novel.epub"),
        b"d/b.m4b": ("file", "audiobooks/Bea/The Book/The Book.m4b"),
        b"d/c.mp3": ("file", "music/Ann/Some/01 One.mp3"),
    }


def test_a_kind_without_a_library_stays() -> None:
    [verdict] = verdicts(request({b"d/a.mp3": song("One")}, libraries={Kind.MOVIES: "films"}))

    assert (verdict.state, verdict.root, verdict.target) == ("refused", "", b"")
    assert verdict.reason == "there is no library of kind music in the settings"


def test_what_cannot_be_read_stays_and_says_why() -> None:
    assert planned({b"d/a.mp3": Reading(error="no MPEG audio in it")}) == {
        b"d/a.mp3": ("refused", "it cannot be read: no MPEG audio in it")
    }


def test_what_is_not_expected_in_this_inbox_stays() -> None:
    [verdict] = verdicts(request({b"d/a.mp3": song("One")}, Kind.MOVIES))

    assert verdict.state == "refused"
    assert verdict.reason.startswith("not understood: ")


def test_what_is_not_sure_enough_stays_with_both_numbers() -> None:
    [verdict] = verdicts(request({b"d/holiday.mkv": Reading()}))

    assert verdict.state == "review"
    assert "import.auto_accept is 0.80" in verdict.reason
    assert verdict.identity is not None
    assert f"not sure enough ({verdict.identity.confidence:.2f}," in verdict.reason


def test_nothing_is_accepted_that_is_not_understood_however_low_the_bar() -> None:
    [verdict] = verdicts(request({b"d/x.mp3": Reading()}, Kind.MOVIES, auto_accept=0.0))

    assert verdict.state == "refused"


def test_subtitles_covers_and_the_rest_travel_with_their_film() -> None:
    files = {
        b"d/a.film.2020.1080p.mkv": Reading(),
        b"d/a.film.2020.1080p.en.forced.srt": None,
        b"d/a.film.2020.1080p-thumb.jpg": None,
        b"d/a.film.2020.1080p.nfo": None,
        b"d/poster.jpg": None,
    }

    assert planned(files) == {
        b"d/a.film.2020.1080p-thumb.jpg": ("file", "movies/a film (2020)/a film (2020)-thumb.jpg"),
        b"d/a.film.2020.1080p.en.forced.srt": (
            "file",
            "movies/a film (2020)/a film (2020).en.forced.srt",
        ),
        b"d/a.film.2020.1080p.mkv": ("file", "movies/a film (2020)/a film (2020).mkv"),
        b"d/a.film.2020.1080p.nfo": ("file", "movies/a film (2020)/a film (2020).nfo"),
        b"d/poster.jpg": ("file", "movies/a film (2020)/poster.jpg"),
    }


def test_lyrics_travel_with_the_song_of_the_longest_name_that_fits() -> None:
    files = {
        b"d/One.mp3": song("One"),
        b"d/One.live.mp3": song("One live", 2),
        b"d/One.unplugged.mp3": song("One unplugged", 3),
        b"d/One.live.lrc": None,
        b"d/One.unplugged.lrc": None,
        b"d/One.lrc": None,
    }

    told = planned(files)

    assert told[b"d/One.lrc"] == ("file", "music/Ann/Some/01 One.lrc")
    assert told[b"d/One.live.lrc"] == ("file", "music/Ann/Some/02 One live.lrc")
    assert told[b"d/One.unplugged.lrc"] == ("file", "music/Ann/Some/03 One unplugged.lrc")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (b"d/setup.exe", "it is a program"),
        (b"d/a.film.2020.1080p.exe", "it is a program"),
        (b"d/a.film.2020.1080p.xyz", "it is no file that a player reads"),
        (
            b"d/a.film.2020.1080p.mkv.part",
            "its name says that a program is still writing it (.part)",
        ),
        (b"d/readme.txt", "there is no media file beside it that it belongs to"),
        (
            b"d/proof/poster.jpg",
            "a proof of where a release comes from, and no part of the work",
        ),
    ],
)
def test_what_belongs_to_nothing_is_left_where_it_is(path: bytes, reason: str) -> None:
    files = {b"d/a.film.2020.1080p.mkv": Reading(), path: None}

    assert planned(files)[path] == ("left", reason)


def test_subtitles_of_an_unsure_film_do_not_go_with_a_sure_one_of_a_shorter_name() -> None:
    unsure = RelPath(b"d/a.film.2020.1080p.holiday.mkv")
    asked = request(
        {
            b"d/a.film.2020.1080p.mkv": Reading(),
            unsure: Reading(),
            b"d/a.film.2020.1080p.holiday.srt": None,
            b"d/a.film.2020.1080p.srt": None,
        }
    )
    judged = {unsure: Judged(identity=Identity(kind="movie", title="x", confidence=0.3))}

    told = verdicts(msgspec.structs.replace(asked, judged=judged))

    assert [verdict.state for verdict in told] == ["review", "left", "file", "file"]


def test_a_file_that_a_person_wants_to_stay_is_left() -> None:
    path = RelPath(b"d/a.film.2020.1080p.mkv")
    found = Identity(kind="movie", title="A Film", year=2020, confidence=1.0)
    asked = request({path: Reading()})

    [verdict] = verdicts(
        msgspec.structs.replace(asked, judged={path: Judged(identity=found, skip=True)})
    )

    assert (verdict.state, verdict.reason) == ("left", SKIPPED)


def test_what_belongs_to_a_file_that_stays_stays_with_it() -> None:
    files = {b"d/holiday.mkv": Reading(), b"d/holiday.srt": None, b"d/cover.jpg": None}

    assert {path: state for path, (state, _) in planned(files).items()} == {
        b"d/cover.jpg": "left",
        b"d/holiday.mkv": "review",
        b"d/holiday.srt": "left",
    }


def test_of_two_files_with_one_target_the_surer_is_filed() -> None:
    files = {
        b"d/Ann - Some/01 - One.mp3": Reading(),
        b"d/Ann - Some/x.mp3": song("One"),
    }
    low = verdicts(request(files, auto_accept=0.1))

    assert [(verdict.path, verdict.state) for verdict in low] == [
        (b"d/Ann - Some/01 - One.mp3", "refused"),
        (b"d/Ann - Some/x.mp3", "file"),
    ]
    assert low[0].reason == "it would get the same name as d/Ann - Some/x.mp3"


def test_of_two_equally_sure_ones_the_first_by_name_is_filed() -> None:
    files = {b"d/b.mp3": song("ONE"), b"d/a.mp3": song("One")}

    assert planned(files) == {
        b"d/a.mp3": ("file", "music/Ann/Some/01 One.mp3"),
        b"d/b.mp3": ("refused", "it would get the same name as d/a.mp3"),
    }


def test_one_release_in_two_formats_is_filed_in_both() -> None:
    files = {b"d/a.mp3": song("One"), b"d/a.flac": song("One")}

    assert [state for state, _target in planned(files).values()] == ["file", "file"]


def test_a_second_cover_for_the_same_place_is_left() -> None:
    files = {
        b"d/CD1/a.mp3": song("One"),
        b"d/CD1/cover.jpg": None,
        b"d/CD2/b.mp3": song("Two", 2),
        b"d/CD2/cover.jpg": None,
    }

    told = planned(files)

    assert told[b"d/CD1/cover.jpg"] == ("file", "music/Ann/Some/cover.jpg")
    assert told[b"d/CD2/cover.jpg"] == ("left", "it would get the same name as d/CD1/cover.jpg")


def parts(files: Mapping[bytes, Reading | None]) -> dict[bytes, str]:
    return {path: target for path, (_state, target) in planned(files, Kind.AUDIOBOOKS).items()}


def test_a_book_in_one_file_has_no_number() -> None:
    assert parts({b"d/x.mp3": spoken(track="1")}) == {
        b"d/x.mp3": "audiobooks/Bea/The Book/The Book.mp3"
    }


def test_the_parts_of_a_book_keep_their_own_numbers() -> None:
    assert parts({b"d/3.mp3": spoken(), b"d/7.mp3": spoken()}) == {
        b"d/3.mp3": "audiobooks/Bea/The Book/03 The Book.mp3",
        b"d/7.mp3": "audiobooks/Bea/The Book/07 The Book.mp3",
    }


def test_parts_without_clear_numbers_are_counted_through_by_their_names() -> None:
    files = {
        b"d/CD1/01.mp3": spoken(),
        b"d/CD1/02.mp3": spoken(),
        b"d/CD2/01.mp3": spoken(),
        b"d/CD2/end.mp3": spoken(),
    }

    assert parts(files) == {
        b"d/CD1/01.mp3": "audiobooks/Bea/The Book/01 The Book.mp3",
        b"d/CD1/02.mp3": "audiobooks/Bea/The Book/02 The Book.mp3",
        b"d/CD2/01.mp3": "audiobooks/Bea/The Book/03 The Book.mp3",
        b"d/CD2/end.mp3": "audiobooks/Bea/The Book/04 The Book.mp3",
    }


def test_two_books_in_one_drop_are_counted_apart() -> None:
    files = {
        b"d/One/01.mp3": spoken(album="One"),
        b"d/One/02.mp3": spoken(album="One"),
        b"d/Two.mp3": spoken(album="Two"),
    }

    assert parts(files) == {
        b"d/One/01.mp3": "audiobooks/Bea/One/01 One.mp3",
        b"d/One/02.mp3": "audiobooks/Bea/One/02 One.mp3",
        b"d/Two.mp3": "audiobooks/Bea/Two/Two.mp3",
    }


FILM = {b"d/A.Film.2020.1080p.mkv": Reading(), b"d/A.Film.2020.1080p.srt": None}
TARGET = RelPath(b"A Film (2020)/A Film (2020).mkv")


def test_where_nothing_lies_the_plan_stays_as_it_is() -> None:
    plan = verdicts(request(FILM))

    assert settled(plan, NOBODY_THERE) == plan


def test_an_existing_spelling_is_used() -> None:
    theirs = RelPath(b"a film (2020)/A Film (2020).mkv")
    world = World(spelled={Place("movies", TARGET): theirs}, taken={})

    film, subtitles = settled(verdicts(request(FILM)), world)

    assert (film.state, film.target) == ("file", theirs)
    assert subtitles.target == b"A Film (2020)/A Film (2020).srt"


def test_the_same_content_at_the_target_is_success_and_what_belongs_to_it_follows() -> None:
    world = World(spelled={}, taken={Place("movies", TARGET): True})

    film, subtitles = settled(verdicts(request(FILM)), world)

    assert (film.state, film.reason) == ("filed", "the same content is there already")
    assert film.target == TARGET
    assert subtitles.state == "file"


def test_something_else_at_the_target_keeps_the_film_and_what_belongs_to_it() -> None:
    world = World(spelled={}, taken={Place("movies", TARGET): False})

    film, subtitles = settled(verdicts(request(FILM)), world)

    assert film.state == "refused"
    assert film.reason == f"something else is already at {TARGET.decode()}"
    assert (subtitles.state, subtitles.reason) == ("left", "what it belongs to stays")
    assert (subtitles.root, subtitles.target) == ("", b"")


def test_something_else_at_the_target_of_a_sidecar_does_not_keep_the_film() -> None:
    taken = Place("movies", RelPath(b"A Film (2020)/A Film (2020).srt"))
    world = World(spelled={}, taken={taken: False})

    film, subtitles = settled(verdicts(request(FILM)), world)

    assert film.state == "file"
    assert subtitles.state == "left"
    assert subtitles.reason.startswith("something else is already at ")


def test_a_verdict_is_the_same_after_it_was_stored() -> None:
    for verdict in verdicts(request(FILM)):
        stored = msgspec.json.encode(verdict)
        assert msgspec.json.decode(stored, type=Verdict) == verdict


NASTY = [
    *("", ".", "..", "/", "../..", "/etc/passwd", "\0", "\n", "a\tb", "CON", "x.", " x ", "-"),
    *("a/b", "a\\b", "a:b", "Été", "été", "...", ".hidden", "~", "$(x)", "é" * 300, "x" * 300),
    *("\u202e", "\u200b", "%2e%2e", "One", "one", "Extras", "sample", "trailer", "Vol 3", "\ufeff"),
]
TEXTS = st.sampled_from(NASTY) | st.text(max_size=8)
NUMBERS = st.sampled_from(["", "0", "1", "2", "2/9", "-1", "99999", "x", "٣"])
TAGS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            "title artist albumartist album author narrator series show date".split(), TEXTS
        ),
        **dict.fromkeys("track tracktotal disc disctotal season episode sequence".split(), NUMBERS),
    },
)
READINGS = st.one_of(
    st.sampled_from([song("One"), song("ONE"), song("One", 2), song("One", album="")]),
    st.sampled_from([spoken(), spoken(track="1"), spoken(album="One", author="Ann")]),
    st.builds(Reading, tags=TAGS),
    st.builds(Reading, tags=TAGS, error=st.sampled_from([None, "it is broken"])),
)
DIRECTORIES = st.sampled_from([b"", b"", b"CD1/", b"CD 2/", b"Ann - Some/", b"\xff/.../"])
STEMS = st.sampled_from(
    [
        *(b"A.Film.2020.1080p", b"a.film.2020.1080p", b"Show.S01E02", b"Show.S01E02.en", b"01"),
        *(b"2", b"Sample", b"\xff\xfe", b"...", b"Part 3", b"a - b"),
    ]
)
MEDIA = st.sampled_from([b".mkv", b".mp4", b".mp3", b".flac", b".m4b", b".epub", b".MKV"])
BESIDE = st.sampled_from(
    [
        *(b".en.srt", b".EN.srt", b".nfo", b".jpg", b"-thumb.jpg", b"-.. .srt", b".lrc"),
        *(b".exe", b".mkv.part", b"", b"/../cover.jpg", b"/../Cover.jpg", b"/../Folder.PNG"),
    ]
)
GROUPS = st.tuples(DIRECTORIES, STEMS, st.sets(MEDIA, max_size=2), st.sets(BESIDE, max_size=3))
FILES = st.lists(GROUPS, max_size=4).map(
    lambda groups: {
        (b"d/" + directory + stem + ending).replace(stem + b"/../", b"")
        for directory, stem, media_endings, others in groups
        for ending in media_endings | others
    }
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    files = {path: draw(READINGS) if media.is_media(path) else None for path in draw(FILES)}
    return request(
        files,
        kind=draw(st.none() | st.sampled_from(Kind)),
        libraries=draw(st.sampled_from([LIBRARIES, LIBRARIES, {Kind.MUSIC: "music"}])),
        auto_accept=draw(st.sampled_from([0.0, 0.5, 0.8])),
    )


@given(requests())
@unhurried
def test_every_file_has_one_verdict_with_a_target_or_a_reason(asked: Request) -> None:
    told = verdicts(asked)

    assert [verdict.path for verdict in told] == sorted(asked.files)
    for verdict in told:
        if verdict.state == "file":
            assert verdict.root in asked.libraries.values()
            assert verdict.target
            assert verdict.rule
        else:
            assert verdict.state in ("review", "refused", "left")
            assert (verdict.root, verdict.target) == ("", b"")
            assert verdict.reason
        assert verdict.identity is None or verdict.path in asked.readings
        assert verdict.identity is not None or verdict.state != "refused"


@given(requests())
@unhurried
def test_no_tag_and_no_name_leads_out_of_the_library(asked: Request) -> None:
    for verdict in verdicts(asked):
        if verdict.state == "file":
            for component in verdict.target.split(b"/"):
                assert 0 < len(component) <= 255
                assert not component.startswith(b".")
                assert not component.endswith((b".", b" "))
                text = component.decode()
                assert not set('<>:"|?*\\') & set(text)
                assert not any(unicodedata.category(letter) == "Cc" for letter in text)


@given(requests())
@unhurried
def test_no_two_files_get_one_target(asked: Request) -> None:
    targets = [(v.root, v.target.lower()) for v in verdicts(asked) if v.state == "file"]

    assert len(targets) == len(set(targets))


@given(requests())
@unhurried
def test_what_is_no_media_travels_only_with_media_that_is_filed(asked: Request) -> None:
    told = {verdict.path: verdict for verdict in verdicts(asked)}

    for path in set(asked.files) - set(asked.readings):
        verdict = told[path]
        if verdict.state == "file":
            owner = told[verdict.owner]
            assert owner.state == "file"
            assert not owner.owner
            assert within(RelPath(owner.path), parent(path))
            assert owner.root == verdict.root
            assert media.sort(verdict.target) is media.sort(path)
            assert media.sort(path) in (Sort.SIDECAR, Sort.COVER)


@given(requests(), st.data())
@unhurried
def test_nothing_is_filed_where_something_else_lies(asked: Request, data: st.DataObject) -> None:
    plan = verdicts(asked)
    wanted = [Place(verdict.root, RelPath(verdict.target)) for verdict in plan if verdict.root]
    taken = {place: data.draw(st.booleans()) for place in wanted if data.draw(st.booleans())}

    told = {verdict.path: verdict for verdict in settled(plan, World(spelled={}, taken=taken))}

    assert list(told) == [verdict.path for verdict in plan]
    for verdict in told.values():
        place = Place(verdict.root, RelPath(verdict.target))
        same = taken.get(place)
        assert verdict.state != "file" or same is None
        assert verdict.state != "filed" or same is True
        if verdict.owner:
            owner = told[verdict.owner]
            assert verdict.state == "left" or owner.state in ("file", "filed")
        if verdict.state in ("refused", "left"):
            assert verdict.reason


def laid_out(files: Mapping[bytes, Reading | None], layout: Layout) -> list[Verdict]:
    layouts = dict.fromkeys(LIBRARIES.values(), layout)
    return verdicts(msgspec.structs.replace(request(files), layouts=layouts))


def test_each_library_names_what_is_filed_in_it_as_its_layout_says() -> None:
    files = {
        b"d/Ebb.2018.1080p.BluRay.x264-GRP.mkv": Reading(format="mkv"),
        b"d/x?.mp3": song("A:B"),
    }
    layouts = {"movies": Layout(player="plex"), "music": Layout(names="unix")}

    told = verdicts(msgspec.structs.replace(request(files), layouts=layouts))

    assert [verdict.target for verdict in told] == [
        b"Ebb (2018)/Ebb (2018).mkv",
        b"Ann/Some/01 A:B.mp3",
    ]


@pytest.mark.parametrize("other", ["EBB", "Cafe\u0301", "stra\u00dfe"])
@pytest.mark.parametrize(
    "layout",
    [
        Layout(),
        Layout(names="unix"),
        Layout(player="plex"),
        Layout(template="{title}", render=lambda template, values: template.format(**values)),
    ],
)
def test_names_that_differ_by_case_or_spelling_alone_never_meet(other: str, layout: Layout) -> None:
    one = {"EBB": "ebb", "Cafe\u0301": "Caf\u00c9", "stra\u00dfe": "STRASSE"}[other]
    told = laid_out({b"d/1.mp3": song(one), b"d/2.mp3": song(other)}, layout)

    assert [verdict.state for verdict in told] == ["file", "refused"]
    assert told[1].reason == "it would get the same name as d/1.mp3"


def test_a_template_that_says_nothing_of_one_file_refuses_that_file_alone() -> None:
    def render(_template: str, values: Mapping[str, Value]) -> str:
        if values["title"] == "Odd":
            raise RefusedError("the template: it is odd", code="template")
        return str(values["title"])

    layout = Layout(template="x", render=render)
    told = laid_out({b"d/1.mp3": song("Odd"), b"d/2.mp3": song("Even", 2)}, layout)

    assert [(verdict.state, verdict.reason) for verdict in told] == [
        ("refused", "the template: it is odd"),
        ("file", ""),
    ]
    assert told[1].target == b"Even.mp3"


def test_an_episode_goes_where_its_show_is_named_as_the_library_there_wants_it() -> None:
    path = RelPath(b"d/Show.S01E02.mkv")
    said = Identity(kind="episode", show="Show", season=1, episodes=(2,), confidence=1.0)
    home = Place("more", RelPath(b"S/Show [tvdbid-1]"))

    [verdict] = verdicts(
        msgspec.structs.replace(
            request({path: Reading()}),
            judged={path: Judged(identity=said, home=home)},
            layouts={"more": Layout(player="plex")},
        )
    )

    assert (verdict.root, verdict.target) == (
        "more",
        b"S/Show [tvdbid-1]/Season 01/Show - s01e02.mkv",
    )
