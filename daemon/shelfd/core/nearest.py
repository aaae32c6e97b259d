"""What somebody who has mistyped a word will have meant."""

from collections.abc import Iterable


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the one of these words that comes next to another; empty when none is like it."""
    # for those who mistype: a daemon that nobody does need not have it in memory
    from difflib import get_close_matches  # noqa: PLC0415  # see above

    return next(iter(get_close_matches(word, list(words), n=1)), "")
