"""A library arranged as its layout has it: which items move where, which are right already, and which stay and why.

What is planned is planned again as it would lie then, until nothing more would move: a second time there is nothing
to do. What would not be taken for the same at its new place stays where it is.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from shelfd.core import clearing, company
from shelfd.core.clearing import Moves, Scene, Wanted
from shelfd.core.company import Homes
from shelfd.core.filing import RENAME, directories
from shelfd.core.holdings import Holdings, Unit, is_below, troubles, units_of
from shelfd.core.housing import Housed, Item, housed
from shelfd.core.journal import Action, Expected, FileStep
from shelfd.core.media import is_media
from shelfd.core.paths import Place, RelPath, ancestors, parent, printable, within

ROUNDS = 4
"""How often what was planned is planned again."""
TRIES = 32
"""How often all is planned again without what turned out to be impossible."""
UNSTEADY = "at its new place it would be taken for something else again"
IN_THE_WAY = "it is in the way of others, or they of it"


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """An item that moves."""

    path: RelPath
    """Where it is: a directory, or a file."""
    target: RelPath
    """Where it will be."""
    rule: str
    moves: Moves
    """What moves of it, in the order in which it can."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of a library."""

    going: Sequence[Going] = ()
    """In the order in which they can move."""
    right: int = 0
    """Items that are where they belong."""
    left: Mapping[RelPath, str] = {}
    """What stays though it is an item, or may be one, with why."""


class Memory:
    """What units were found to be, so that none is judged twice."""

    def __init__(self, holdings: Holdings) -> None:
        """Judge by what is known of a library."""
        self._holdings = holdings
        self._seen: dict[tuple[tuple[RelPath, RelPath], ...], Housed] = {}

    def __call__(self, unit: Unit, here: Mapping[RelPath, RelPath]) -> Housed:
        """Return what becomes of a unit; `here` has the original path of each file by its path now."""
        same = ((unit.path, unit.path), *((path, here[path]) for path in unit.files))
        if same not in self._seen:
            self._seen[same] = housed(self._holdings, unit, here)
        return self._seen[same]


def plan(holdings: Holdings, memory: Memory) -> Plan:
    """Return what is to become of a library."""
    refused = _troubled(holdings)
    for _number in range(TRIES):
        found, more = _attempt(holdings, memory, refused)
        if not more:
            return found
        refused |= more
    # what still cannot be done after so many tries stays, with all that may have to do with it
    everything = dict.fromkeys(holdings.files, IN_THE_WAY) | refused
    return _attempt(holdings, memory, everything)[0]


def steps(holdings: Holdings, going: Going, after: frozenset[RelPath]) -> list[FileStep]:
    """Return the file steps of one item: renames, and nothing else; `after` are the directories in use in the end."""
    made = {Place(holdings.root, path) for path in holdings.directories}
    result: list[FileStep] = []
    for path, target in going.moves.items():
        facts = holdings.files[path]
        to = Place(holdings.root, target)
        result += directories(to, made)
        result.append(
            FileStep(
                action=Action.MOVE,
                source=Place(holdings.root, path),
                target=to,
                mode=RENAME,
                expected=Expected(size=facts.size, mtime_ns=facts.mtime_ns, inode=facts.inode),
            )
        )
    emptied = {above for path in going.moves for above in ancestors(path)} - after
    return result + [
        FileStep(action=Action.RMDIR, source=Place(holdings.root, path))
        for path in sorted(emptied, key=lambda path: (-path.count(b"/"), path))
    ]


def in_use(holdings: Holdings, plan: Plan) -> frozenset[RelPath]:
    """Return the directories that something lies in once all of a plan is done."""
    moved = {path: to for going in plan.going for path, to in going.moves.items()}
    paths = [*(moved.get(path, path) for path in holdings.files), *holdings.others]
    return frozenset(above for path in paths for above in ancestors(path))


def _troubled(holdings: Holdings) -> dict[RelPath, str]:
    """Return the files of units that stay whatever they are, with why."""
    units = units_of(holdings, {path: path for path in holdings.files})
    stay = troubles(holdings, units)
    return {path: stay[unit.path] for unit in units if unit.path in stay for path in unit.files}


class _Round(msgspec.Struct, frozen=True, kw_only=True):
    """What is planned at one moment."""

    items: Sequence[Item]
    wanted: Sequence[Wanted]
    """All that goes with each item, right or not."""
    left: Mapping[RelPath, str]


def _attempt(
    holdings: Holdings, memory: Memory, refused: Mapping[RelPath, str]
) -> tuple[Plan, Mapping[RelPath, str]]:
    """Return a plan without what is refused; or what must be refused besides, by its original paths, with why."""
    here = {path: path for path in holdings.files}
    first = now = _round(holdings, memory, here, refused)
    owner = {path: number for number, one in enumerate(first.wanted) for path in one.moves}
    moved: dict[RelPath, RelPath] = {}
    for _number in range(ROUNDS):
        scene = Scene(files=here, others=holdings.others, directories=_directories(holdings, here))
        wanted = clearing.spelled(scene, now.wanted)
        moved = {path: to for one in wanted for path, to in one.moves.items() if path != to}
        if not moved:
            return _composed(holdings, here, first, owner)
        result = clearing.cleared(scene, wanted)
        strange = _adopted(owner, wanted, here)
        if result.refused or strange:
            return Plan(), {here[path]: why for path, why in result.refused.items()} | strange
        here = {moved.get(path, path): was for path, was in here.items()}
        now = _round(holdings, memory, here, refused)
    return Plan(), {here[path]: UNSTEADY for path in moved}


def _round(
    holdings: Holdings,
    memory: Memory,
    here: Mapping[RelPath, RelPath],
    refused: Mapping[RelPath, str],
) -> _Round:
    found = units_of(holdings, here)
    roots = {unit.path for unit in found}
    items: list[Item] = []
    left: dict[RelPath, str] = {}
    works: set[RelPath] = set()
    for unit in found:
        judged = memory(unit, here)
        works.update(judged.works)
        left |= judged.left
        for item in judged.items:
            why = next((refused[here[path]] for path in item.moves if here[path] in refused), "")
            if why:
                left[item.path] = why
            else:
                items.append(item)
    going = {path for item in items for path in item.moves}
    homes = Homes(items, works - going, roots)
    rest = [
        path
        for path, was in here.items()
        if path not in works
        and was not in holdings.untouched
        and was not in refused
        and (within(path, holdings.scope) or is_below(path, roots))
    ]
    more = company.along(rest, items, homes)
    wanted = [
        Wanted(
            moves={**company.together(item, homes), **more.get(number, {})}, own=item.moves.keys()
        )
        for number, item in enumerate(items)
    ]
    return _Round(items=items, wanted=wanted, left=left)


def _adopted(
    owner: dict[RelPath, int], wanted: Iterable[Wanted], here: Mapping[RelPath, RelPath]
) -> dict[RelPath, str]:
    """Let what moves later go with the item that it is with then; return what is with none that was there at first."""
    strange: dict[RelPath, str] = {}
    for one in wanted:
        with_ = next((owner[here[path]] for path in one.own if here[path] in owner), None)
        for path, target in one.moves.items():
            if with_ is not None:
                owner.setdefault(here[path], with_)
            elif path != target:
                strange[here[path]] = UNSTEADY
    return strange


def _directories(holdings: Holdings, here: Iterable[RelPath]) -> set[RelPath]:
    """Return the directories that are there: those in use, and those that were empty from the first."""
    before = {above for path in holdings.files for above in ancestors(path)}
    return {above for path in here for above in ancestors(path)} | {
        path for path in holdings.directories if path not in before
    }


def _composed(
    holdings: Holdings,
    here: Mapping[RelPath, RelPath],
    first: _Round,
    owner: Mapping[RelPath, int],
) -> tuple[Plan, Mapping[RelPath, str]]:
    """Return the plan by which each file goes from where it is to where it is in the end."""
    ends = {was: path for path, was in here.items()}
    moves: list[dict[RelPath, RelPath]] = [{} for _item in first.items]
    # what describes media comes before them, so that no player sees them without it
    for was, path in sorted(ends.items(), key=lambda one: (is_media(one[0]), one[0])):
        if path != was:
            moves[owner[was]][was] = path
    scene = Scene(files=holdings.files, others=holdings.others, directories=holdings.directories)
    own = [item.moves.keys() for item in first.items]
    wanted = [Wanted(moves=one, own=mine) for one, mine in zip(moves, own, strict=True)]
    result = clearing.cleared(scene, wanted)
    if result.refused:
        return Plan(), result.refused
    going = [_going(first.items[number], result.moves[number], ends) for number in result.order]
    return Plan(going=going, right=len(first.items) - len(going), left=first.left), {}


def _going(item: Item, moves: Moves, ends: Mapping[RelPath, RelPath]) -> Going:
    works = [ends[work] for work in item.works]
    return Going(
        path=item.path,
        target=works[0] if item.path in item.works else _common([parent(work) for work in works]),
        rule=item.rule,
        moves=moves,
    )


def _common(directories: Sequence[RelPath]) -> RelPath:
    """Return the directory that all of these are, or lie in."""
    first, last = min(directories).split(b"/"), max(directories).split(b"/")
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return RelPath(b"/".join(first[:same]))


def told(left: Mapping[RelPath, str]) -> list[dict[str, str]]:
    """Return what stays, for people."""
    return [{"path": printable(path), "reason": why} for path, why in sorted(left.items())]
