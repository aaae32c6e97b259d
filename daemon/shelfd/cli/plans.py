"""What an import or an undo would do, in words."""

from shelfd.cli.client import Value
from shelfd.cli.text import count, quiet, say, state

TRASH = "/.shelfd-trash/"

WORDS = {
    "mkdir": "make directory {target}",
    "rmdir": "remove directory {source}, if it is empty",
    "place": "put {target}",
    "move": "move {source} to {target}",
    "discard": "remove {source}, which was put there from {target}",
    "stamp": "set back the time of {target}",
}


def show(path: str, result: Value) -> None:
    """Write the result of a dry run: each file with its verdict, then each step."""
    say(path)
    for file in result.get("files", []):
        if file["state"] != "file":
            say(f"  {state(file['state'])} {file['path']}: {file['reason']}")
    for step in result["steps"]:
        say(f"  {in_words(step)}")
    for file in result.get("files", []):
        if file["state"] == "file":
            say(quiet(f"  because {file['path']}: {file['reason']}"))
    say(f"{count(len(result['steps']), 'step')}; nothing was done")


def in_words(step: Value) -> str:
    """Return a file step as a sentence without its dot."""
    source, target = step.get("source", ""), step.get("target", "")
    if step["action"] == "move" and TRASH in target:
        return f"move {source} to the trash"
    if step["action"] == "move" and TRASH in source:
        return f"move {target} back from the trash"
    return WORDS[step["action"]].format(source=source, target=target)
