"""What an import or an undo would do, in words."""

from shelfd.cli.client import Value
from shelfd.cli.text import bold, count, quiet, say

TRASH = "/.shelfd-trash/"

WORDS = {
    "mkdir": "make directory {target}",
    "rmdir": "remove directory {source}, if it is empty",
    "place": "put {target}",
    "move": "move {source} to {target}",
    "discard": "remove {source}, which was put there from {target}",
    "stamp": "set back the time of {target}",
}
WRITTEN = {"place": "write {target}", "discard": "remove {source}, unless it was changed"}
"""For a metadata file, which has no other end."""


def show(path: str, result: Value) -> None:
    """Write the result of a dry run: what becomes of each file and why, then each step."""
    say(bold(path))
    steps = result.get("steps", [])
    targets = {step["source"]: step["target"] for step in steps if _is_filing(step)}
    for file in result.get("files", []):
        for line in _becomes(file, targets):
            say(f"  {line}")
    if "files" not in result and "stays" in result:
        say(f"  it stays: {result['stays']}")
    if not steps:
        say("there is nothing to be done")
        return
    say(f"in {count(len(steps), 'step')}, none of which was done:")
    for step in steps:
        say(f"  {in_words(step)}")


def in_words(step: Value) -> str:
    """Return a file step as a sentence without its dot."""
    source, target = step.get("source", ""), step.get("target", "")
    if step["action"] == "move" and TRASH in target:
        return f"move {source} to the trash"
    if step["action"] == "move" and TRASH in source:
        return f"move {target} back from the trash"
    words = WORDS if source and target else WORDS | WRITTEN
    return words[step["action"]].format(source=source, target=target)


def _is_filing(step: Value) -> bool:
    placed = step["action"] in ("place", "move") and "source" in step
    return placed and TRASH not in step["target"]


def _becomes(file: Value, targets: dict[str, str]) -> list[str]:
    if file["state"] != "file":
        stays = "is in the library already" if file["state"] == "filed" else "stays"
        if file["state"] == "review":
            stays = "waits until somebody says what it is"
        told = [f"{file['path']} {stays}", quiet(f"  {file['reason']}")]
        return [*told, *(f"  {_could_be(one)}" for one in file.get("candidates", []))]
    # the verdict has its paths below the roots, the steps have them whole
    whole = (to for source, to in targets.items() if source.endswith(f"/{file['path']}"))
    target = next(whole, file["target"])
    return [file["path"], f"  becomes {target}", quiet(f"  {file['reason']}")]


def _could_be(candidate: Value) -> str:
    year = f" ({candidate['year']})" if "year" in candidate else ""
    why = quiet(f"by its {candidate['source']}: {'; '.join(candidate.get('reasons', []))}")
    return f"perhaps {candidate['title']}{year}, {candidate['score']:.2f} {why}"
