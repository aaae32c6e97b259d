"""Where the items of a library belong: each unit judged as if it were dropped, and moved whole or not at all."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from shelfd.core import decisions, evidence, plan
from shelfd.core.holdings import Holdings, Unit
from shelfd.core.identity import Identity
from shelfd.core.media import HOLDS, Kind, Sort, is_media, sort
from shelfd.core.names_words import key
from shelfd.core.paths import RelPath, guessed, join, name, parent, printable, suffix
from shelfd.core.plan import Request, Verdict
from shelfd.core.review import Judged
from shelfd.core.roles import Roles, roles

TOGETHER = frozenset({Kind.SHOWS, Kind.MUSIC, Kind.AUDIOBOOKS})
"""Libraries in which a directory that is mostly one item is taken for that item, and not for a shelf of several."""
FEW = 3
OF_A_SEASON = re.compile(r"(?i)(?<![a-z])(?:s|season[ ._-]?|staffel[ ._-]?)\d{1,4}(?!\d)")
"""What stands in the name of a directory that holds one season, and not all of a show."""
NOTHING = "there is nothing in it but samples and extras"


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What moves whole."""

    path: RelPath
    """Where it is: a directory, or its file when that lies among others."""
    moves: Mapping[RelPath, RelPath]
    """Each of its files, with where it belongs; what is right already is among them."""
    works: tuple[RelPath, ...]
    """Those of its files that are played or read."""
    rule: str
    around: tuple[RelPath, ...] = ()
    """Those of its files that are about all of a directory: they go where that goes, when it goes as a whole."""


class Housed(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one unit."""

    items: tuple[Item, ...] = ()
    left: Mapping[RelPath, str] = {}
    """What stays, with why: the unit as a whole, or single files of it."""
    works: tuple[RelPath, ...] = ()
    """All files that are played or read, those that stay among them."""


def housed(holdings: Holdings, unit: Unit, here: Mapping[RelPath, RelPath]) -> Housed:
    """Return where the files of a unit belong; `here` has the original path of each file by its path now."""
    request = _request(holdings, unit, here)
    sorted_out = roles(request.files)
    verdicts = plan.verdicts(_decided(holdings, request, sorted_out, here))
    on_disc = {path for disc in sorted_out.discs for path in disc.files}
    works = {*sorted_out.works, *on_disc}
    mine = [verdict for verdict in verdicts if verdict.path in works]
    sure = [verdict for verdict in mine if verdict.state == "file"]
    unsure = {
        RelPath(verdict.path): _reason(verdict, holdings.kind)
        for verdict in mine
        if verdict.state != "file"
    }
    groups = _groups(sure)
    every = tuple(sorted(map(RelPath, works)))
    if why := _stays(holdings.kind, groups, unsure):
        return Housed(left={unit.path: why}, works=every)
    items = [_item(unit, group, verdicts, alone=len(groups) == 1) for group in groups.values()]
    if holdings.kind is Kind.SHOWS and len(items) == 1:
        items = [_with_pictures(unit, items[0])]
    return Housed(items=tuple(items), left=unsure, works=every)


def _request(holdings: Holdings, unit: Unit, here: Mapping[RelPath, RelPath]) -> Request:
    """Return the unit as a drop; media of other kinds are what lies beside its own."""
    kind = holdings.kind
    files = {
        path: holdings.files[here[path]]
        for path in unit.files
        if not is_media(path) or suffix(path) in HOLDS[kind]
    }
    media = [path for path in files if is_media(path)]
    notes = {path: holdings.notes[here[path]] for path in files if here[path] in holdings.notes}
    return Request(
        inbox=holdings.root,
        kind=kind,
        mode="move",
        after="keep",
        libraries={kind: holdings.root},
        layouts={holdings.root: holdings.layout},
        auto_accept=holdings.auto_accept,
        drop=unit.path,
        files=files,
        readings={path: holdings.readings[here[path]] for path in media},
        witnesses=evidence.by_media(notes, media),
    )


def _decided(
    holdings: Holdings, request: Request, sorted_out: Roles, here: Mapping[RelPath, RelPath]
) -> Request:
    """Return the request with what people have said of its files, which counts before all else."""
    said = {
        path: holdings.decisions[here[path]]
        for path in request.readings
        if here[path] in holdings.decisions
    }
    if not said:
        return request
    read = plan.identities(request, sorted_out)
    judged = {
        path: Judged(
            identity=read[path]
            if path not in said or said[path].skip
            else decisions.applied(said[path], read[path]),
            skip=path in said and said[path].skip,
            decided=path in said,
        )
        for path in read
    }
    return replace(request, judged=judged)


def _groups(sure: Iterable[Verdict]) -> dict[tuple[object, ...], list[Verdict]]:
    """Return the files that are filed by the item that they are of."""
    found: dict[tuple[object, ...], list[Verdict]] = {}
    for verdict in sure:
        if verdict.identity is not None:
            found.setdefault(_what(verdict, verdict.identity), []).append(verdict)
    # the other files of a disc go with the first, which says what it is
    owners = {one.path: group for group in found.values() for one in group}
    for verdict in sure:
        if verdict.identity is None and verdict.owner in owners:
            owners[verdict.owner].append(verdict)
    return found


def _what(verdict: Verdict, one: Identity) -> tuple[object, ...]:
    match one.kind:
        case "episode":
            return "show", key(one.show), one.year
        case "track" if one.album:
            return "album", key(one.album_artist or one.artist), key(one.album)
        case "audiobook":
            return "audiobook", key(one.author), key(one.album or one.title)
        case "movie":
            return "movie", key(one.title), one.year
        case _:
            return one.kind, verdict.path


def _stays(
    kind: Kind,
    groups: Mapping[tuple[object, ...], Sequence[Verdict]],
    unsure: Mapping[RelPath, str],
) -> str:
    """Return why all of a unit stays; empty when it does not."""
    if unsure and len(groups) < 2:
        path, reason = next(iter(unsure.items()))
        more = f", and {len(unsure) - 1} more" if len(unsure) > 1 else ""
        return f"{printable(path)}: {reason}{more}"
    counted = Counter({what: len(group) for what, group in groups.items()})
    whole = sum(counted.values()) + len(unsure)
    most = max(counted.values(), default=0)
    if kind in TOGETHER and len(groups) > 1 and most >= FEW and 2 * most >= whole:
        odd = min(groups.values(), key=len)[0]
        one = f"{most} of its {whole} files are of one item"
        return f"{one}, and {printable(odd.path)} is taken for another: {odd.rule}"
    return "" if groups else NOTHING


def _item(
    unit: Unit, group: Sequence[Verdict], verdicts: Iterable[Verdict], *, alone: bool
) -> Item:
    """Return the files of one item, with what belongs to them."""
    works = {verdict.path for verdict in group}
    moves = {
        RelPath(verdict.path): RelPath(verdict.target)
        for verdict in verdicts
        if verdict.state == "file" and (verdict.path in works or verdict.owner in works)
    }
    first = min(group, key=lambda verdict: verdict.path)
    return Item(
        path=unit.path if alone else RelPath(first.path),
        moves=moves,
        works=tuple(sorted(map(RelPath, works))),
        rule=first.rule,
        around=tuple(
            path
            for path, target in moves.items()
            if not is_media(path) and name(path).lower() == name(target).lower()
        ),
    )


def _with_pictures(unit: Unit, item: Item) -> Item:
    """Let the pictures in the directory of a show be those of the show, whose seasons have directories of their own."""
    homes = {parent(parent(item.moves[work])) for work in item.works}
    home = next(iter(homes))
    if len(homes) > 1 or not home or OF_A_SEASON.search(guessed(name(unit.path))):
        return item
    moves = {
        path: join(home, name(path))
        if parent(path) == unit.path and sort(path) is Sort.COVER
        else target
        for path, target in item.moves.items()
    }
    around = tuple(
        path for path in item.around if path not in moves or moves[path] == item.moves[path]
    )
    return replace(item, moves=moves, around=around)


def _reason(verdict: Verdict, kind: Kind) -> str:
    if verdict.reason.startswith("there is no library of kind") and verdict.identity is not None:
        return f"it is taken for {_an(verdict.identity.kind)}, and this library is of kind {kind}"
    return verdict.reason


def _an(word: str) -> str:
    return f"an {word}" if word[:1] in "aeiou" else f"a {word}"
