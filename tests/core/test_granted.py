"""What comes into a library gets the rights of the settings, and nothing else does."""

from shelfd.core.granted import granted
from shelfd.core.journal import WRITE, Action, Expected, FileStep
from shelfd.core.paths import Place, RelPath
from shelfd.core.rights import Rights
from shelfd.core.settings import Import

GIVEN = Import(file_mode="0664", dir_mode="2775", group="media")
FILES = Rights(mode=0o664, group="media")
DIRECTORIES = Rights(mode=0o2775, group="media")


def at(root: str, path: bytes) -> Place:
    return Place(root, RelPath(path))


def rights(step: FileStep, settings: Import = GIVEN) -> Rights | None:
    [given] = granted([step], settings, {"Music"})
    return given.expected.rights


def test_files_and_directories_of_a_library_get_theirs() -> None:
    target = at("Music", b"Ann/1.mp3")

    assert rights(FileStep(action=Action.MOVE, target=target)) == FILES
    assert rights(FileStep(action=Action.PLACE, target=target, mode="copy")) == FILES
    assert rights(FileStep(action=Action.PLACE, target=target, mode=WRITE)) == FILES
    assert rights(FileStep(action=Action.MKDIR, target=at("Music", b"Ann"))) == DIRECTORIES


def test_a_link_the_trash_and_what_stays_outside_get_none() -> None:
    trash = at("Music", b".shelfd-trash/1/Ann/1.mp3")

    assert rights(FileStep(action=Action.MOVE, target=trash, trash=True)) is None
    assert rights(FileStep(action=Action.MKDIR, target=at("Music", b".shelfd-trash"))) is None
    assert rights(FileStep(action=Action.MOVE, target=at("quarantine", b"x"))) is None
    assert rights(FileStep(action=Action.RMDIR, source=at("Music", b"Ann"))) is None
    link = FileStep(action=Action.PLACE, target=at("Music", b"1.mp3"), mode="symlink")
    assert rights(link) is None


def test_what_a_step_relies_on_stays() -> None:
    step = FileStep(action=Action.MOVE, target=at("Music", b"1"), expected=Expected(size=1))

    [given] = granted([step], Import(group="media"), {"Music"})

    assert given.expected == Expected(size=1, rights=Rights(group="media"))


def test_without_settings_steps_are_as_they_were() -> None:
    step = FileStep(action=Action.MOVE, target=at("Music", b"1"))

    assert granted([step], Import(), {"Music"}) == [step]
