"""Search: items by parts of the words in their names, the nearest first, through an index of trigrams."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from shelfd.store.database import Tx
from shelfd.store.queries import SHOWN, Item, item_of

# in the order of the index, so that a page ends where it has enough; whatever the index was not asked for is looked at
PAGE = f"""
SELECT items.* FROM items_search CROSS JOIN items ON items.id = items_search.rowid
WHERE items_search MATCH :said AND items_search.rowid > :after AND {SHOWN}
  AND NOT EXISTS (SELECT 1 FROM json_each(:loose) WHERE instr(items.search, value) = 0)
ORDER BY items_search.rowid LIMIT :limit
"""  # noqa: S608  # built from constants

# U+10FFFF is no character, so it comes after all that can follow
TRIGRAMS = "SELECT term FROM item_trigrams WHERE term >= ?1 AND term < ?1 || char(1114111) LIMIT ?2"

NEARNESS = 48
"""A cursor is how near the last item was, above this many bits of its id: a number that JavaScript can still hold."""
WORDS = 16
"""So many words are looked up, the longest first; whether an item has the others is seen in its text."""
LETTERS = 2
"""A word of one character is looked up only when it is among so many: it has too many trigrams for the little it tells."""
FEW = 256
"""Trigrams with a character in front: what has more is in so many items that looking it up would not pay."""

ALL = 'kind : ("alb" OR "aud" OR "boo" OR "epi" OR "mov" OR "sho" OR "tra")'
END = "\n"
NOTHING = '"\n\n\n\n"'  # there are three newlines at most


class Hit(NamedTuple):
    """An item that was found."""

    item: Item
    cursor: int
    """The next page begins after this."""


class _Asked(NamedTuple):
    by_nearness: tuple[str, ...]
    """For FTS5, the nearest first; no item fits two of them."""
    loose: list[str]
    """Words that these say nothing of."""


def search(tx: Tx, words: Sequence[str], *, kind: str | None, after: int, limit: int) -> list[Hit]:
    """Return items that have all of these folded words in them, at least one, from after a cursor, 0 at first.

    First what is called so, then what begins so, then what has all words in its title, then the rest; among equals
    by id. How near an item is depends on its own text alone. So whatever else comes, goes or changes between two
    pages, an item that stays as it is stands on exactly one of them.
    """
    asked = _asked(tx, words, kind)
    nearness, last = max(after >> NEARNESS, 1), after & ((1 << NEARNESS) - 1)
    hits: list[Hit] = []
    for near, said in enumerate(asked.by_nearness, 1):
        if near < nearness or len(hits) == limit:
            continue
        values = {
            "said": said,
            "after": last if near == nearness else 0,
            "loose": msgspec.json.encode(asked.loose).decode(),
            "limit": limit - len(hits),
        }
        rows = tx.execute(PAGE, values)
        hits.extend(Hit(item_of(row), near << NEARNESS | row["id"]) for row in rows)
    return hits


def _asked(tx: Tx, words: Sequence[str], kind: str | None) -> _Asked:
    # as the view item_texts has it
    begin = "\n" + " ".join(words)
    is_so = f"name : {_phrase(begin + END)}"
    begins_so = f"name : {_part(tx, begin) or NOTHING}"
    parts: list[str] = []
    loose: list[str] = []
    for number, word in enumerate(_longest_first(words)):
        most = WORDS if len(word) > 1 else LETTERS
        part = _part(tx, word) if number < most else None
        if part is None:
            loose.append(word)
        else:
            parts.append(part)
    in_name = _and(f"name : {part}" for part in parts) if parts else begins_so
    anywhere = _and(parts) if parts else ALL
    of_kind = f'kind : "{kind[:3]}" AND ' if kind else ""
    return _Asked(
        by_nearness=(
            f"{of_kind}({is_so})",
            f"{of_kind}(({begins_so}) NOT ({is_so}))",
            f"{of_kind}(({in_name}) NOT ({begins_so}))",
            f"{of_kind}(({anywhere}) NOT ({in_name}))",
        ),
        loose=loose,
    )


def _part(tx: Tx, text: str) -> str | None:
    """Return what finds a part of a text; None for a character that is nearly everywhere."""
    if len(text) > 2:
        return _phrase(text)
    most = FEW if len(text) == 1 else -1
    terms = [row[0] for row in tx.execute(TRIGRAMS, (text, most + 1 if most > 0 else most))]
    if len(terms) > most > 0:
        return None
    return f"({' OR '.join(map(_phrase, terms))})" if terms else NOTHING


def _phrase(text: str) -> str:
    """Return a text as FTS5 takes it for nothing but text."""
    escaped = text.replace('"', '""')
    return f'"{escaped}"'


def _and(parts: Iterable[str]) -> str:
    return " AND ".join(f"({part})" for part in parts)


def _longest_first(words: Sequence[str]) -> list[str]:
    return sorted(dict.fromkeys(words), key=len, reverse=True)
