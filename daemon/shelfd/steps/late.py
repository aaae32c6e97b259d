"""Plans a drop in view of what the libraries have: what comes late joins the item that it belongs to."""

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from shelfd.core import belongings, late, leftovers, media, plan
from shelfd.core.catalog import Described
from shelfd.core.late import Wanted
from shelfd.core.operations import Wish
from shelfd.core.paths import Place, RelPath, name, parent
from shelfd.core.verdicts import Library, Request, Verdict
from shelfd.core.works import Known, Work
from shelfd.steps import inbox
from shelfd.steps.ports import Base, Directories
from shelfd.store import drops as rows
from shelfd.store import works as shelved
from shelfd.store.database import Tx
from shelfd.store.works import Filed

MOST = 64
"""So many files of a drop that belong to nothing are looked for in the catalog."""
SEPARATORS = b" ._-"


class Late:
    """Knows what was filed from where, and what is in the catalog."""

    def __init__(self, base: Base, disk: Directories) -> None:
        """Look with `disk` whether what was filed is still there."""
        self._base = base
        self._disk = disk

    def __call__(self, request: Request) -> Request:
        """Return a drop with what the libraries know of it."""
        planned = plan.verdicts(request)
        if filed := self._filed(request, planned):
            request = replace(request, known=Library(works=filed))
            planned = plan.verdicts(request)
        if alone := belongings.waiting(planned):
            request = replace(request, known=self._with_catalog(request, alone))
        return request

    def _filed(self, request: Request, planned: Sequence[Verdict]) -> tuple[Work, ...]:
        """Return what was filed from this drop before, as far as something in it may belong to it."""
        tracks = {verdict.path for verdict in planned if _is_track(verdict)}
        alone = belongings.unclaimed(planned)
        if not alone and not tracks:
            return ()
        reader = self._base.db.read()
        found = shelved.filed_from(reader, request.inbox, *_below(request.drop))
        for path in alone if request.drop in request.files else ():
            found += _beside(reader, request.inbox, path)
        libraries = {root: kind for kind, root in request.libraries.items()}
        return tuple(
            work
            for filed in found
            if filed.target.root in libraries
            and filed.source not in request.files
            and self._is_there(filed.target)
            for work in _work(filed, libraries[filed.target.root])
        )

    def _is_there(self, place: Place) -> bool:
        return self._disk.exists(self._base.current.roots.absolute(place))

    def _with_catalog(self, request: Request, alone: Sequence[RelPath]) -> Library:
        """Return what is known, with the items of the catalog that files belong to which belong to nothing else."""
        works = list(request.known.works)
        doubts: dict[RelPath, str] = {}
        asked: dict[tuple[object, ...], list[Known]] = {}
        for path in alone[:MOST]:
            if leftovers.worthless(path) or leftovers.advertising(path):
                continue
            wishes = late.wanted(path, request.kind)
            joined, doubt = self._joined(path, wishes, request, asked)
            works += [work for work in joined if work not in works]
            if doubt and not joined:
                doubts[path] = doubt
        return request.known._replace(works=tuple(works), doubts=doubts)

    def _joined(
        self,
        path: RelPath,
        wishes: Sequence[Wanted],
        request: Request,
        asked: dict[tuple[object, ...], list[Known]],
    ) -> tuple[list[Work], str]:
        """Return the works of the only item that a file can belong to, or why there is none."""
        doubt = ""
        for wish in wishes:
            again = wish._replace(path=RelPath(b""))
            if again not in asked:
                asked[again] = self._fitting(wish, set(request.libraries.values()))
            fits = asked[again]
            works = [work for one in fits for work in late.works(wish, one)]
            several = len(works) > 1 and media.sort(path) is not media.Sort.COVER
            if len(fits) == 1 and works and not (several and wish.kind in ("movie", "episode")):
                return works, ""
            doubt = doubt if doubt and not fits else late.waits(wish, max(len(works), len(fits)))
        return [], doubt

    def _fitting(self, wish: Wanted, roots: Collection[str]) -> list[Known]:
        reader = self._base.db.read()
        if wish.kind == "episode":
            return late.fitting(wish, shelved.episodes(reader, wish.title, wish.episodes, roots))
        return late.fitting(wish, shelved.called(reader, wish.title, wish.kind, roots))


def orphans(tx: Tx, base: Base, filed: Iterable[Described]) -> list[Wish]:
    """Return a look at each drop that may have waited for one of these items."""
    items = [one for described in filed for one in (described.item, described.whole) if one]
    titles = {one.title for one in items}
    roots = base.current.roots
    return [
        replace(
            inbox.next_look(roots, Place(drop.root, drop.path), base.clock.wall()),
            options={"again": True},
        )
        for drop in rows.lonely(tx)
        if any(late.may_fit(verdict.path, titles) for verdict in drop.verdicts)
    ]


def _is_track(verdict: Verdict) -> bool:
    return (
        verdict.state == "file"
        and verdict.identity is not None
        and verdict.identity.kind == "track"
    )


def _below(drop: RelPath) -> tuple[bytes, bytes]:
    return drop + b"/", drop + b"0"


def _beside(reader: Tx, inbox: str, path: RelPath) -> list[Filed]:
    """Return what was filed under a name that a file at the top of an inbox begins with, the longest such name."""
    own = name(path)
    ends = [at for at, byte in enumerate(own) if byte in SEPARATORS and at]
    for end in reversed(ends):
        stem = own[:end]
        found = shelved.filed_from(reader, inbox, stem + b".", stem + b"/")
        if found := [one for one in found if not parent(one.source)]:
            return found
    return []


def _work(filed: Filed, kind: media.Kind) -> list[Work]:
    """Return a file that was filed as a work, in a list; none when it was no media file, or its name is no text."""
    if not media.is_media(filed.target.path):
        return []
    return late.filed(filed.source, filed.target, kind)
