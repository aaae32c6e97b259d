"""Settings that cannot be meant are all named at once."""

from collections.abc import Mapping
from typing import get_args

import hypothesis
import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shelfd.core.layout_words import Player
from shelfd.core.settings import Inbox, Library, LibraryKind, Problem, Settings
from shelfd.core.settings_check import check, keys

FILMS = {"name": "Films", "path": "/srv/films", "kind": "movies"}


def problems(raw: Mapping[str, object]) -> dict[str, Problem]:
    settings, found = check(raw)
    assert settings is None
    assert len({problem.key for problem in found}) == len(found), "one problem for each key"
    return {problem.key: problem for problem in found}


def accepted(raw: Mapping[str, object]) -> Settings:
    settings, found = check(raw)
    assert found == ()
    assert settings is not None
    return settings


def test_an_empty_file_means_the_defaults() -> None:
    assert accepted({}) == Settings()


def test_what_is_written_is_what_is_meant() -> None:
    settings = accepted(
        {
            "daemon": {"log_level": "debug"},
            "library": [{"name": "Films", "path": "/srv//films/./", "kind": "movies"}],
            "inbox": [{"path": "/srv/in", "mode": "copy"}],
            "watch": {"debounce_s": 2, "ignore": ["*.part"]},
            "import": {"auto_accept": 1},
            "schedule": {"scan": ""},
        },
    )

    assert settings.daemon.log_level == "debug"
    assert settings.library == (Library(name="Films", path="/srv/films", kind="movies"),)
    assert settings.inbox == (Inbox(path="/srv/in", name="in", mode="copy"),)
    assert (settings.watch.debounce_s, settings.watch.ignore) == (2.0, ("*.part",))
    assert settings.import_.auto_accept == 1.0
    assert settings.schedule.scan == ""


def test_every_mistake_is_reported_at_once() -> None:
    found = problems(
        {
            "colour": "red",
            "daemon": {"state_dir": "var/lib", "log_level": "loud"},
            "library": [{"path": "/srv/films", "kind": "movie"}],
            "watch": {"debonce_s": 3, "settle_s": "5", "ignore": ["*.part", 3]},
            "scan": {"probe_processes": 65, "full_schedule": "@daily"},
            "queue": [],
        },
    )

    assert list(found) == [
        "colour",
        "daemon.state_dir",
        "daemon.log_level",
        "library[0].name",
        "library[0].kind",
        "watch.debonce_s",
        "watch.settle_s",
        "watch.ignore[1]",
        "scan.full_schedule",
        "scan.probe_processes",
        "queue",
    ]


def test_a_problem_says_what_was_found_and_what_is_allowed_and_what_was_probably_meant() -> None:
    found = problems(
        {
            "library": [{"name": "Films", "path": "/srv/films", "kind": "Movie"}],
            "scan": {"probe_processes": 65},
            "watch": {"debonce_s": 3},
            "state_dir": "/var/lib/shelfd",
        },
    )

    assert found["library[0].kind"] == Problem(
        key="library[0].kind",
        found='"Movie"',
        allowed='"audiobooks", "books", "movies", "music" or "shows"',
        suggestion='"movies"',
    )
    assert found["scan.probe_processes"] == Problem(
        key="scan.probe_processes",
        found="65",
        allowed="a whole number from 0 to 64",
    )
    assert found["watch.debonce_s"].suggestion == "debounce_s"
    assert found["state_dir"].suggestion == "daemon.state_dir"


def test_the_value_of_an_unknown_key_is_not_shown_because_it_may_be_a_secret() -> None:
    assert "hunter2" not in str(problems({"daemon": {"password": "hunter2"}}))


def test_numbers_are_not_texts_and_truths_are_not_numbers() -> None:
    found = problems(
        {
            "watch": {"settle_s": True, "debounce_s": float("nan"), "debounce_cap_s": float("inf")},
            "queue": {"keep_history_days": 1.5},
            "daemon": {"socket_group": 3},
        },
    )

    assert [problem.found for problem in found.values()] == ["3", "nan", "inf", "true", "1.5"]


def test_a_single_bracket_for_a_library_is_recognised() -> None:
    found = problems({"library": FILMS})

    assert found["library"].found == "a table"
    assert "[[library]]" in found["library"].allowed


def test_paths_start_at_the_top() -> None:
    for path in ("films", "~/films", "/srv/../films", "", "/srv/fi\0lms"):
        assert list(problems({"library": [{**FILMS, "path": path}]})) == ["library[0].path"]


def test_a_socket_path_that_the_kernel_would_cut_is_refused() -> None:
    assert list(problems({"daemon": {"socket": "/" + "x" * 107}})) == ["daemon.socket"]
    assert accepted({"daemon": {"socket": "/" + "x" * 106}}).daemon.socket == "/" + "x" * 106


def test_modes_are_octal_digits_with_which_shelfd_can_still_work() -> None:
    for mode in ("", "664", "0664", "0600"):
        assert accepted({"import": {"file_mode": mode}}).import_.file_mode == mode
    for mode in ("", "775", "2775", "0700", "3777"):
        assert accepted({"import": {"dir_mode": mode}}).import_.dir_mode == mode
    for wrong in ("rw-r--r--", "0o664", "888", "66", "0444", "2664", "-644", "٦٦٤", 664, 0o664):
        assert list(problems({"import": {"file_mode": wrong}})) == ["import.file_mode"], wrong
    for wrong in ("0644", "4755", "77777", " 755", 755):
        assert list(problems({"import": {"dir_mode": wrong}})) == ["import.dir_mode"], wrong
    assert '"0664"' in problems({"import": {"file_mode": 664}})["import.file_mode"].allowed


def test_a_group_is_a_name_or_a_number() -> None:
    for group in ("", "media", "1000", "dom\\users", "four-k", "4294967294"):
        assert accepted({"import": {"group": group}}).import_.group == group
    for wrong in ("me dia", "a:b", "-media", "media\n", "4294967295", "\0", "a/b", 1000):
        assert list(problems({"import": {"group": wrong}})) == ["import.group"], wrong


def test_directories_may_not_lie_in_one_another() -> None:
    found = problems(
        {
            "library": [
                FILMS,
                {"name": "Shows", "path": "/srv/films/./shows", "kind": "shows"},
                {"name": "Again", "path": "/srv/in/", "kind": "movies"},
            ],
            "inbox": [{"path": "/srv/in"}],
            "daemon": {"state_dir": "/srv/films/state"},
        },
    )

    assert {key: problem.against for key, problem in found.items()} == {
        "library[1].path": "library[0].path",
        "inbox[0].path": "library[2].path",
        "daemon.state_dir": "library[0].path",
    }


def test_neighbours_with_a_common_beginning_do_not_lie_in_one_another() -> None:
    settings = accepted({"library": [FILMS], "inbox": [{"path": "/srv/films-in"}]})

    assert settings.inbox[0].name == "films-in"


def test_nothing_can_be_beside_a_library_at_the_top() -> None:
    found = problems({"library": [{**FILMS, "path": "/"}], "inbox": [{"path": "/srv/in"}]})

    assert list(found) == ["inbox[0].path", "daemon.state_dir"]


def test_libraries_and_inboxes_share_one_set_of_names() -> None:
    found = problems({"library": [FILMS], "inbox": [{"path": "/srv/in", "name": "Films"}]})

    assert list(found) == ["inbox[0].name"]


def test_a_name_fits_into_an_address() -> None:
    for name in ("", " Films", "Films/New", "Fil\nms"):
        assert list(problems({"library": [{**FILMS, "name": name}]})) == ["library[0].name"]


def test_an_inbox_without_a_name_gets_the_last_part_of_its_path_made_unique() -> None:
    settings = accepted(
        {
            "library": [{**FILMS, "name": "in"}],
            "inbox": [
                {"path": "/srv/a/in"},
                {"path": "/srv/b/in"},
                {"path": "/srv/c", "name": "in-2"},
            ],
        },
    )

    assert [inbox.name for inbox in settings.inbox] == ["in-3", "in-4", "in-2"]


def test_an_inbox_needs_somewhere_to_file() -> None:
    assert list(problems({"inbox": [{"path": "/srv/in"}]})) == ["library"]


def test_an_inbox_for_one_kind_needs_a_library_of_that_kind() -> None:
    found = problems({"library": [FILMS], "inbox": [{"path": "/srv/in", "kind": "books"}]})

    assert found["inbox[0].kind"].allowed == '"auto" or "movies", for which there is a library'


def test_quiet_time_is_not_longer_than_its_cap() -> None:
    found = problems({"watch": {"debounce_s": 40.0}})

    assert found["watch.debounce_s"].against == "watch.debounce_cap_s"


def test_a_mistake_is_not_held_against_what_is_right() -> None:
    assert list(problems({"watch": {"debounce_s": 40, "debounce_cap_s": "60"}})) == [
        "watch.debounce_cap_s",
    ]
    assert list(
        problems(
            {
                "library": [{**FILMS, "kind": "book"}],
                "inbox": [{"path": "/srv/in", "kind": "books"}],
            },
        ),
    ) == ["library[0].kind"]


def test_a_path_that_is_not_text_is_reported_in_text() -> None:
    found = problems({"library": [{**FILMS, "path": "films\udcff"}]})

    assert found["library[0].path"].found == '"films\\udcff"'


def test_a_key_that_is_no_word_is_reported_in_one_line() -> None:
    assert list(problems({"a\n\u2028b": 1, "daemon": {"\x1b": 2}})) == [
        '"a\\n\\u2028b"',
        'daemon."\\u001b"',
    ]


def test_keys_lists_what_a_settings_file_can_say() -> None:
    assert {"daemon.state_dir", "library[].kind", "inbox[].after", "import.auto_accept"} <= set(
        keys(),
    )


KEY = st.sampled_from(
    "daemon library inbox watch scan import queue schedule name path kind socket ignore".split(),
)
SCALAR = st.sampled_from(["", "/srv", "movies", "* * * * *", "\udcff", 0, -1, 1 << 70, 0.5, True])
TABLE = st.dictionaries(KEY, SCALAR | st.lists(SCALAR, max_size=2), max_size=3)


@hypothesis.settings(deadline=None)
@given(st.dictionaries(KEY, SCALAR | TABLE | st.lists(TABLE | SCALAR, max_size=3), max_size=4))
def test_whatever_a_file_says_it_is_settings_or_it_is_problems(raw: dict[str, object]) -> None:
    settings, found = check(raw)

    assert (settings is None) == bool(found)
    assert all(problem.key and problem.found and problem.allowed for problem in found)


def test_settings_written_out_and_read_again_are_the_same() -> None:
    settings = accepted({"library": [FILMS], "inbox": [{"path": "/srv/in"}]})

    assert accepted(msgspec.to_builtins(settings)) == settings


@hypothesis.settings(deadline=None)
@given(st.sampled_from(get_args(Player)), st.sampled_from(get_args(LibraryKind)))
def test_a_library_follows_a_player_that_shows_what_is_in_it(layout: str, kind: str) -> None:
    raw = {"library": [{"name": "One", "path": "/srv/one", "kind": kind, "layout": layout}]}
    settings, found = check(raw)

    shows = {
        "audiobookshelf": ("audiobooks", "books"),
        "plex": ("movies", "shows", "music", "audiobooks"),
        "kodi": ("movies", "shows", "music", "audiobooks"),
    }
    if kind in shows.get(layout, get_args(LibraryKind)):
        assert settings is not None
        assert settings.library[0].layout == layout
    else:
        [problem] = found
        assert problem.key == "library[0].layout"
        assert f"for {kind}: " in problem.allowed


def test_a_player_that_does_not_show_a_kind_is_refused_with_its_reason() -> None:
    films = {**FILMS, "layout": "audiobookshelf"}
    books = {"name": "Books", "path": "/srv/books", "kind": "books", "layout": "plex"}
    found = problems({"library": [films, books]})

    assert found["library[0].layout"].allowed == (
        '"jellyfin", "plex" or "kodi" for movies: Audiobookshelf shows audiobooks and books only'
    )
    assert found["library[1].layout"].allowed == (
        '"jellyfin" or "audiobookshelf" for books: Plex shows no books'
    )


def test_a_layout_that_does_not_exist_is_said_once() -> None:
    found = problems({"library": [{**FILMS, "layout": "plecks", "names": "dos", "template": 1}]})

    assert {key: problem.suggestion for key, problem in found.items()} == {
        "library[0].layout": '"plex"',
        "library[0].names": "",
        "library[0].template": "",
    }
