"""What came of an operation, in sentences: the same wherever it is told, and what the exit code goes by."""

from collections import Counter
from collections.abc import Iterator, Sequence

from shelfd.cli import verified
from shelfd.cli.client import Value
from shelfd.cli.text import count
from shelfd.core.errors import RefusedError, ShelfdError

UNFILED = ("refused", "review")
"""States of files that were to be filed and are not."""
LISTS = ("filed", "stayed", "back", "removed")
"""Results that are told name by name; all else is about the operation as a whole."""
WORDS = {
    "filed": "filed",
    "there": "in the library already",
    "review": "waiting for a decision",
    "stays": "staying",
    "refused": "refused",
    "cancelled": "cancelled",
}
"""How the parts of an import of a whole inbox are counted."""


def sentences(operation: Value) -> Iterator[str]:
    """Yield what came of an operation that has ended well; nothing of a dry run, nor what `shortfall` says."""
    result = operation["result"] or {}
    if operation["kind"] == "verify":
        yield from verified.lines(operation["path"], result)
        return
    if operation["kind"] == "import" and outcome(operation) not in ("filed", "there"):
        return
    about = "" if any(result.get(key) for key in LISTS) else f"{operation['path']}: "
    yield from (f"filed {target}" for target in result.get("filed", []))
    yield from (f"{about}{remark}" for remark in remarks(operation))


def remarks(operation: Value) -> Iterator[str]:
    """Yield what came of an operation beside the files that it has filed."""
    result = operation["result"] or {}
    how = operation["options"]
    if how.get("dry_run") or how.get("organize") or "parts" in result:
        return
    if "absorbed_by" in result:
        yield f"operation {result['absorbed_by']} has done that as well"
    elif operation["kind"] == "import":
        yield from _imported(operation["path"], result)
    elif operation["kind"] == "undo":
        yield from _undone(result)
    elif operation["kind"] == "scan":
        yield _scanned(result)


def brief(operation: Value) -> str:
    """Return in one line what a table must not keep quiet about: that not all of an import was filed."""
    if operation["kind"] != "import":
        return ""
    found = list(remarks(operation))
    return f"{found[0]}; and {len(found) - 1} more" if len(found) > 1 else "".join(found)


def outcome(operation: Value) -> str:
    """Return what an import has come to, as a key of WORDS."""
    result = operation["result"] or {}
    if operation["state"] == "cancelled":
        return "cancelled"
    if operation["state"] == "failed" or "quarantined" in result:
        return "review" if "review" in result else "refused"
    if "review" in result:
        return "review"
    if "stays" in result or "waits" in result or "absorbed_by" in result:
        return "stays"
    return "filed" if result.get("filed") else "there"


def is_asked(operation: Value) -> bool:
    """Say whether all that an import has not filed waits for a person's decision."""
    result = operation["result"] or {}
    files = [*result.get("stayed", []), *result.get("files", [])]
    unfiled = {file["state"] for file in files if file["state"] in UNFILED}
    return "quarantined" not in result and (unfiled or {outcome(operation)}) == {"review"}


def counted(parts: Sequence[Value]) -> str:
    """Return how many parts have come to what: `2 filed, 1 waiting for a decision`."""
    found = Counter(map(outcome, parts))
    return ", ".join(f"{found[key]} {word}" for key, word in WORDS.items() if found[key])


def shortfall(operation: Value) -> ShelfdError | None:
    """Return that an import which ended well has not filed all that was to be filed; None when it has."""
    result = operation["result"] or {}
    path = operation["path"]
    if operation["kind"] != "import" or operation["options"].get("organize"):
        return None
    if "quarantined" in result:
        hint = f"`shelfd undo {operation['id']}` brings it back"
        return RefusedError(_about(path, result["reason"]), code="quarantined", hint=hint)
    if (why := result.get("stays") or result.get("waits")) is not None:
        hint = f"`shelfd review {result['review']}`" if "review" in result else "`shelfd why` tells"
        return RefusedError(_about(path, why), code="not_filed", hint=hint)
    files = [*result.get("stayed", []), *result.get("files", [])]
    unfiled = sum(file["state"] in UNFILED for file in files)
    if not unfiled:
        return None
    ending = "is not filed" if unfiled == 1 else "are not filed"
    return RefusedError(
        f"{path}: {count(unfiled, 'file')} of it {ending}",
        code="not_filed",
        hint=f"`shelfd why {path}` says more",
    )


def without(path: str, message: str) -> str:
    """Return a message without the name that it begins with, where the path is shown beside it."""
    return message.removeprefix(f"{path.rpartition('/')[2]}: ")


def _about(path: str, message: str) -> str:
    return f"{path}: {without(path, message)}"


def _imported(path: str, result: Value) -> Iterator[str]:
    if "quarantined" in result:
        yield without(path, result["reason"])
    elif "stays" in result:
        decide = f"; `shelfd review {result['review']}` decides" if "review" in result else ""
        yield f"it stays: {without(path, result['stays'])}{decide}"
    elif "waits" in result:
        yield f"it is not filed yet: {result['waits']}"
    else:
        stayed = result.get("stayed", [])
        if not (result.get("filed") or stayed):
            yield "everything in it was in the library already"
        else:
            yield from (f"{file} was in the library already" for file in result.get("there", []))
        yield from map(_stays, stayed)


def _stays(file: Value) -> str:
    what = "waits until somebody says what it is" if file["state"] == "review" else "stays"
    return f"{file['path']} {what}: {file['reason']}"


def _undone(result: Value) -> Iterator[str]:
    back, removed = result.get("back", []), result.get("removed", [])
    yield from (f"put back {path}" for path in back)
    yield from (f"removed {path}, which was put there" for path in removed)
    if not (back or removed):
        yield "nothing was left to put back"


def _scanned(result: Value) -> str:
    if "drops" in result:
        return f"{count(result['drops'], 'item')} looked at, {result['ready']} to be filed"
    if "directories" not in result:
        return "done"
    words = ("added", "changed", "moved", "missing", "unreadable")
    changes = ", ".join(f"{result[word]} {word}" for word in words if result.get(word))
    return f"{count(result['directories'], 'directory')} read, {changes or 'nothing has changed'}"
