"""What the names of files that lie together tell of one another: a number that counts on through them is that of an episode.

Only what is unsure by itself changes, and what only its directory calls a film, and never against what is sure beside
it; in which order files are met does not matter, and a file that lies alone is what it was.
"""

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from shelfd.core.identity import Identity, identify
from shelfd.core.media import AUDIO, VIDEO, Kind, Reading
from shelfd.core.names_words import key
from shelfd.core.paths import RelPath, guessed, name, parent, suffix
from shelfd.core.works import names_itself

Identities = dict[RelPath, Identity]

SURE = 0.85
"""How sure an episode is that counts on with others of one title."""
CLEAR = 0.8
"""How sure a file must be to need no others, and to speak for or against them."""
HARDLY = 0.75
"""How sure numbers alone are, in a directory that no show need have named."""
IN_DOUBT = 0.6
TAKEN = 0.5
"""How sure a file at most is when another one is surely the episode that it seems to be."""
FEW = 3
"""So many files make a run of numbers."""
MANY = 8
"""So many numbers no series of films has."""
FILM_MS = 75 * 60_000
"""What lasts so long is a film rather than an episode."""
NUMBER = re.compile(r"(?<![^\W_])(\d{1,3})(?=(?:v\d)?(?![^\W_]))")
NO_EPISODE = frozenset(
    "cd disc disk dvd bd part pt side vol volume reel chapter scene trailer teaser clip extra bonus featurette sample"
    " interview deleted".split()
)
"""Before such a word's number stands no title of a show."""


class Place(NamedTuple):
    """Where in the name of a file a number stands that may be an episode's."""

    number: int
    start: int
    end: int
    padded: bool


Run = Mapping[RelPath, Place]
"""Files with the same words before their number, and these numbers."""


def told(
    found: Mapping[RelPath, Identity], readings: Mapping[RelPath, Reading], kind: Kind | None
) -> Identities:
    """Return the identities of a drop's files again, in view of the names beside them; `kind` is what the inbox expects."""
    result = dict(found)
    if kind in (None, Kind.SHOWS):
        for paths in _together(result, VIDEO):
            for run in _runs(paths):
                result |= _counted({path: result[path] for path in run}, run, readings, kind)
        for paths in _together(result, VIDEO):
            result |= _like_the_sure({path: result[path] for path in paths})
    for paths in _together(result, VIDEO):
        result |= _not_by_itself({path: result[path] for path in paths}, readings)
    for paths in _together(result, AUDIO):
        result |= _tracks({path: result[path] for path in paths})
    return result


def _together(found: Mapping[RelPath, Identity], kinds: frozenset[str]) -> list[list[RelPath]]:
    """Return those files that lie in one directory with others, as far as they may be what they seem to be."""
    beside: dict[RelPath, list[RelPath]] = defaultdict(list)
    for path in sorted(found):
        if suffix(path) in kinds and _is_work(found[path]):
            beside[parent(path)].append(path)
    return [paths for paths in beside.values() if len(paths) > 1]


def _is_work(identity: Identity) -> bool:
    """Say whether a file may be a work; a sample, an extra, or a part of a film is none by itself."""
    unwanted = identity.confidence <= 0 and bool(identity.title)
    return bool(identity.kind) and not unwanted and identity.part is None


def _runs(paths: Iterable[RelPath]) -> list[Run]:
    """Return the runs of numbers through the names of these files; a file is in one of them at most."""
    groups: dict[str, dict[RelPath, Place]] = defaultdict(dict)
    for path in paths:
        text = _stem(path)
        for found in NUMBER.finditer(text):
            before = key(text[: found.start()])
            if not NO_EPISODE.isdisjoint(before.split()[-1:]):
                continue
            digits = found[1]
            place = Place(int(digits), found.start(), found.end(), digits.startswith("0"))
            groups[before].setdefault(path, place)
    runs: list[Run] = []
    taken: set[RelPath] = set()
    for before in sorted(groups, key=lambda text: (-_length(groups[text]), text)):
        run = {path: place for path, place in groups[before].items() if path not in taken}
        if _is_run(run):
            runs.append(run)
            taken.update(run)
    return runs


def _length(run: Run) -> int:
    return len({place.number for place in run.values()})


def _is_run(run: Run) -> bool:
    numbers = {place.number for place in run.values()}
    return len(numbers) >= FEW and 2 * len(numbers) > max(numbers) - min(numbers)


def _counted(
    found: Mapping[RelPath, Identity],
    run: Run,
    readings: Mapping[RelPath, Reading],
    kind: Kind | None,
) -> Identities:
    """Return the unsure files of a run as the episodes that its numbers say."""
    agree = [path for path in run if _is_read(found[path], run[path])]
    if any(found[path].confidence >= CLEAR and path not in agree for path in run):
        return {}
    speaks = any(place.padded for place in run.values()) or _length(run) >= MANY
    if not (speaks or 2 * len(agree) >= len(run)):
        return {}
    if kind is None and _are_films([readings[path] for path in run]):
        rule = "but each file beside it is as long as a film"
        return {path: _lowered(found[path], IN_DOUBT, rule) for path in agree}
    result: Identities = {}
    for path, place in run.items():
        identity = found[path]
        if identity.confidence >= CLEAR or identity.ids:
            continue
        read = identity if path in agree else _read(path, place, readings[path])
        if read.show and _is_read(read, place):
            bare = not key(_stem(path)[: place.start])
            sure = HARDLY if bare and kind is None else SURE
            rule = f"{read.rule}; {len(run)} files beside one another count so"
            result[path] = replace(read, confidence=max(sure, read.confidence), rule=rule)
    return result


def _is_read(identity: Identity, place: Place) -> bool:
    return identity.kind == "episode" and identity.episodes == (place.number,)


def _read(path: RelPath, place: Place, reading: Reading) -> Identity:
    """Return what a file is when the number in its name is that of an episode."""
    text = guessed(name(path))
    said = f"{text[: place.start]}E{text[place.start :]}"
    above = (guessed(part) for part in parent(path).split(b"/") if part)
    return identify((*above, said), reading, Kind.SHOWS)


def _are_films(readings: Sequence[Reading]) -> bool:
    lengths = [one.duration_ms for one in readings if one.duration_ms]
    return bool(lengths) and statistics.median(lengths) >= FILM_MS


def _like_the_sure(found: Mapping[RelPath, Identity]) -> Identities:
    """Return the unsure episodes of one directory with title and year of the show that the sure ones are of."""
    sure = [one for one in found.values() if one.kind == "episode" and one.confidence >= CLEAR]
    if len(sure) < FEW - 1 or len({key(one.show) for one in sure}) != 1:
        return {}
    taken = {(one.season, number) for one in sure for number in one.episodes}
    shown = Counter(one.show for one in sure)
    show = min(shown, key=lambda text: (-shown[text], text))
    years = {one.year for one in sure if one.year is not None}
    result: Identities = {}
    for path, identity in found.items():
        unsure = identity.kind == "episode" and identity.confidence < CLEAR and not identity.ids
        if not unsure or not identity.episodes or not _may_be(identity, show):
            continue
        if any((identity.season, number) in taken for number in identity.episodes):
            rule = "but another file beside it is that episode"
            result[path] = _lowered(identity, TAKEN, rule)
            continue
        known = identity.season in {season for season, _number in taken}
        result[path] = replace(
            identity,
            show=show,
            year=identity.year or (years.copy().pop() if len(years) == 1 else None),
            confidence=SURE if known else identity.confidence,
            rule=f"{identity.rule}; {len(sure)} files beside it are of this show",
        )
    return result


def _may_be(identity: Identity, show: str) -> bool:
    """Say whether an episode is of a show that others beside it are of: its own name for it says no other."""
    own, other = key(identity.show), key(show)
    return f" {own} " in f" {other} " if own else True


def _lowered(identity: Identity, most: float, rule: str) -> Identity:
    sure = min(identity.confidence, most)
    return replace(identity, confidence=sure, rule=f"{identity.rule}, {rule}")


def _not_by_itself(
    found: Mapping[RelPath, Identity], readings: Mapping[RelPath, Reading]
) -> Identities:
    """Return the files that only their directory calls a film, where another one of that film carries its title."""
    films = {path: one for path, one in found.items() if one.kind == "movie" and one.title}
    named = {path for path, one in films.items() if names_itself(path, one.title, one.year)}
    meant = {films[path].year or key(films[path].title) for path in named}
    rule = "but another file beside it carries that title"
    return {
        path: _lowered(one, IN_DOUBT, rule)
        for path, one in films.items()
        if path not in named
        and (one.year or key(one.title)) in meant
        and key(readings[path].tags.get("title", "")) != key(one.title)
    }


def _tracks(found: Mapping[RelPath, Identity]) -> Identities:
    """Return the tracks of one album by their names, a little surer when their numbers count on from the first."""
    tracks = {path: one for path, one in found.items() if one.kind == "track" and one.track}
    numbers = [one.track for one in tracks.values()]
    wholes = {(key(one.album_artist or one.artist), key(one.album)) for one in tracks.values()}
    counted = len(numbers) >= FEW and sorted(filter(None, numbers)) == [*range(1, len(numbers) + 1)]
    if not counted or len(tracks) != len(found) or len(wholes) != 1 or not all(next(iter(wholes))):
        return {}
    rule = f"{len(tracks)} tracks beside one another count so"
    return {
        path: replace(one, confidence=CLEAR, rule=f"{one.rule}; {rule}")
        for path, one in tracks.items()
        if IN_DOUBT <= one.confidence < CLEAR and one.title
    }


def _stem(path: RelPath) -> str:
    return guessed(name(path)).rpartition(".")[0]
