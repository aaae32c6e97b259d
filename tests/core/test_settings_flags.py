"""Flags are settings, and outrank the file."""

from shelfd.core.settings_check import check
from shelfd.core.settings_flags import from_flags


def test_flags_alone_are_enough() -> None:
    raw = from_flags(["/try/in"], "/try/library", "/try/state", "/try/state/s.sock", {})

    settings, problems = check(raw)

    assert problems == ()
    assert settings is not None
    assert [(library.name, library.path, library.kind) for library in settings.library] == [
        ("Movies", "/try/library/Movies", "movies"),
        ("Shows", "/try/library/Shows", "shows"),
        ("Music", "/try/library/Music", "music"),
        ("Audiobooks", "/try/library/Audiobooks", "audiobooks"),
        ("Books", "/try/library/Books", "books"),
    ]
    assert [(inbox.name, inbox.path) for inbox in settings.inbox] == [("in", "/try/in")]
    assert settings.daemon.state_dir == "/try/state"
    assert settings.daemon.socket == "/try/state/s.sock"


def test_a_flag_outranks_the_file_and_leaves_the_rest_of_it() -> None:
    base = {
        "daemon": {"state_dir": "/old", "log_level": "debug"},
        "inbox": [{"path": "/old/a"}, {"path": "/old/b"}],
        "watch": {"settle_s": 1},
    }

    assert from_flags(["/new"], None, "/state", None, base) == {
        "daemon": {"state_dir": "/state", "log_level": "debug"},
        "inbox": [{"path": "/new"}],
        "watch": {"settle_s": 1},
    }


def test_without_flags_the_file_stays_as_it_is() -> None:
    base = {"daemon": {"state_dir": "/old"}, "library": [], "colour": "red"}

    assert from_flags([], None, None, None, base) == base


def test_a_mistake_in_the_file_is_left_for_the_check() -> None:
    assert from_flags([], None, "/state", None, {"daemon": 3}) == {"daemon": 3}
