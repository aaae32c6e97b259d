"""What is known of a path, from what the rows say."""

from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from shelfd.core import why
from shelfd.core.identity import Candidate, Identity
from shelfd.core.journal import Action, Entry, FileStep, State
from shelfd.core.operations import Asker, Kind, Operation, Step
from shelfd.core.operations import State as OperationState
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.core.plan import Verdict
from shelfd.core.why import Shelved, Why

DUNE = Identity(
    kind="movie",
    title="Dune",
    year=2021,
    confidence=0.9,
    candidates=(
        Candidate(source="names", title="Dune", year=2021, score=0.9, reasons=("a year",)),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Drop:
    path: RelPath
    state: str
    reason: str
    verdicts: tuple[Verdict, ...] = ()
    operation: int | None = None


def path(raw: bytes) -> RelPath:
    return RelPath(raw)


FILM = Verdict(
    path=b"Dune.2021/dune.mkv",
    state="file",
    rule="title and year",
    identity=DUNE,
    root="movies",
    target=b"Dune (2021)/Dune (2021).mkv",
)
TARGET = Place("movies", path(b"Dune (2021)/Dune (2021).mkv"))
UNDECIDED = None, ""
SOURCE = Place("inbox", path(b"Dune.2021/dune.mkv"))
NOTE = Verdict(path=b"Dune.2021/note.doc", state="left", reason="it is no file that a player reads")


def operation(kind: Kind) -> Operation:
    return Operation(
        id=7,
        kind=kind,
        step=Step.SHELVE,
        root="inbox",
        path=TOP,
        display="/inbox",
        state=OperationState.COMPLETED,
        priority=4,
        asked_by=Asker.SHELFD,
        options={},
        created_at=1.0,
        not_before=0.0,
        started_at=2.0,
        finished_at=3.0,
        attempts=1,
        phase="",
        done=0,
        total=0,
        unit="",
        current="",
        error=None,
        result=None,
    )


def entry(step: FileStep, state: State = State.DONE) -> Entry:
    return Entry(id=1, operation=7, seq=1, step=step, state=state, outcome=None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b".hidden.mkv", "its name is hidden"),
        (b"@eaDir/Dune.mkv", "@eaDir: it belongs to the system"),
        (b"Films/Sample.mkv", "watch.ignore has 'sample*'"),
    ],
)
def test_what_is_passed_over_says_which_name_is_to_blame(raw: bytes, reason: str) -> None:
    assert why.passed_over(path(raw), ["sample*"]) == Why(state="ignored", reason=reason)


def test_other_names_are_not_passed_over() -> None:
    assert why.passed_over(path(b"Films/Dune.mkv"), ["sample*"]) is None


def test_an_inbox_itself_is_not_passed_over() -> None:
    assert why.passed_over(TOP, ["*"]) is None


def test_a_sidecar_belongs_to_the_film_that_it_is_named_after() -> None:
    drops = [path(b"Dune.mkv"), path(b"Dune.2.mkv"), path(b"Alien.mkv")]

    assert why.owner(path(b"Dune.2.en.srt"), drops) == b"Dune.2.mkv"
    assert why.owner(path(b"Dune.en.srt"), drops) == b"Dune.mkv"
    assert why.owner(path(b"Alien.mkv"), drops) == b"Alien.mkv"
    assert why.owner(path(b"Stalker.srt"), drops) is None


def test_a_drop_that_settles_says_why_it_waits() -> None:
    drop = Drop(path=path(b"Dune.mkv"), state="settling", reason="it has just appeared")

    assert why.of_drop(drop.path, drop) == Why(state="settling", reason="it has just appeared")


def test_a_directory_with_one_film_is_that_film() -> None:
    drop = Drop(
        path=path(b"Dune.2021"),
        state="imported",
        reason="it was filed",
        verdicts=(FILM, NOTE),
        operation=7,
    )

    known = why.of_drop(drop.path, drop)

    assert (known.state, known.reason, known.operation) == ("imported", "it was filed", 7)
    assert (known.rule, known.identity, known.target) == ("title and year", DUNE, TARGET)
    assert known.files is not None
    assert {name: file.state for name, file in known.files.items()} == {
        b"Dune.2021/dune.mkv": "imported",
        b"Dune.2021/note.doc": "ignored",
    }


def test_a_directory_with_two_films_is_neither() -> None:
    other = Verdict(path=b"Dune.2021/b.mkv", state="refused", reason="not sure", identity=DUNE)
    drop = Drop(path=path(b"Dune.2021"), state="imported", reason="", verdicts=(FILM, other))

    assert why.of_drop(drop.path, drop).identity is None


def test_a_file_deep_in_a_drop_has_an_answer_of_its_own() -> None:
    drop = Drop(
        path=path(b"Dune.2021"),
        state="imported",
        reason="it was filed",
        verdicts=(FILM, NOTE),
        operation=7,
    )

    known = why.of_drop(path(b"Dune.2021/note.doc"), drop)

    assert known == Why(state="ignored", reason="it is no file that a player reads", operation=7)


def test_a_file_that_nobody_has_judged_shares_the_state_of_its_drop() -> None:
    drop = Drop(path=path(b"Dune.2021"), state="settling", reason="it grew", verdicts=(FILM,))

    known = why.of_drop(path(b"Dune.2021/late.srt"), drop)

    assert known == Why(state="settling", reason="it grew")


@pytest.mark.parametrize(
    ("drop_state", "verdict", "state", "reason"),
    [
        ("imported", "file", "imported", "it was filed"),
        ("imported", "filed", "imported", "of the file"),
        ("imported", "left", "ignored", "of the file"),
        ("imported", "refused", "refused", "of the file"),
        ("refused", "refused", "refused", "of the file"),
        ("refused", "left", "refused", "of the file"),
        ("review", "left", "ignored", "of the file"),
        ("queued", "file", "queued", "of the drop"),
        ("settling", "refused", "settling", "of the drop"),
        ("held", "file", "held", "of the drop"),
        ("held", "left", "held", "of the drop"),
    ],
)
def test_the_state_of_a_file_joins_its_verdict_and_its_drop(
    drop_state: str, verdict: str, state: str, reason: str
) -> None:
    judged = Verdict(path=b"a.mkv", state=verdict, reason="of the file")
    drop = Drop(path=path(b"a.mkv"), state=drop_state, reason="of the drop", verdicts=(judged,))

    known = why.of_drop(path(b"a.mkv"), drop)

    assert (known.state, known.reason) == (state, reason)


def test_what_shelfd_has_filed_says_where_it_came_from() -> None:
    placed = entry(FileStep(action=Action.PLACE, source=SOURCE, target=TARGET))

    known = why.of_steps(TARGET, placed, operation(Kind.IMPORT), (DUNE, "title and year"))

    assert known == Why(
        state="filed",
        reason="operation 7 filed it here",
        rule="title and year",
        identity=DUNE,
        source=SOURCE,
        operation=7,
        at=3.0,
    )


def test_what_was_filed_from_an_inbox_says_where_it_went() -> None:
    moved = entry(FileStep(action=Action.MOVE, source=SOURCE, target=TARGET))

    known = why.of_steps(SOURCE, moved, operation(Kind.IMPORT), UNDECIDED)

    assert (known.state, known.reason) == ("imported", "operation 7 filed what lay here")
    assert known.target == TARGET


def test_a_directory_that_shelfd_has_made_says_so() -> None:
    home = Place("movies", path(b"Dune (2021)"))
    made = entry(FileStep(action=Action.MKDIR, target=home))

    known = why.of_steps(home, made, operation(Kind.IMPORT), UNDECIDED)

    assert (known.state, known.reason) == ("filed", "operation 7 made this directory")


@pytest.mark.parametrize("state", [State.PLANNED, State.BEGUN])
def test_an_operation_at_work_is_named(state: State) -> None:
    step = FileStep(action=Action.PLACE, source=SOURCE, target=TARGET)

    filing = why.of_steps(SOURCE, entry(step, state), operation(Kind.IMPORT), UNDECIDED)
    undoing = why.of_steps(SOURCE, entry(step, state), operation(Kind.UNDO), UNDECIDED)

    assert (filing.state, filing.reason) == ("queued", "operation 7 works on it")
    assert (undoing.state, undoing.reason) == ("queued", "operation 7 puts it back")


def test_what_was_put_back_is_held_and_what_was_taken_away_unknown() -> None:
    back = entry(FileStep(action=Action.MOVE, source=TARGET, target=SOURCE))

    there = why.of_steps(SOURCE, back, operation(Kind.UNDO), UNDECIDED)
    gone = why.of_steps(TARGET, back, operation(Kind.UNDO), UNDECIDED)

    assert (there.state, there.reason) == ("held", "it was put back by operation 7")
    assert (gone.state, gone.reason) == ("unknown", "it was taken back from here by operation 7")


def test_what_went_into_the_trash_was_filed_from_an_inbox_and_not_from_a_library() -> None:
    trash = Place("inbox", path(b".shelfd-trash/7/Dune.mkv"))
    twice = entry(FileStep(action=Action.MOVE, source=SOURCE, target=trash, trash=True))
    worse = entry(FileStep(action=Action.MOVE, source=TARGET, target=trash, trash=True))

    there = why.of_steps(SOURCE, twice, operation(Kind.IMPORT), UNDECIDED)
    gone = why.of_steps(TARGET, worse, operation(Kind.IMPORT), UNDECIDED)

    assert there.reason == gone.reason == "operation 7 put it into the trash"
    assert (there.state, gone.state) == ("imported", "unknown")


def test_a_file_of_a_library_without_a_history_is_told_as_it_is_read() -> None:
    known = why.of_catalog(DUNE)

    assert (known.state, known.identity, known.rule) == ("unknown", DUNE, DUNE.rule)
    assert known.reason == "it is in the catalog, and nothing is remembered of how it came here"


def test_a_file_that_is_missing_says_so_whoever_put_it_there() -> None:
    gone = Shelved(item=5, missing_since=99.0)
    filed = Why(state="filed", reason="operation 7 filed it here")

    assert why.with_catalog(filed, gone) == replace(
        filed, reason="operation 7 filed it here; it is missing now", item=5, missing_since=99.0
    )


def test_what_was_taken_back_is_not_missed() -> None:
    back = Why(state="unknown", reason="it was taken back", operation=8)

    known = why.with_catalog(back, Shelved(item=5, missing_since=99.0))

    assert known == replace(back, item=5, missing_since=99.0)


def test_a_disk_that_is_not_there_explains_what_waits_but_not_what_is_done() -> None:
    waits = Why(state="settling", reason="it grew")
    done = Why(state="imported", reason="it was filed")

    assert why.suspended(waits, "inbox", "absent", "it is not there") == Why(
        state="suspended", reason="inbox is absent: it is not there"
    )
    assert why.suspended(done, "inbox", "absent", "it is not there") == done
    assert why.suspended(waits, "inbox", "watching", "2 directories are deaf") == waits


def test_nothing_is_told_apart_from_not_yet() -> None:
    assert why.of_nothing(role="inbox", there=False).reason == (
        "there is nothing of this name, and none is remembered"
    )
    assert why.of_nothing(role="inbox", there=True).reason == (
        "it is there, but a look has not come by yet"
    )
    assert why.of_nothing(role="library", there=True).reason == (
        "it is there, but a scan has not come by yet"
    )
