"""What somebody who has mistyped a word will have meant."""

from collections.abc import Collection, Iterable


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the one of these words that comes next to another; empty when none is like it."""
    # for those who mistype: a daemon that nobody does need not have it in memory
    from difflib import get_close_matches  # noqa: PLC0415  # see above

    return next(iter(get_close_matches(word, list(words), n=1)), "")


def one_of(word: str, words: Collection[str]) -> str:
    """Return which words there are, and which one was meant: `one of a, b; did you mean b?`."""
    near = nearest(word, words)
    return f"one of {', '.join(words)}" + (f"; did you mean {near}?" if near else "")
