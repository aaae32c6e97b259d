"""What is done without being asked: at every start, and by the lines of the calendar."""

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from shelfd import __version__
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import TOP, Place
from shelfd.edges.schedule import Schedule
from shelfd.steps.ports import Base
from shelfd.store import ends, facts, operations

FULL = "full_scan"
WIDE = 7  # the priority of a look at everything for which nobody has asked


class Calendar:
    """Puts operations into the queue when their line says so, and nothing else."""

    def __init__(self, base: Base) -> None:
        """Enqueue with this."""
        self._base = base
        self._schedule = Schedule(self._enqueue)

    def start(self) -> None:
        """Fill in the lines of the settings, and begin."""
        self.fill()
        self._schedule.start()

    def fill(self) -> None:
        """Take the lines from the settings in force."""
        settings = self._base.current.settings
        reader = self._base.db.read()
        lines = {
            "scan": (
                settings.schedule.scan,
                ends.last_scheduled(reader, Kind.SCAN, full=False),
            ),
            FULL: (
                settings.scan.full_schedule,
                ends.last_scheduled(reader, Kind.SCAN, full=True),
            ),
            "cleanup": (
                settings.schedule.cleanup,
                ends.last_scheduled(reader, Kind.CLEANUP, full=False),
            ),
            "verify": (
                settings.schedule.verify,
                ends.last_scheduled(reader, Kind.VERIFY, full=False),
            ),
        }
        for name, (line, last) in lines.items():
            self._schedule.add(
                name, line, None if last is None else datetime.fromtimestamp(last, UTC)
            )

    def next_runs(self) -> dict[str, datetime]:
        """Return when each line is due next."""
        return self._schedule.next_runs()

    def close(self) -> None:
        """End."""
        self._schedule.close()

    def _enqueue(self, name: str) -> None:
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            for wish in wishes(self._base, name):
                operations.enqueue(tx, wish, now)


def wishes(base: Base, name: str) -> list[Wish]:
    """Return what a line of the calendar wants."""
    if name == "cleanup":
        return [_wish(Kind.CLEANUP, Step.CLEANUP, "")]
    if name == "verify":
        return [_wish(Kind.VERIFY, Step.VERIFY, "all libraries")]
    return everything(base, Asker.SCHEDULE, full=name == FULL)


def _wish(kind: Kind, step: Step, display: str) -> Wish:
    return Wish(kind=kind, step=step, place=Place("", TOP), display=display, asker=Asker.SCHEDULE)


def look_at_everything(base: Base, *, interrupted: bool = False) -> None:
    """Enqueue a look at all inboxes and a scan of all libraries: who knows what happened meanwhile.

    What was refused gets another chance when the settings or the program are others now. A scan that was
    `interrupted` goes on where it stood, and does not see what changed behind it: it does not serve for this one,
    but this one does for the next start that finds it still waiting.
    """
    now = base.clock.wall()
    basis = f"{__version__} {msgspec.json.encode(base.current.settings).decode()}"
    with base.db.transaction() as tx:
        again = facts.changed(tx, "basis of verdicts", basis)
        for wish in everything(base, Asker.SHELFD, full=False):
            options = {"again": True} if again and wish.step is Step.LOOK else wish.options
            operations.enqueue(tx, replace(wish, alone=interrupted, options=options), now)


def everything(base: Base, asker: Asker, *, full: bool) -> list[Wish]:
    """Return a look at each inbox, and one scan of all libraries."""
    roots = base.current.roots
    looks = [
        Wish(
            kind=Kind.SCAN,
            step=Step.LOOK,
            place=Place(root.name, TOP),
            display=roots.display(Place(root.name, TOP)),
            asker=asker,
        )
        for root in roots
        if root.role == "inbox"
    ]
    if not any(root.role == "library" for root in roots):
        return looks
    scan = Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=Place("", TOP),
        display="all libraries",
        asker=asker,
        options={"recursive": True, "full": True} if full else {"recursive": True},
        # whatever is asked for, or changes, meanwhile does not wait for all of it
        priority=None if asker is Asker.SCHEDULE else WIDE,
    )
    return [*looks, scan]
