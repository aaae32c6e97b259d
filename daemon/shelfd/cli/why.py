"""`shelfd why`: what shelfd knows of a path, and which rule decided."""

import click

from shelfd.cli import complete, options
from shelfd.cli.client import Value
from shelfd.cli.documented import Query
from shelfd.cli.text import bold, clock, quiet, say, say_json, state, table

LABELS = {
    "rule": "rule",
    "target": "target",
    "source": "came from",
    "filed_at": "filed",
    "missing_since": "missing since",
    "kept_until": "known until",
    "operation": "operation",
    "item": "item",
    "review": "review",
}
TIMES = ("filed_at", "missing_since", "kept_until")


FIELDS = {
    "path": "as asked for; when it is not UTF-8, percent-encoded in path_bytes, too",
    "root": "name of its inbox or library; absent when it is in none",
    "state": "ignored (passed over for good), settling (waits until it has stopped changing), queued (will be"
    " filed), imported (was filed from here), filed (was put here by shelfd), review (waits for a person: shelfd"
    " is not sure enough), refused (stays, or lies in the quarantine: shelfd must not file it, or what it belongs to is in no library yet), held (a person put it back, or has said `shelfd hold`; it stays until one says"
    " otherwise), suspended (waits until its inbox or library is there again), unknown (the reason says more)",
    "reason": "a sentence",
    "parsed": "what it was taken for: {kind, title, year, season, episodes, confidence ...}, those that are known",
    "candidates": "[{source (tags, names, tags and names, ids, nfo, library), title, year, score, reasons, accepts}]; see `shelfd"
    " review --help`",
    "rule": "the rule that decided, or null",
    "target": "where it goes, went or would go, or null",
    "operation": "id of the operation that files it or filed it, or null",
    "review": "id of the review in which it waits; absent when it does not",
    "source, filed_at, item, missing_since, kept_until": "of what is in a library: where it came from, when it was"
    " filed, its item's id, since when it is gone, until when it is remembered; those that are known",
    "files": "of a directory, or of a file with others that belong to it: the same for each, path below the inbox",
}


@click.command(cls=Query, fields=FIELDS, short_help="What shelfd knows of a path.")
@click.argument("path", shell_complete=complete.paths)
@options.query
def why(path: str, *, as_json: bool) -> None:
    """Say what shelfd knows of PATH: what it takes it for, where it goes, why it waits or stays."""
    # not as a reader: a disk that sleeps may take longer to say what lies there
    reply = options.client().get(options.address("/v1/why", path=options.absolute(path)))
    if as_json:
        say_json(reply.raw)
    else:
        _show(reply.value, "")


def _show(known: Value, indent: str) -> None:
    say(f"{indent}{bold(known['path'])}")
    say(f"{indent}  {state(known['state'])}: {known['reason']}")
    for line in table(_facts(known), indent=f"{indent}  "):
        say(line)
    for file in known.get("files", []):
        _show(file, f"{indent}  ")


def _facts(known: Value) -> list[list[str]]:
    facts = [[quiet("taken for"), _parsed(known["parsed"])]] if known["parsed"] else []
    for candidate in known["candidates"]:
        reasons = "; ".join(candidate.get("reasons", []))
        year = f" ({candidate['year']})" if "year" in candidate else ""
        facts.append(
            [
                quiet(f"by its {candidate['source']}"),
                f"{candidate['score']:.2f} {candidate['title']}{year}: {reasons}",
            ]
        )
    for key, label in LABELS.items():
        value = known.get(key)
        if value is not None:
            facts.append([quiet(label), clock(value) if key in TIMES else str(value)])
    return facts


def _parsed(parsed: Value) -> str:
    fields = {key: value for key, value in parsed.items() if key not in ("kind", "confidence")}
    if len(fields.get("episodes", ())) == 1:
        fields["episode"] = fields.pop("episodes")
    said = ", ".join(f"{key.replace('_', ' ')} {_value(value)}" for key, value in fields.items())
    sure = f"sure to {parsed['confidence']:.2f}" if parsed.get("confidence") else ""
    what = parsed["kind"] or "nothing that is wanted"
    return ", ".join(part for part in (f"{what} {said}".rstrip(), sure) if part)


def _value(value: object) -> str:
    match value:
        case list():
            return " ".join(str(one) for one in value)
        case dict():
            return " ".join(f"{key}={inner}" for key, inner in value.items())
        case _:
            return str(value)
