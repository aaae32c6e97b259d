"""The settings file is read, or it is said why not."""

from pathlib import Path

import pytest

from shelfd.core.errors import UsageError
from shelfd.core.settings import Problem
from shelfd.edges.settings_file import load, report


def refusal(path: Path | str) -> UsageError:
    with pytest.raises(UsageError) as error:
        load(str(path))
    assert error.value.hint
    return error.value


def test_a_file_is_what_its_toml_says(tmp_path: Path) -> None:
    file = tmp_path / "shelfd.toml"
    file.write_text('[daemon]\nlog_level = "debug"\n[[inbox]]\npath = "/srv/Eingänge"\n')

    assert load(bytes(file)) == {
        "daemon": {"log_level": "debug"},
        "inbox": [{"path": "/srv/Eingänge"}],
    }


def test_the_mark_that_some_editors_put_first_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "shelfd.toml"
    file.write_bytes(b"\xef\xbb\xbf[daemon]\n")

    assert load(str(file)) == {"daemon": {}}


def test_a_syntax_error_is_named_with_its_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "shelfd.toml"
    file.write_text("[daemon]\n\nlog_level = loud\n")

    error = refusal(file)

    assert error.message == f"{file}: not TOML: Invalid value (at line 3, column 13)"
    assert error.code == "settings_syntax"


def test_a_file_that_is_not_utf_8_is_named_with_its_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "shelfd.toml"
    file.write_bytes(b'[daemon]\nlog_level = "l\xe4ut"\n')

    assert refusal(file).message == f"{file}: not UTF-8 (at line 2, column 15)"


def test_a_file_that_is_not_there_says_what_to_do_instead(tmp_path: Path) -> None:
    error = refusal(tmp_path / "none.toml")

    assert error.message.endswith("none.toml: cannot read the settings: No such file or directory")
    assert error.code == "settings_unreadable"


def test_a_directory_is_no_settings_file(tmp_path: Path) -> None:
    assert refusal(tmp_path).message.endswith("Is a directory")


def test_a_file_name_that_is_no_text_is_shown_as_text() -> None:
    assert "caf\\xe9" in refusal("/nowhere/caf\udce9.toml").message


def test_the_report_has_a_line_for_each_problem() -> None:
    problems = [
        Problem(
            key="watch.debonce_s",
            found="a key that does not exist",
            allowed="debounce_s",
            suggestion="debounce_s",
        ),
        Problem(key="library[1].kind", found="3", allowed='"movies"'),
    ]

    assert report(problems, "/etc/shelfd/shelfd.toml") == (
        "/etc/shelfd/shelfd.toml: 2 problems in the settings\n"
        "  watch.debonce_s: found a key that does not exist, allowed is debounce_s;"
        " did you mean debounce_s?\n"
        '  library[1].kind: found 3, allowed is "movies"'
    )
