"""Rows as the steps would have left them, without their work on files."""

import os
import zlib
from collections.abc import Mapping, Sequence

from fakes.daemon import Daemon
from shelfd.core import catalog
from shelfd.core.identity import Candidate, Identity
from shelfd.core.journal import Action, FileStep, Outcome
from shelfd.core.lines import Level, Lines
from shelfd.core.listing import Facts, Signature
from shelfd.core.media import Chapter, Kind, Reading, Stream
from shelfd.core.operations import Asker, Step, Wish
from shelfd.core.operations import Kind as Operation
from shelfd.core.paths import Place, RelPath, name, parent
from shelfd.core.plan import Verdict
from shelfd.core.review import question
from shelfd.core.settled import Memory
from shelfd.store import catalog as shelf
from shelfd.store import claims, drops, journal, lines, operations, reviews

OWN = Signature(1, 1, 1, 1, 1)
READING = Reading(
    format="matroska",
    duration_ms=9_300_000,
    streams=(
        Stream(type="video", codec="hevc", width=3840, height=2160),
        Stream(type="audio", codec="eac3", language="eng", channels=6, default=True),
    ),
    chapters=(Chapter(start_ms=0, title="Arrakis"), Chapter(start_ms=61_500, title="Spice")),
)


def memory(daemon: Daemon) -> Memory:
    now = daemon.clock.now
    return Memory(snapshot=b"digest", bytes=700 << 20, changed_at=now, looked_at=now)


def shelve(daemon: Daemon, root: str, kind: Kind, path: bytes, reading: Reading = READING) -> None:
    """Put a file into the catalog, as a scan does."""
    file = shelf.Found(
        name=name(RelPath(path)),
        facts=Facts(1000, 5_000_000_000, 6, 7),
        reading=reading,
        described=catalog.describe(kind, RelPath(path), reading),
        hash=bytes(range(16)),
    )
    with daemon.db.transaction() as tx:
        rows = shelf.Shelf(tx, root, daemon.clock.now)
        rows.put(rows.directory(parent(RelPath(path)), OWN), [file])
        rows.settle()


def lose(daemon: Daemon, root: str, path: bytes) -> None:
    """Note that a file of the catalog is gone."""
    with daemon.db.transaction() as tx:
        row = shelf.directory_at(tx, root, parent(RelPath(path)))
        assert row is not None
        item = tx.execute(
            "UPDATE files SET missing_since = ? WHERE directory = ? AND name = ? RETURNING item",
            (daemon.clock.now, row.id, name(RelPath(path))),
        ).fetchone()[0]
        tx.execute("UPDATE items SET state = 'missing' WHERE id = ?", (item,))


def damage(daemon: Daemon, root: str, path: bytes) -> None:
    """Note that a file of the catalog was found to be damaged."""
    with daemon.db.transaction() as tx:
        row = shelf.directory_at(tx, root, parent(RelPath(path)))
        assert row is not None
        tx.execute(
            "UPDATE files SET damaged_at = ? WHERE directory = ? AND name = ?",
            (daemon.clock.now, row.id, name(RelPath(path))),
        )


def enqueue(daemon: Daemon, kind: Operation, step: Step, place: Place, **options: object) -> int:
    """Put an operation into the queue."""
    wish = Wish(
        kind=kind,
        step=step,
        place=place,
        display=daemon.current.roots.display(place),
        asker=Asker.PERSON,
        options=options,
    )
    with daemon.db.transaction() as tx:
        return operations.enqueue(tx, wish, daemon.clock.now)


def part(daemon: Daemon, whole: int, path: bytes) -> int:
    """Put an import into the queue that is part of another."""
    place = Place("inbox", RelPath(path))
    wish = Wish(
        kind=Operation.IMPORT,
        step=Step.PLAN,
        place=place,
        display=daemon.current.roots.display(place),
        asker=Asker.PERSON,
        parent=whole,
    )
    with daemon.db.transaction() as tx:
        return operations.enqueue(tx, wish, daemon.clock.now)


def run(daemon: Daemon) -> int:
    """Let a worker take the next operation; return its id."""
    with daemon.db.transaction() as tx:
        taken = claims.claim(tx, daemon.clock.now)
    assert taken is not None
    return taken.id


def complete(daemon: Daemon, number: int, result: dict[str, object] | None = None) -> None:
    """End a running operation well."""
    with daemon.db.transaction() as tx:
        operations.complete(tx, number, result or {}, daemon.clock.now)


def tell(daemon: Daemon, number: int, *told: tuple[Level, str], **fields: object) -> None:
    """Write lines into the log of an operation."""
    new = Lines()
    for level, message in told:
        new.add(daemon.clock.now, level, message, fields)
    with daemon.db.transaction(durable=False) as tx:
        lines.add(tx, number, new.waiting(), lines.last(tx, number))


def drop(
    daemon: Daemon,
    path: bytes,
    state: str = "settling",
    reason: str = "it has just appeared",
) -> None:
    """Put something into the inbox, as a look at it leaves it."""
    with daemon.db.transaction() as tx:
        drops.looked(tx, Place("inbox", RelPath(path)), state, reason, memory(daemon))


def judge(daemon: Daemon, verdict: Verdict, operation: int) -> None:
    """Let a file in the inbox be filed by an import."""
    place = Place("inbox", RelPath(verdict.path))
    drop(daemon, verdict.path)
    with daemon.db.transaction() as tx:
        state = ("imported", "it was filed")
        drops.judged(tx, place, state, [verdict], (operation, daemon.clock.now))


def review(daemon: Daemon, path: bytes, *candidates: Candidate, name: bytes = b"") -> int:
    """Put something into the inbox that people are asked about, a file or one of a directory; return the review."""
    return review_of(daemon, path, {name: candidates})


def review_of(daemon: Daemon, path: bytes, files: Mapping[bytes, Sequence[Candidate]]) -> int:
    """Put a directory into the inbox whose files, by their names in it, could be these; return the review."""
    asked = {}
    for inside, candidates in files.items():
        best = candidates[0] if candidates else None
        asked[RelPath(path + b"/" + inside if inside else path)] = Identity(
            kind="movie",
            title=best.title if best else "",
            confidence=best.score if best else 0.0,
            candidates=tuple(candidates),
        )
    verdicts = [
        Verdict(path=file, state="review", reason="not sure enough", identity=found)
        for file, found in asked.items()
    ]
    place = Place("inbox", RelPath(path))
    drop(daemon, path)
    with daemon.db.transaction() as tx:
        drops.judged(tx, place, ("review", "not sure enough"), verdicts, (None, daemon.clock.now))
        known = {file: (found, zlib.crc32(file)) for file, found in asked.items()}
        return reviews.put(tx, place, question(known), daemon.clock.now)


def filed(daemon: Daemon, source: bytes, target: bytes) -> int:
    """Import a film from the inbox into the library of movies; return the operation."""
    ends = Place("inbox", RelPath(source)), Place("movies", RelPath(target))
    number = enqueue(daemon, Operation.IMPORT, Step.PLAN, ends[0])
    assert run(daemon) == number
    verdict = Verdict(
        path=source, state="file", rule="title and year", root="movies", target=target
    )
    judge(daemon, verdict, number)
    step = FileStep(action=Action.PLACE, source=ends[0], target=ends[1])
    with daemon.db.transaction() as tx:
        journal.plan(tx, number, [step])
        for entry in journal.of(tx, number):
            journal.begin(tx, entry, Outcome())
            journal.finish(tx, entry, Outcome(method="copy"))
    complete(daemon, number, {"filed": [os.fsdecode(target)]})
    return number
