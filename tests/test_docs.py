"""What is written for people says what the program does."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from shelfd.core.settings import Settings
from shelfd.core.settings_check import check, keys

ROOT = Path(__file__).parents[1]
EXAMPLE = (ROOT / "etc" / "shelfd.toml").read_text()
SWITCHED_ON = re.sub(r"(?m)^#(?=\S)", "", EXAMPLE)
README = (ROOT / "README.md").read_text()


def written(raw: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """Yield the keys of a settings file as `shelfd.core.settings_check.keys` names them."""
    for key, value in raw.items():
        match value:
            case dict():
                yield from written(value, f"{prefix}{key}.")
            case [dict(row)]:
                yield from written(row, f"{prefix}{key}[].")
            case _:
                yield f"{prefix}{key}"


def test_the_example_settings_are_all_commented_out() -> None:
    assert tomllib.loads(EXAMPLE) == {}


def test_the_example_settings_name_every_key_in_order_and_no_other() -> None:
    assert list(written(tomllib.loads(SWITCHED_ON))) == list(keys())


def test_the_example_settings_show_the_defaults() -> None:
    settings, problems = check(tomllib.loads(SWITCHED_ON))

    assert problems == ()
    assert settings is not None
    assert msgspec.structs.replace(settings, library=(), inbox=()) == Settings()


def test_the_rows_of_the_example_settings_show_the_defaults() -> None:
    raw = tomllib.loads(SWITCHED_ON)
    least = {
        "library": [{key: raw["library"][0][key] for key in ("name", "path", "kind")}],
        "inbox": [{"path": raw["inbox"][0]["path"]}],
    }

    assert check(raw)[0] == check(least)[0]


def test_every_example_setting_has_a_sentence_in_front() -> None:
    lines = EXAMPLE.splitlines()
    for before, line in pairwise(lines):
        if re.match(r"#[a-z_]+ = ", line):
            assert before.startswith("# "), line


@pytest.mark.parametrize("key", list(keys()))
def test_the_readme_explains_every_setting(key: str) -> None:
    assert f"`{key.replace('[]', '')}`" in README
