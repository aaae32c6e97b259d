"""In which order the items of a library move, so that each place is free in time; and which cannot, and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from shelfd.core.paths import TOP, RelPath, ancestors, identity, join, name, parent, printable

Moves = Mapping[RelPath, RelPath]
SWAPPED = "it and others would have to swap their places"


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in a library at one moment."""

    files: Collection[RelPath]
    others: Collection[RelPath]
    directories: Collection[RelPath]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to move with one item; what is right already is among it."""

    moves: Moves
    own: Collection[RelPath]
    """Those of its files without which it does not move."""


class Cleared(msgspec.Struct, frozen=True, kw_only=True):
    """What can be done."""

    order: tuple[int, ...]
    """The numbers of the items that move, the first first."""
    moves: Sequence[Moves]
    """What moves of each item, in the order in which it can."""
    refused: Mapping[RelPath, str]
    """What cannot move, with why; where one of its own files cannot, all of the item."""


def spelled(scene: Scene, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return the moves with directories spelled as what stays there spells them, or else as the first to come."""
    moving = {path for one in wanted for path, target in one.moves.items() if path != target}
    staying = [path for path in scene.files if path not in moving]
    used = {above for path in scene.files for above in ancestors(path)}
    exact = {above for path in (*staying, *scene.others) for above in ancestors(path)}
    exact.update(directory for directory in scene.directories if directory not in used)
    known: dict[str, RelPath] = {"": TOP}
    for directory in sorted(exact):
        known.setdefault(identity(directory), directory)

    def spell(directory: RelPath) -> RelPath:
        if directory in exact:
            return directory
        key = identity(directory)
        if key not in known:
            known[key] = join(spell(parent(directory)), name(directory))
        return known[key]

    return [
        Wanted(
            moves={
                path: target if path == target else join(spell(parent(target)), name(target))
                for path, target in one.moves.items()
            },
            own=one.own,
        )
        for one in wanted
    ]


def cleared(scene: Scene, wanted: Sequence[Wanted]) -> Cleared:
    """Return what can be done of these moves."""
    moves = [
        {path: target for path, target in one.moves.items() if path != target} for one in wanted
    ]
    owner = {path: number for number, one in enumerate(moves) for path in one}
    field = _Field(scene, owner)
    refused: dict[RelPath, str] = {}
    ordered: list[Moves] = []
    waits: dict[int, set[int]] = {}
    for number, one in enumerate(moves):
        for path, why in field.objections(one):
            own = path in wanted[number].own
            refused |= dict.fromkeys(one, why) if own else {path: why}
        within = _in_order(one, field)
        if within is None:
            refused |= dict.fromkeys(one, "files of it would have to swap their names")
        ordered.append(within or {})
        there = {found for target in one.values() if (found := field.at(target)) is not None}
        waits[number] = {owner[path] for path in there & owner.keys()} - {number}
    order = _ordered([number for number, one in enumerate(moves) if one], waits)
    for number in waits.keys() - set(order):
        if not any(path in refused for path in moves[number]):
            refused |= dict.fromkeys(moves[number], SWAPPED)
    return Cleared(order=tuple(order), moves=ordered, refused=refused)


class _Field:
    """What lies where, whatever its spelling."""

    def __init__(self, scene: Scene, owner: Mapping[RelPath, int]) -> None:
        self._owner = owner
        self._there = {identity(path): path for path in (*scene.files, *scene.others)}
        self._directories = {identity(path): path for path in scene.directories}
        self._first: dict[str, RelPath] = {}
        """What comes to each place first."""

    def at(self, target: RelPath) -> RelPath | None:
        """Return the file that lies at a target."""
        return self._there.get(identity(target))

    def objections(self, moves: Moves) -> Iterator[tuple[RelPath, str]]:
        """Yield what of an item cannot move, with why."""
        for path, target in moves.items():
            if (why := self._objection(path, target)) is not None:
                yield path, why

    def _objection(self, path: RelPath, target: RelPath) -> str | None:
        key = identity(target)
        there = self.at(target)
        if there is not None and there != path and there not in self._owner:
            return f"something else is already at {printable(there)}"
        if key in self._directories:
            return f"a directory is already at {printable(self._directories[key])}"
        for above in ancestors(target):
            if identity(above) in self._there:
                return f"{printable(above)} is a file, and would have to be a directory"
        other = self._first.setdefault(key, path)
        if other != path:
            return f"{printable(path)} would get the same name as {printable(other)}"
        return None


def _in_order(moves: Moves, field: _Field) -> dict[RelPath, RelPath] | None:
    """Return the moves of one item so that each comes to a free place; None when some are in a circle."""
    left = dict(moves)
    done: dict[RelPath, RelPath] = {}
    while left:
        free = [
            path
            for path, target in left.items()
            if (there := field.at(target)) is None or there == path or there not in left
        ]
        if not free:
            return None
        for path in free:
            done[path] = left.pop(path)
    return done


def _ordered(numbers: Iterable[int], waits: Mapping[int, set[int]]) -> list[int]:
    """Return these so that each comes after those it waits for; without those that wait in a circle, or for such."""
    left, done = list(numbers), dict[int, None]()
    while True:
        ready = [number for number in left if waits[number] <= done.keys()]
        if not ready:
            return list(done)
        done.update(dict.fromkeys(ready))
        left = [number for number in left if number not in done]
