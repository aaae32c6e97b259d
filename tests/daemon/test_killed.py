"""A daemon that is killed at any moment, again and again: what it has said it will do is done, once and whole."""

import contextlib
import hashlib
import http.client
import os
import random
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from running import Running
from shelfd.core.backoff import CRASHES
from shelfd.core.operations import MOVES
from waiting import eventually

pytestmark = pytest.mark.timeout(300)

KILLS = 50
SHORTEST_S, LONGEST_S = 0.05, 1.5
ALBUMS, SONGS = 200, 5
SETTINGS = "[watch]\ndebounce_s = 0.1\nsettle_s = 3600\n[import]\nmin_free_bytes = 0\n"
"""Nothing is filed but what the test asks for."""

RUNNING = """
SELECT operations.id, kind, operations.root, operations.path, place.root, place.path
FROM operations LEFT JOIN operation_places AS place ON place.operation = operations.id AND kind <> 'scan'
WHERE state = 'running'
"""
OPEN = "SELECT * FROM operations WHERE finished_at IS NULL AND step <> 'look'"
"""Not over; the inbox is looked at later, when what nobody has asked for has settled."""
RUNS = "SELECT count(*) FROM operation_history WHERE operation = ? AND was = 'running'"
MOST = {"scan": 2, "import": 3, "undo": 1, "verify": 1, "cleanup": 1}

Where = tuple[str, bytes]


class World:
    """What a person asks of a daemon that hardly ever lives for a second, and what they were told."""

    def __init__(self, daemon: Running, chance: random.Random) -> None:
        self.daemon = daemon
        self.chance = chance
        self.sound = media.mp3(daemon.top / "sound.mp3").read_bytes()
        self.contents: dict[str, str] = {}
        """Of each dropped file: digest and name."""
        self.accepted: dict[int, str] = {}
        """Ids that were answered with 202, and what was asked."""
        self.looks = 0
        self.side_by_side = 0
        self._dropped = 0

    def drop(self) -> Path:
        """Drop an album that is like no other."""
        number = self._dropped
        self._dropped += 1
        album = self.daemon.inbox / f"Album {number}"
        album.mkdir()
        tags = {"artist": f"Artist {number % 5}", "album": f"Album {number}"}
        for track in range(1, SONGS + 1):
            song = media.mp3(album / f"{track}.mp3", title=f"S{track}", track=str(track), **tags)
            self.contents[digest(song)] = str(song.relative_to(self.daemon.inbox))
        return album

    def ask(self) -> None:
        """Ask for something; it may be that nobody is there to answer."""
        match self.chance.choice(["import", "import", "import", "scan", "undo"]):
            case "import":
                self.ask_for_an_import()
            case "scan":
                below = self.chance.choice(["", "Artist 1", "Artist 3/Album 3"])
                path = self.daemon.library / "Music" / below
                how = self.chance.choice(["recursive", "quick", "full"])
                if path.exists():
                    self.post({"kind": "scan", "path": str(path), "recursive": True, how: True})
            case _:
                undoable = self.get("/v1/operations?kind=import&state=completed")
                if undoable:
                    number = self.chance.choice(undoable)["id"]
                    self.post({"kind": "undo", "operation": number}, {202, 409})

    def ask_for_an_import(self) -> None:
        """Let an album be filed that lies in the inbox, and of which nobody has said so yet."""
        imports = self.get("/v1/operations?kind=import&limit=500")
        if imports is None:
            return
        asked = {operation["path"] for operation in imports}
        lying = [path for path in sorted(self.daemon.inbox.iterdir()) if path.name[0] != "."]
        waiting = [path for path in lying if str(path) not in asked]
        if not waiting and self._dropped < ALBUMS:
            waiting = [self.drop()]
        if waiting:
            mode = self.chance.choice(["copy", "move"])
            self.post({"kind": "import", "path": str(waiting[0]), "mode": mode})

    def post(self, body: dict[str, object], expected: set[int] | None = None) -> None:
        """Ask, and remember what was accepted."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, answer = self.daemon.post("/v1/operations", body)
            assert status in (expected or {202}), answer
            if status == 202:
                self.accepted[answer["id"]] = str(body)

    def get(self, path: str) -> list[dict[str, Any]] | None:
        """Return a page of what there is; None when nobody answers."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, answer = self.daemon.get(path)
            assert status == 200, answer
            return list(answer["items"])
        return None

    def look(self) -> None:
        """See that no two operations run that could meet."""
        running: dict[int, tuple[str, set[Where]]] = {}
        with contextlib.suppress(sqlite3.OperationalError):
            for number, kind, root, path, *other in rows(self.daemon, RUNNING):
                _, places = running.setdefault(number, (kind, {(root, path)}))
                if other[0] is not None:
                    places.add((other[0], other[1]))
        self.looks += 1
        self.side_by_side += len(running) > 1
        kinds = Counter(kind for kind, _ in running.values())
        assert all(number <= MOST[kind] for kind, number in kinds.items()), running
        assert not (kinds["cleanup"] and len(running) > 1), running
        together = [places for _, places in running.values()]
        for at, ones in enumerate(together):
            for others in together[at + 1 :]:
                assert not [(a, b) for a in ones for b in others if overlap(a, b)], running


def overlap(one: Where, other: Where) -> bool:
    shorter, longer = sorted((one[1], other[1]), key=len)
    inside = not shorter or (longer + b"/").startswith(shorter + b"/")
    return one[0] == other[0] and inside


def rows(daemon: Running, query: str, *values: int) -> list[tuple[Any, ...]]:
    """Return what the database says, as of the last transaction."""
    address = f"file:{daemon.top}/state/shelfd.db?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
        return db.execute(query, values).fetchall()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files(top: Path) -> Iterator[Path]:
    """Return each file below a directory, but for what lies in the trash and the marker."""
    for here, directories, names in os.walk(top):
        directories[:] = [name for name in directories if name != ".shelfd-trash"]
        yield from (Path(here) / name for name in names if name != ".shelfd-root")


def live(world: World, life_s: float, *, from_ready: bool) -> None:
    """Start the daemon, ask it for this and that, and kill it so many seconds later, whatever it is doing."""
    daemon = world.daemon
    daemon.begin()
    if from_ready:
        eventually(daemon.is_ready, within=30)
    process = daemon.process
    assert process is not None
    death = threading.Timer(life_s, process.kill)
    death.start()
    while death.is_alive():
        world.look()
        world.ask()
        death.join(0.02)
    process.wait(30)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    seed = int(os.environ.get("SHELFD_TEST_SEED", random.randrange(1 << 30)))  # noqa: S311  # no secret
    # shown when the test fails
    sys.stdout.write(f"SHELFD_TEST_SEED={seed}\n")
    daemon = Running(tmp_path, SETTINGS)
    try:
        yield World(daemon, random.Random(seed))  # noqa: S311  # no secret
    finally:
        daemon.close()


def test_killed_at_random_nothing_is_lost_doubled_or_half(world: World) -> None:
    daemon = world.daemon
    for number in range(KILLS):
        # some get to work even where a start takes long
        life_s = world.chance.uniform(SHORTEST_S, LONGEST_S)
        live(world, life_s, from_ready=number % 5 == 0)

    daemon.start()
    eventually(lambda: rows(daemon, OPEN) == [], within=60)
    is_whole(world)
    try_again(daemon)
    is_whole(world)
    is_told(world)
    daemon_is_well(daemon)
    # else this has shown nothing
    assert world.side_by_side > 0
    assert daemon.log.read_text().count("operation was interrupted by the end") > 0


def try_again(daemon: Running) -> None:
    """What was given up, since three lives in a row were too short for any progress, is whole and can be done after all."""
    given_up = rows(
        daemon, "SELECT id, json_extract(error, '$.code') FROM operations WHERE state = 'failed'"
    )
    assert {code for _, code in given_up} <= {"crashed"}
    for number, _ in given_up:
        assert rows(daemon, RUNS, number)[0][0] >= CRASHES
        assert daemon.post(f"/v1/operations/{number}/retry", {})[0] == 202
    eventually(lambda: rows(daemon, OPEN) == [], within=60)


def is_told(world: World) -> None:
    """All that was accepted is there once, has ended, and came there by legal moves."""
    found = rows(world.daemon, "SELECT id, state, error FROM operations WHERE step <> 'look'")
    states = {number: (state, error) for number, state, error in found}
    assert world.accepted.keys() <= states.keys()
    assert {state for state, _ in states.values()} == {"completed"}, states
    before: dict[int, str | None] = {}
    history = (
        "SELECT operation, was, became FROM operation_history JOIN operations ON operations.id = operation"
        " WHERE step <> 'look' ORDER BY operation_history.id"
    )
    for number, was, became in rows(world.daemon, history):
        assert before.get(number) == was
        assert was is None or (was, became) in MOVES
        before[number] = became
    assert before == {number: state for number, (state, _) in states.items()}


def is_whole(world: World) -> None:
    """Each dropped file is in the library or in the inbox, as the operations say, once, with its content."""
    daemon = world.daemon
    filed = Counter(digest(path) for path in files(daemon.library))
    lying = {digest(path): str(path.relative_to(daemon.inbox)) for path in files(daemon.inbox)}
    assert not [path for path in files(daemon.library) if path.name.startswith(".shelfd")]
    query = (
        "SELECT CAST(path AS TEXT) AS album, kind FROM operations WHERE kind IN ('import', 'undo')"
        " AND state = 'completed' ORDER BY finished_at, id"
    )
    latest = dict(rows(daemon, query))
    for content, name in world.contents.items():
        if latest.get(os.path.dirname(name)) == "import":
            assert (filed[content], lying.get(content)) == (1, None), name
        else:
            assert (filed[content], lying.get(content)) == (0, name), name
    assert set(filed) <= set(world.contents)


def daemon_is_well(daemon: Running) -> None:
    """No file step is open, and the catalog has what the library has."""
    assert rows(daemon, "SELECT * FROM journal WHERE state IN ('planned', 'begun')") == []
    scanned = daemon.shelfd("scan", "--wait")
    assert scanned.returncode == 0, scanned.stderr
    [(known,)] = rows(daemon, "SELECT count(*) FROM files WHERE missing_since IS NULL")
    assert known == sum(1 for _ in files(daemon.library))
