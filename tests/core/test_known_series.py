"""What the library has of a series of comics says what another comic is."""

import pytest

from shelfd.core.identity import Identity
from shelfd.core.known_series import Issue, joined, sought

ISSUE = Identity(
    kind="book", title="Salt #3", series="salt", sequence="3", confidence=0.5, rule="its name"
)


def test_a_comic_of_a_known_series_is_sure_enough_and_lies_with_the_others() -> None:
    found = joined(ISSUE, [Issue("Salt", "Ann Ink"), Issue("Salt Road", "Ben Brush")])

    assert (found.series, found.author, found.confidence) == ("Salt", "Ann Ink", 0.85)
    assert found.rule == "its name; the library has others of the series Salt"
    assert [one.source for one in found.candidates] == ["library"]


@pytest.mark.parametrize(
    ("author", "known"),
    [("", []), ("", [Issue("Salt Road", "")]), ("Ann Ink", [Issue("Salt", "Ben Brush")])],
)
def test_another_series_and_another_author_say_nothing(author: str, known: list[Issue]) -> None:
    issue = Identity(kind="book", series="Salt", sequence="3", author=author, confidence=0.5)

    assert joined(issue, known) == issue


def test_only_a_comic_with_a_number_is_looked_for() -> None:
    assert sought(ISSUE, ".cbz") == "salt"
    assert sought(ISSUE, ".epub") == ""
    assert sought(Identity(kind="book", series="salt", confidence=0.5), ".cbz") == ""
