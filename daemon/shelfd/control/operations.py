"""Operations as the API shows them: a page of them, and one in full."""

from starlette.responses import Response

from shelfd.control.answers import answer, located, moment, page
from shelfd.control.asked import Asked, missing
from shelfd.control.ports import Daemon
from shelfd.core.journal import Entry
from shelfd.core.operations import Kind, Operation, Progress, State
from shelfd.core.paths import Place
from shelfd.core.roots import Roots
from shelfd.store import journal, operations, queries, relations, renamed


def listed(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /v1/operations`: newest first; with `parent` only its parts; `after` is the id of the last one of the page before."""
    state = asked.choice("state", [str(state) for state in State])
    kind = asked.choice("kind", [str(kind) for kind in Kind])
    limit = asked.limit()
    parent = asked.number("parent", 0) if "parent" in asked.query else None
    found = operations.page(
        daemon.db.read(),
        state=State(state) if state else None,
        kind=Kind(kind) if kind else None,
        parent=parent,
        before=asked.number("after", 1 << 62),
        limit=limit + 1,
    )
    if parent is not None and not found and operations.one(daemon.db.read(), parent) is None:
        raise missing("operation", parent)
    return page([shown(operation, daemon) for operation in found], limit)


def one(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /v1/operations/{id}`: with its history, and what it does or did to files."""
    number = asked.id("operation")
    reader = daemon.db.read()
    operation = operations.one(reader, number)
    if operation is None:
        raise missing("operation", number)
    full = shown(operation, daemon)
    full["undoable"] = queries.is_undoable(reader, number) or renamed.is_undoable(reader, number)
    full["history"] = [
        {"state": became, "at": moment(at)}
        for _was, became, at in operations.history(reader, number)
    ]
    if operation.kind in (Kind.IMPORT, Kind.UNDO):
        roots = daemon.current.roots
        full["steps"] = [_file_step(entry, roots) for entry in journal.of(reader, number)]
    return answer(full)


def shown(operation: Operation, daemon: Daemon) -> dict[str, object]:
    """Return an operation with the contract's names."""
    return {
        "id": operation.id,
        "kind": operation.kind,
        **_path(operation, daemon.current.roots),
        "state": operation.state,
        "priority": operation.priority,
        "asked_by": operation.asked_by,
        "options": operation.options,
        "created_at": moment(operation.created_at),
        "started_at": moment(operation.started_at),
        "finished_at": moment(operation.finished_at),
        "not_before": moment(operation.not_before or None),
        "attempts": operation.attempts,
        "deadline": moment(operation.deadline),
        "waits_for": relations.awaited(daemon.db.read(), operation.id)
        if operation.finished_at is None
        else [],
        "parent": operation.parent,
        "retries": operation.retries,
        "fault": operation.fault,
        "progress": _progress(operation, daemon),
        "error": operation.error,
        "result": operation.result,
    }


def _path(operation: Operation, roots: Roots) -> dict[str, str]:
    # as it was called when it was asked for, wherever its root lies by now
    return end_of(operation.place, roots) | {"path": operation.display}


def _progress(operation: Operation, daemon: Daemon) -> dict[str, object] | None:
    if not operation.phase:
        return None
    running = operation.state is State.RUNNING
    progress = Progress(
        phase=operation.phase,
        done=operation.done,
        total=operation.total,
        unit=operation.unit,
        current=operation.current,
        rate=operations.rate(daemon.db.read(), operation.id) if running else None,
    )
    return {
        "phase": progress.phase,
        "done": progress.done,
        "total": progress.total,
        "unit": progress.unit,
        "rate": progress.rate,
        "eta_s": progress.eta_s,
        "current": progress.current,
    }


def _file_step(entry: Entry, roots: Roots) -> dict[str, object]:
    fields: dict[str, object] = {"action": entry.step.action, "state": entry.state}
    for end, place in (("source", entry.step.source), ("target", entry.step.target)):
        if place is not None:
            fields |= end_of(place, roots, end)
    if entry.outcome is not None and entry.outcome.method:
        fields["method"] = entry.outcome.method
    if entry.step.trash:
        fields["trash"] = True
    return fields


def end_of(place: Place, roots: Roots, key: str = "path") -> dict[str, str]:
    """Return where a place is; below its root only, when that is no longer in the settings."""
    known = roots.get(place.root) is not None
    return located(roots.absolute(place) if known else place.path, key)
