"""Which file steps give something a mode and a group of the settings: those that bring it into a library."""

from collections.abc import Container, Iterable

from msgspec.structs import replace

from shelfd.core.ignored import TRASH
from shelfd.core.journal import Action, FileStep
from shelfd.core.rights import Rights
from shelfd.core.settings import Import


def granted(
    steps: Iterable[FileStep], settings: Import, libraries: Container[str]
) -> list[FileStep]:
    """Return the steps, each with the rights that `settings` want for what it makes; `libraries` are names of roots."""
    files = _rights(settings.file_mode, settings.group)
    directories = _rights(settings.dir_mode, settings.group)
    return [
        _with(step, directories if step.action is Action.MKDIR else files)
        if _arrives(step, libraries)
        else step
        for step in steps
    ]


def _rights(mode: str, group: str) -> Rights | None:
    if not mode and not group:
        return None
    return Rights(mode=int(mode, 8) if mode else None, group=group)


def _with(step: FileStep, rights: Rights | None) -> FileStep:
    return replace(step, expected=replace(step.expected, rights=rights)) if rights else step


def _arrives(step: FileStep, libraries: Container[str]) -> bool:
    """Say whether a step brings something into a library, and not into its trash; a symbolic link has no rights."""
    return (
        step.action in (Action.MKDIR, Action.PLACE, Action.MOVE)
        and step.target is not None
        and step.target.root in libraries
        and TRASH not in step.target.path.split(b"/")
        and step.mode != "symlink"
    )
