"""What a verify has found, in words."""

from collections.abc import Iterator

from shelfd.cli.client import Value
from shelfd.cli.text import count, size

WORDS = ("verified", "learnt", "changed", "missing")


def lines(path: str, result: Value) -> Iterator[str]:
    """Yield what became of the files at `path`, those first that are not well."""
    for sort in ("damaged", "unreadable"):
        named = result[sort]
        for one in named:
            yield f"{sort} {one['path']}: {_reason(one)}"
        if (more := result[f"{sort}_files"] - len(named)) > 0:
            yield f"{sort} {count(more, 'file')} more: `shelfd operation ID --log` names them"
    numbers = [f"{result[word]} {word}" for word in WORDS if result[word]]
    numbers += [
        f"{result[f'{sort}_files']} {sort}"
        for sort in ("damaged", "unreadable")
        if result[f"{sort}_files"]
    ]
    told = ", ".join(numbers) or "nothing to compare"
    yield f"{path}: {count(result['files'], 'file')}, {size(result['bytes'])} read, {told}"


def _reason(one: Value) -> str:
    return str(one["reason"]).removeprefix(f"{one['path']}: ")
