"""What a person has said that a dropped file is: checked, and put in place of what was read."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from shelfd.core.errors import UsageError
from shelfd.core.identity import Decision, Identity
from shelfd.core.names_words import key
from shelfd.core.nearest import nearest, one_of

Said: TypeAlias = str | int | list[int]
"""The value of a field, as a person or a program writes it."""

RULE = "a person has decided"
LONGEST = 500  # characters of a text; names of files are cut to what fits later on

PROVIDERS = ("tmdb", "imdb", "tvdb", "tvmaze", "anidb", "musicbrainz")
"""Whose ids can be said, each as a field of its own."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    "movie": ("title", "year", "edition", *PROVIDERS),
    "episode": ("title", "year", "season", "episodes", "date", "episode_title", *PROVIDERS),
    "track": (
        *("title", "artist", "album_artist", "album", "year", "track", "disc"),
        "musicbrainz",
    ),
    "audiobook": (
        *("title", "author", "series", "sequence", "year", "narrator", "asin", "isbn"),
        "disc",
    ),
    "book": ("title", "author", "series", "sequence", "year", "isbn"),
}
"""What can be said of each kind."""
KINDS = tuple(FIELDS)
NAMES = ("kind", *dict.fromkeys(name for names in FIELDS.values() for name in names))
"""Every field that there is."""
OTHER_NAMES = {
    "film": "movie",
    "movies": "movie",
    "show": "episode",
    "shows": "episode",
    "series": "episode",
    "music": "track",
    "song": "track",
    "album": "track",
    "audiobooks": "audiobook",
    "books": "book",
    "comic": "book",
}
"""What people call the kinds as well."""
OF_ONE_FILE: Mapping[str, tuple[str, ...]] = {
    "movie": (),
    "episode": ("episodes", "date", "episode_title"),
    "track": ("title", "track"),
    "audiobook": (),
    "book": (),
}
"""What no two files of the same work have in common."""
NUMBERS: Mapping[str, range] = {
    "year": range(1000, 2200),
    "season": range(10_000),
    "track": range(10_000),
    "disc": range(1, 1_000),
}
SEQUENCE = re.compile(r"\d{1,5}(?:\.\d{1,3})?")
DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
EPISODES = re.compile(r"(?i)e?(\d{1,5})(?:-e?(\d{1,5}))?")
MOST_EPISODES = 100
HINT = 'for example "kind=movie title=Dune year=1984"'


def fields(text: str) -> dict[str, str]:
    """Return the fields in `kind=movie title=Das Boot year=1981`; a value goes on to the next name, or stands in quotes.

    UsageError when something stands before the first of them, or one is there twice.
    """
    if not text.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _wrong("nothing", "it is no UTF-8", HINT)
    found: dict[str, str] = {}
    at = 0
    for match in _FIELD.finditer(text):
        if text[at : match.start()].strip():
            break
        name, quoted, plain = match[1].lower(), match[3], match[4]
        if name in found:
            raise _wrong(name, "it is there twice", "leave one of them out")
        found[name] = (plain or "").strip() if quoted is None else quoted
        at = match.end()
    if (rest := text[at:].strip()) or not found:
        raise _wrong(rest or "nothing", "this is no field with its value", HINT)
    return found


def decision(said: Mapping[str, Said], kind: str = "") -> Decision:
    """Return what these fields say; `kind` is that of the files when it is not among them.

    UsageError when a field does not exist, does not go with the kind, or has an impossible value.
    """
    for name in said:
        if name not in NAMES:
            near = nearest(name, NAMES)
            meant = f"; did you mean {near}?" if near else ""
            raise _wrong(
                name, "there is no field of this name", f"one of {', '.join(NAMES)}{meant}"
            )
    kind = _kind(said, kind)
    values = {
        name: _value(name, value)
        for name, value in said.items()
        if name not in ("kind", *PROVIDERS)
    }
    for name in (*values, *(name for name in PROVIDERS if name in said)):
        if name not in FIELDS[kind]:
            allowed = f"of {_a(kind)} can be said: {', '.join(FIELDS[kind])}"
            raise _wrong(name, f"{_a(kind)} has none", allowed)
    ids = {name: _text(name, said[name]) for name in PROVIDERS if name in said}
    return msgspec.convert({"kind": kind, "ids": ids, **values}, Decision)


def applied(said: Decision, read: Identity) -> Identity:
    """Return what a file is by a decision; of what this leaves open, what was read stays."""
    title = said.title or work_title(read)
    # year and ids were those of another work
    other = said.kind != read.kind or key(title) != key(work_title(read))
    base = read if said.kind == read.kind else Identity(kind=said.kind, part=read.part)
    given = {
        name: value
        for name in FIELDS[said.kind]
        if name not in ("title", "episode_title", *PROVIDERS)
        and (value := getattr(said, name)) not in (None, "", ())
    }
    found = replace(
        base,
        year=None if other else base.year,
        ids=said.ids or ({} if other else base.ids),
        confidence=1.0,
        rule=RULE,
    )
    found = replace(found, **given)
    if said.kind != "episode":
        return replace(found, title=title)
    season = found.season if found.season is not None or found.date else 1
    return replace(found, show=title, title=said.episode_title or found.title, season=season)


def lacking(found: Identity) -> str:
    """Return which field must be said before a file can be filed as this; empty when none."""
    if not work_title(found):
        return "title"
    if found.kind == "episode" and not (found.episodes or found.date):
        return "episodes"
    return "artist" if found.kind == "track" and not found.artist else ""


def work_title(read: Identity) -> str:
    """Return the title of the movie, the show, the track, the book."""
    return read.show if read.kind == "episode" else read.title


def of_work(said: Decision) -> Decision:
    """Return what of a decision can be said of all files of the same work."""
    nothing = Decision(kind=said.kind)
    return replace(said, **{name: getattr(nothing, name) for name in OF_ONE_FILE[said.kind]})


def of_one_file(said: Decision) -> Sequence[str]:
    """Return which fields of a decision can be true of one file only."""
    nothing = Decision(kind=said.kind)
    return [
        name for name in OF_ONE_FILE[said.kind] if getattr(said, name) != getattr(nothing, name)
    ]


def _kind(said: Mapping[str, Said], kind: str) -> str:
    word = str(said.get("kind", kind)).lower()
    if not word:
        raise _wrong("kind", "it is missing", f"one of {', '.join(KINDS)}")
    if word not in KINDS:
        near = OTHER_NAMES.get(word)
        allowed = (
            f"one of {', '.join(KINDS)}; did you mean {near}?" if near else one_of(word, KINDS)
        )
        raise _wrong("kind", f"{word!r} is none", allowed)
    return word


def _value(name: str, said: Said) -> object:
    if name == "episodes":
        return _episodes(said)
    if name in NUMBERS:
        return _number(name, said)
    text = _text(name, said)
    if name == "date" and DATE.fullmatch(text) is None:
        raise _wrong(name, f"{text!r} is no day", "like 2024-05-31")
    if name == "sequence" and SEQUENCE.fullmatch(text) is None:
        raise _wrong(name, f"{text!r} is no place in a series", "like 2 or 2.5")
    return text


def _number(name: str, said: Said) -> int:
    allowed = NUMBERS[name]
    text = str(said).strip()
    if re.fullmatch(r"[0-9]{1,6}", text) is None or int(text) not in allowed:
        what = f"a number from {allowed.start} to {allowed.stop - 1}"
        raise _wrong(name, f"{text[:40]!r} is none that is possible", what)
    return int(text)


def _episodes(said: Said) -> tuple[int, ...]:
    words = [str(one) for one in said] if isinstance(said, list) else str(said).split(",")
    found: list[int] = []
    for word in words:
        match = EPISODES.fullmatch(word.strip())
        span = range(0)
        if match is not None:
            span = range(int(match[1]), int(match[2] or match[1]) + 1)
        if not span or len(found) + len(span) > MOST_EPISODES:
            what = "like 3, or 3-5, or 3,7"
            raise _wrong("episodes", f"{word[:40]!r} is no number of an episode", what)
        found += span
    return tuple(dict.fromkeys(found))


def _text(name: str, said: Said) -> str:
    text = " ".join(str(said).split()) if isinstance(said, str | int) else ""
    if not text or len(text) > LONGEST or not any(letter.isalnum() for letter in text):
        raise _wrong(name, "it says nothing", f"a text of at most {LONGEST} characters")
    if not text.isprintable():
        raise _wrong(name, "there are control characters in it", "a text that can be printed")
    return text


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'ae' else 'a'} {kind}"


def _wrong(name: str, why: str, hint: str) -> UsageError:
    return UsageError(f"{name}: {why}", code="invalid_decision", hint=hint)


_FIELD = re.compile(
    r"""(?x) (?:^|(?<=\s)) ([A-Za-z_]+) \s* = \s*
    (?: (["']) (.*?) \2 (?=\s|$) | ([^"'].*?)? (?=\s+[A-Za-z_]+\s*=|\s*$) ) \s*""",
)
