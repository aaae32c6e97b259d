"""Compose the daemon by hand, start its parts in order, and stop them in reverse."""

import os
import threading
from collections.abc import Callable, Mapping

import structlog

from shelfd.app import calendar
from shelfd.app.doors import Doors
from shelfd.app.easing import Easing
from shelfd.app.face import Face, Parts
from shelfd.app.mending import Mending
from shelfd.app.sights import Sights, blind, is_remote
from shelfd.app.sources import Source
from shelfd.app.watching import Watching
from shelfd.control.api import application
from shelfd.control.server import Server
from shelfd.core import roots
from shelfd.core.errors import UsageError
from shelfd.core.operations import Step
from shelfd.core.settings import MOST_WORKERS, Settings
from shelfd.edges import (
    directories,
    logs,
    marker,
    memory,
    mounts,
    state_dir,
    systemd,
    templates,
    trees,
)
from shelfd.edges.clock import Clock
from shelfd.edges.contents import Content
from shelfd.edges.copier import Copier
from shelfd.edges.decisions_file import DecisionsFile
from shelfd.edges.disk import Disk
from shelfd.edges.disks import disks
from shelfd.edges.files import Files
from shelfd.edges.idleness import idle
from shelfd.edges.probe_pool import ProbePool
from shelfd.edges.reach import Reach
from shelfd.edges.threads import Threads
from shelfd.steps.apply import Apply
from shelfd.steps.cleanup import Cleanup
from shelfd.steps.comparing import Comparing
from shelfd.steps.course import Course, Run
from shelfd.steps.logbook import Logbook
from shelfd.steps.look import Look
from shelfd.steps.organize import Organize, or_else
from shelfd.steps.pinning import Pinning
from shelfd.steps.plan import Plan
from shelfd.steps.poll import Poll
from shelfd.steps.ports import Base, Current
from shelfd.steps.presence import Presence
from shelfd.steps.recover import Recover
from shelfd.steps.resettle import Resettle
from shelfd.steps.runner import Runner
from shelfd.steps.scan import Scan
from shelfd.steps.shelve import Shelve
from shelfd.steps.turns import Hurry
from shelfd.steps.undo import Undo
from shelfd.steps.verify import Verify
from shelfd.steps.visits import Eyes
from shelfd.steps.watch import Watch
from shelfd.steps.workers import Workers
from shelfd.store import ranks
from shelfd.store import roots as root_rows
from shelfd.store.database import Database

CANARY_S = 5.0  # for an event of our own to come back, on a machine under load
WORK_NICENESS = 5  # who asks how it goes is answered before the work goes on
STOP_S = 8.0  # to the next safe point of what runs; systemd's TimeoutStopSec leaves more

log = structlog.get_logger()


class Daemon:
    """All parts of one running shelfd."""

    _doors: Doors | None = None
    _server: Server | None = None

    def __init__(self, settings: Settings, source: Source) -> None:
        """Open what cannot be shared, and put the parts together; nothing runs yet."""
        self._source = source
        self._lock = state_dir.claim(os.fsencode(settings.daemon.state_dir))
        self._db = Database(os.fsencode(settings.daemon.state_dir) + b"/shelfd.db")
        self._current = Current(settings, roots.of(settings))
        self._base = _base(self._db, self._current)
        self._pool = ProbePool(
            processes=settings.scan.probe_processes or _cores(),
            timeout_s=settings.scan.probe_timeout_s,
        )
        self._easing = Easing(self._base, self._pool, self._drop)
        hurry = Hurry()
        self._files = _files(self._current, hurry)
        self._presence = Presence(self._base, mounts, marker)
        self._pinning = Pinning(self._base, DecisionsFile(os.fsencode(settings.daemon.state_dir)))
        self._watch = Watch(self._base, directories, self._files, self._pool.warm)
        self._sights = Sights(self._base, self._presence)
        self._watching = Watching(
            lambda: self._current.roots,
            self._watch.changed,
            self._doubtful,
            self._sights.knowledge(),
        )
        self._poll = Poll(self._base, directories, self._sights.of(self._watching), self._watch)
        self._mending = Mending(self._base, self._watching, self._watch, self._poll)
        self._logbook = Logbook(self._db, self._base.clock, logs.bound, logs.heard)
        threads = Threads(MOST_WORKERS, "worker", self._db.leave, niceness=WORK_NICENESS)
        self._workers = Workers(
            self._base, Course(self._base, self._steps()), self._logbook.bound, hurry, threads
        )
        self._runner = Runner(self._base, self._workers, self._rest)
        self._calendar = calendar.Calendar(self._base)
        self._face = Face(self._base, self._parts())
        self._threads = [
            threading.Thread(target=self._watch.run, name="watch", daemon=True),
            threading.Thread(target=self._runner.run, name="runner", daemon=True),
            threading.Thread(target=self._poll.run, name="poll", daemon=True),
            threading.Thread(target=self._mending.run, name="mending", daemon=True),
        ]

    def start(self) -> None:
        """Answer first, then recover, watch, look at everything once, and say that all is ready."""
        with self._db.transaction() as tx:
            root_rows.put(tx, self._current.roots)
            ranks.age(tx, self._current.settings.queue.aging_s)
        self._pinning.read_back()
        self._doors = Doors(self._current.settings)
        self._server = Server(
            application(self._face), self._doors.sockets, self._doors.access, self._db.leave
        )
        self._server.start()
        interrupted = Recover(self._base)()
        self._watching.begin()
        calendar.look_at_everything(self._base, interrupted=bool(interrupted))
        for thread in self._threads:
            thread.start()
        self._mending.start()
        self._calendar.start()
        memory.keep()
        self._face.phase = "ready"
        systemd.ready(self._face.summary())
        log.info(
            "ready", socket=self._current.settings.daemon.socket, watches=self._watching.watches()
        )

    def healthy(self) -> bool:
        """Say whether every part that must live does."""
        alive = all(thread.is_alive() for thread in self._threads)
        return alive and self._server is not None and self._server.is_alive()

    def beat(self) -> None:
        """Tell systemd that the daemon lives, if it does; first have an event prove that changes are heard."""
        if self.healthy():
            state_dir = os.fsencode(self._current.settings.daemon.state_dir)
            if not self._watching.healthy(state_dir, CANARY_S):
                log.error("changes are no longer heard: everything is watched anew")
                self._mending.wake()
            systemd.alive()
            systemd.status(self._face.summary())

    def reload(self) -> None:
        """Take over the settings anew; a bad file leaves those in force and says so."""
        systemd.reloading()
        try:
            settings = self._source.read()
        except UsageError as error:
            log.warning("the settings were not taken over", reason=error.message)
        else:
            self._take_over(settings)
        systemd.ready(self._face.summary())

    def stop(self) -> None:
        """Bring what runs to a safe point, and end every part."""
        systemd.stopping()
        self._face.phase = "stopping"
        self._calendar.close()
        self._watch.close()
        self._poll.close()
        self._mending.close()
        self._runner.stop()
        self._pool.close()  # who waits for a file that cannot be read waits no longer
        deadline = self._base.clock.monotonic() + STOP_S
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(deadline - self._base.clock.monotonic(), 0.0))
        at_rest = self._workers.close(deadline - self._base.clock.monotonic())
        self._watching.close()
        if self._server is not None:
            self._server.close()
        if not at_rest or any(thread.is_alive() for thread in self._threads):
            log.warning(
                "what runs did not come to a safe point in time: the next start finishes it"
            )
            return
        self._db.close()
        log.info("stopped")

    def _take_over(self, settings: Settings) -> None:
        for key in _for_a_restart(self._current.settings, settings):
            log.warning("this setting changes with a restart only", setting=key)
        self._watching.end(self._current.roots)
        self._current.settings, self._current.roots = settings, roots.of(settings)
        logs.configure(settings.daemon.log_level, settings.daemon.log_format)
        if self._doors is not None:
            self._doors.renew(settings)
        with self._db.transaction() as tx:
            root_rows.put(tx, self._current.roots)
            ranks.age(tx, settings.queue.aging_s)
        self._watch.renew()
        self._watching.begin()
        self._mending.wake()
        self._calendar.fill()
        calendar.look_at_everything(self._base)
        log.info("the settings were taken over")

    def _rest(self) -> None:
        self._drop()
        self._easing.look()

    def _drop(self) -> None:
        self._db.shrink()
        memory.give_back()

    def _doubtful(self, path: bytes, reason: str) -> None:
        self._watch.doubtful(path, reason)
        self._mending.wake()  # a doubt is also what is left of a root that is no longer heard

    def _steps(self) -> Mapping[Step, Run]:
        eyes = Eyes(
            disk=directories,
            trees=trees,
            reader=self._pool,
            presence=self._presence,
            ensure=self._watching.ensure,
            walked=self._watching.walked,
            blind=lambda root: blind(root) is not None,
            inside=self._sights.inside,
            share=self._easing.share,
        )
        return {
            Step.LOOK: Look(
                self._base, directories, self._presence, self._watching.ensure, is_remote
            ),
            Step.SCAN: Scan(self._base, eyes),
            Step.PLAN: or_else(
                Organize(
                    self._base, (directories, self._pool, mounts), self._files, self._presence
                ),
                Plan(self._base, directories, self._files, self._pool, self._presence),
            ),
            Step.APPLY: Apply(self._base, self._files, self._presence),
            Step.SHELVE: or_else(
                Resettle(self._base, directories),
                Shelve(self._base, directories, self._pinning),
            ),
            Step.UNDO: Undo(self._base, self._files),
            Step.VERIFY: Verify(
                self._base, Comparing(self._base, Content), self._presence, disks, idle
            ),
            Step.CLEANUP: Cleanup(self._base, self._files),
        }

    def _parts(self) -> Parts:
        return Parts(
            watching=self._watching,
            calendar=self._calendar,
            easing=self._easing,
            pool=self._pool,
            logbook=self._logbook,
            pinning=self._pinning,
        )


def _for_a_restart(before: Settings, after: Settings) -> list[str]:
    """Return the keys that differ and are read at the start only."""
    fixed: dict[str, Callable[[Settings], object]] = {
        "daemon.state_dir": lambda settings: settings.daemon.state_dir,
        "daemon.socket": lambda settings: settings.daemon.socket,
        "daemon.socket_group": lambda settings: settings.daemon.socket_group,
        "daemon.others": lambda settings: settings.daemon.others,
        "http.listen": lambda settings: settings.http.listen,
        "scan.probe_processes": lambda settings: settings.scan.probe_processes,
        "scan.probe_timeout_s": lambda settings: settings.scan.probe_timeout_s,
    }
    return [key for key, value in fixed.items() if value(before) != value(after)]


def _base(db: Database, current: Current) -> Base:
    return Base(db=db, clock=Clock(), current=current, render=templates.render)


def _files(current: Current, hurry: Hurry) -> Files:
    disk = Disk(Reach(lambda: current.roots.tops))
    copier = Copier(disk, lambda: current.settings.import_.min_free_bytes, hurry, hurry.handled)
    return Files(disk, copier)


def _cores() -> int:
    return len(os.sched_getaffinity(0))
