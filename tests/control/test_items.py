"""The catalog as the API shows it."""

import pytest

from fakes import rows
from fakes.daemon import Served
from shelfd.core.media import Cover, Kind, Reading
from shelfd.core.settings import Library, Playback, Settings

DUNE = b"Dune (2021)/Dune (2021).mkv"


def titles(served: Served, query: str) -> list[str]:
    return [item["title"] for item in served.get(f"/v1/items{query}")["items"]]


def test_an_item_has_what_its_kind_has(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)

    assert served.get("/v1/items")["items"] == [
        {
            "id": 1,
            "kind": "movie",
            "title": "Dune",
            "state": "present",
            "root": "movies",
            "year": 2021,
            "ids": {},
            "added_at": "2026-11-21T12:00:00.000Z",
            "path": f"{served.daemon.movies}/Dune (2021)",
        }
    ]


def test_an_item_in_full_has_its_files_with_what_is_in_them(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)

    item = served.get("/v1/items/1")

    assert item["children"] == 0
    assert item["files"] == [
        {
            "path": f"{served.daemon.movies}/Dune (2021)/Dune (2021).mkv",
            "size": 1000,
            "mtime_ns": 5_000_000_000,
            "hash": "000102030405060708090a0b0c0d0e0f",
            "verified_at": None,
            "format": "matroska",
            "duration_s": 9300.0,
            "tags": {},
            "streams": [
                {"type": "video", "codec": "hevc", "width": 3840, "height": 2160},
                {
                    "type": "audio",
                    "codec": "eac3",
                    "language": "eng",
                    "channels": 6,
                    "default": True,
                },
            ],
            "chapters": [
                {"start_s": 0.0, "title": "Arrakis"},
                {"start_s": 61.5, "title": "Spice"},
            ],
        }
    ]


def test_a_video_is_judged_by_what_the_players_can_do(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)

    assert "playback" not in served.get("/v1/items/1")["files"][0]

    libraries = served.daemon.current.settings.library
    profile = Playback(containers=("mkv",), video_codecs=("h264", "av1"))
    served.daemon.take(Settings(library=libraries, playback=profile))
    assert served.get("/v1/items/1")["files"][0]["playback"] == {
        "plays": False,
        "reasons": ["its video codec hevc is not among h264, av1"],
    }


def test_a_song_shows_its_tags_and_its_cover(served: Served) -> None:
    said = Reading(
        format="mp3",
        tags={"title": "One", "replaygain_track_gain": "-6.50"},
        cover=Cover(hash="00ff", size=23_000, mime="image/jpeg"),
    )
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE, said)

    file = served.get("/v1/items/1")["files"][0]
    assert file["tags"] == {"title": "One", "replaygain_track_gain": "-6.50"}
    assert file["cover"] == {"hash": "00ff", "size": 23_000, "mime": "image/jpeg"}


def test_a_file_that_cannot_be_read_says_why(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE, Reading(error="it is empty"))

    file = served.get("/v1/items/1")["files"][0]

    assert (file["format"], file["duration_s"], file["error"]) == (None, None, "it is empty")


def test_what_is_missing_stays_and_says_since_when(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)
    served.daemon.clock.now += 60
    rows.lose(served.daemon, "movies", DUNE)

    item = served.get("/v1/items/1")

    assert item["state"] == "missing"
    assert item["files"][0]["missing_since"] == "2026-11-21T12:01:00.000Z"


def test_an_episode_knows_its_show_and_the_show_its_episodes(served: Served) -> None:
    shows = served.daemon.movies.parent / "shows"
    library = Library(name="shows", path=str(shows), kind="shows")
    served.daemon.take(Settings(library=(library,)))
    for number in (1, 2):
        path = f"Dark/Season 01/Dark S01E0{number}.mkv".encode()
        rows.shelve(served.daemon, "shows", Kind.SHOWS, path)

    show = served.get("/v1/items?kind=show")["items"][0]
    episodes = served.get(f"/v1/items?parent={show['id']}")["items"]
    first = served.get(f"/v1/items/{episodes[0]['id']}")

    assert served.get(f"/v1/items/{show['id']}")["children"] == 2
    assert [(one["season"], one["episodes"]) for one in episodes] == [(1, [1]), (1, [2])]
    assert first["parent"]["title"] == "Dark"
    assert first["parent"]["id"] == show["id"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=dune", ["Dune", "Dune Part Two"]),
        ("?q=DUNE%20two", ["Dune Part Two"]),
        ("?q=two+dune", ["Dune Part Two"]),
        ("?q=am%C3%89lie", ["Amélie"]),
        ("?q=100%25", ["100%"]),
        ("?q=%25", ["100%"]),
        ("?q=_", []),
        ("?q=%FF", []),
        ("?q=", ["Dune", "Dune Part Two", "Amélie", "100%"]),
        ("?kind=movie&q=am", ["Amélie"]),
        ("?kind=book", []),
    ],
)
def test_a_search_finds_what_has_every_word(served: Served, query: str, found: list[str]) -> None:
    for title, year in (("Dune", 2021), ("Dune Part Two", 2024), ("Amélie", 2001), ("100%", 2012)):
        path = f"{title} ({year})/{title} ({year}).mkv".encode()
        rows.shelve(served.daemon, "movies", Kind.MOVIES, path)

    assert titles(served, query) == found


def test_pages_of_items_follow_each_other(served: Served) -> None:
    for year in range(2001, 2006):
        rows.shelve(served.daemon, "movies", Kind.MOVIES, b"A (%d)/A (%d).mkv" % (year, year))

    first = served.get("/v1/items?limit=3")
    second = served.get(f"/v1/items?limit=3&after={first['next']}")

    assert [item["year"] for item in first["items"]] == [2001, 2002, 2003]
    assert [item["year"] for item in second["items"]] == [2004, 2005]
    assert second["next"] is None


def test_pages_of_a_search_follow_each_other_the_nearest_first(served: Served) -> None:
    for title in (b"The Dark", b"Darkness", b"Dark", b"A Dark Day", b"Dark City"):
        rows.shelve(
            served.daemon, "movies", Kind.MOVIES, b"%b (2001)/%b (2001).mkv" % (title, title)
        )

    found: list[str] = []
    after: int | None = 0
    while after is not None:
        page = served.get(f"/v1/items?q=dark&kind=movie&limit=2&after={after}")
        found += [item["title"] for item in page["items"]]
        after = page["next"]

    assert found == ["Dark", "Darkness", "Dark City", "The Dark", "A Dark Day"]


@pytest.mark.parametrize(
    "said", ["%00", "%00%22", "%F0%9F%8E%B5", "NEAR(a,%20b)%20*", "+++", "%22" * 400]
)
def test_no_search_is_too_strange(served: Served, said: str) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)

    everything = titles(served, f"?q={said}")

    assert everything == (["Dune"] if said in ("%00", "+++") else [])


def test_a_search_that_is_too_long_is_refused(served: Served) -> None:
    status, content = served.ask("GET", f"/v1/items?q={'x' * 5000}")

    assert (status, content["error"]["code"]) == (422, "invalid_parameter")
    assert content["error"]["message"] == "q: it is longer than 500 characters"


def test_a_word_that_is_no_kind_is_refused(served: Served) -> None:
    status, content = served.ask("GET", "/v1/items?kind=movies")

    assert status == 422
    assert content["error"]["message"].endswith("did you mean movie?")
