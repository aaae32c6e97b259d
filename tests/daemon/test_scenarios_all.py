"""Each behaviour that is known to matter from the tests of other watchers and scanners is shown by a test of ours."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
NUMBERS = {"AG": 11, "WF": 10, "WM": 15, "NV": 29, "PL": 13, "AB": 3, "AS": 3, "JF": 3}
"""syncthing's aggregator and its watcher, watchman, navidrome, paperless-ngx, audiobookshelf, autoscan, Jellyfin."""
SCENARIOS = tuple(
    f"{source}{number}" for source, last in NUMBERS.items() for number in range(1, last + 1)
)
OTHERWISE = {
    "WM12": "what cannot be read counts as gone there; here it is no loss",
    "WM4": "a link is told there; here one to a directory counts only where the settings say so",
    "WF9": "a time that changed alone is no event here; a normal scan sees it",
    "NV28": "scans purge there; here a cleanup does, after the days of grace",
    "AB3": "what was modified in place is passed over there; here it is read again",
    "AS2": "there the last time counts; here who asks has an operation of their own",
    "JF1": "a busy directory can starve there; here it is looked at at the cap",
}
"""What their tests say and we do not copy: our tests of the same name say what is right here."""

ID = re.compile(rf"(?:{'|'.join(NUMBERS).lower()})\d+")


def shown() -> dict[str, list[str]]:
    """Return the tests of each scenario: their names begin with its id, or with those of several."""
    found: dict[str, list[str]] = {}
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for word in node.name.split("_")[1:]:
                    if ID.fullmatch(word) is None:
                        break
                    found.setdefault(word.upper(), []).append(node.name)
    return found


def test_every_scenario_is_shown_by_a_test_that_is_named_after_it() -> None:
    assert len(SCENARIOS) == 87
    assert set(SCENARIOS) - shown().keys() == set()


def test_no_test_is_named_after_a_scenario_that_there_is_not() -> None:
    assert shown().keys() - set(SCENARIOS) == set()


def test_what_is_not_copied_has_a_test_that_says_what_is_right_instead() -> None:
    assert OTHERWISE.keys() <= shown().keys()
