"""What steps need from the outside world, as small Protocols, and what they all stand on."""

import threading
from collections.abc import Callable, Container, Iterable, Sequence
from concurrent.futures import Future
from typing import ParamSpec, Protocol, TypeVar

import msgspec

from shelfd.core.errors import ShelfdError
from shelfd.core.journal import Expected, FileStep, Outcome
from shelfd.core.listing import Facts, Links, Listing, Signature
from shelfd.core.media import Reading
from shelfd.core.operations import Operation, Progress
from shelfd.core.paths import RelPath
from shelfd.core.rights import Rights
from shelfd.core.roots import Roots
from shelfd.core.settings import Settings
from shelfd.core.templated import Render, unrendered
from shelfd.store.database import Database

P = ParamSpec("P")
T = TypeVar("T")


class Clock(Protocol):
    """Tells the time."""

    def wall(self) -> float:
        """Return Unix time in seconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        ...


class Containers(Protocol):
    """Looks at how media files are packed; see edges.lengths."""

    def missing(self, path: bytes) -> int: ...  # noqa: D102  # see the edge


class Directories(Containers, Protocol):
    """Looks at the disk; see edges.directories."""

    def listing(  # noqa: D102  # see the edge
        self,
        directory: bytes,
        links: Links = "files",
        inside: Callable[[bytes], bool] | None = None,
    ) -> Listing: ...
    def signature(self, path: bytes) -> Signature | None: ...  # noqa: D102  # see the edge
    def content(self, path: bytes, limit: int) -> bytes | None: ...  # noqa: D102  # see the edge
    def tree(self, top: bytes) -> Listing: ...  # noqa: D102  # see the edge
    def facts(self, path: bytes) -> Facts | None: ...  # noqa: D102  # see the edge
    def exists(self, path: bytes) -> bool: ...  # noqa: D102  # see the edge
    def is_broken_link(self, path: bytes) -> bool: ...  # noqa: D102  # see the edge
    def inode(self, path: bytes) -> int | None: ...  # noqa: D102  # see the edge
    def has_writer(self, path: bytes) -> bool: ...  # noqa: D102  # see the edge
    def holes(self, path: bytes, facts: Facts) -> int: ...  # noqa: D102  # see the edge
    def head(self, path: bytes, length: int) -> bytes: ...  # noqa: D102  # see the edge
    def spelled(self, root: bytes, parts: tuple[bytes, ...]) -> tuple[bytes, ...]: ...  # noqa: D102  # see the edge


class Trees(Protocol):
    """Says of many directories what can be said without reading them; see edges.trees."""

    def count(self, top: bytes, within_s: float) -> int: ...  # noqa: D102  # see the edge
    def differing(  # noqa: D102  # see the edge
        self, top: bytes, known: Iterable[tuple[RelPath, int, int, int, int, int]]
    ) -> list[RelPath]: ...
    def touched(  # noqa: D102  # see the edge
        self,
        top: bytes,
        known: Iterable[tuple[RelPath, bytes, int, int, int, int]],
        skip: Container[RelPath],
    ) -> set[RelPath]: ...
    def misspelled(self, path: bytes) -> bool: ...  # noqa: D102  # see the edge


class Files(Protocol):
    """Changes the disk, one file step at a time; see edges.files."""

    def seen(self, path: bytes) -> Expected | None: ...  # noqa: D102  # see the edge
    def clear(self, temporary: bytes) -> None: ...  # noqa: D102  # see the edge
    def same_content(self, one: bytes, other: bytes) -> bool: ...  # noqa: D102  # see the edge
    def is_made(self, step: FileStep, source: bytes, target: bytes) -> bool: ...  # noqa: D102  # see the edge
    def kept_busy(self, directories: Sequence[bytes], *, copies: bool) -> frozenset[str]: ...  # noqa: D102  # see the edge
    def perform(  # noqa: D102  # see the edge
        self, step: FileStep, source: bytes, target: bytes, temporary: bytes
    ) -> Outcome: ...
    def had(self, path: bytes) -> Rights | None: ...  # noqa: D102  # see the edge
    def settle(self, step: FileStep, target: bytes) -> Rights | None: ...  # noqa: D102  # see the edge
    def foresee(self, wanted: Sequence[tuple[FileStep, bytes, bytes]]) -> None: ...  # noqa: D102  # see the edge
    def sync(self, directories: Sequence[bytes]) -> None: ...  # noqa: D102  # see the edge


class Reader(Protocol):
    """Reads the inside of media files; see edges.probe_pool."""

    def submit(self, paths: Sequence[bytes]) -> Future[list[Reading]]: ...  # noqa: D102  # see the edge
    def warm(self, processes: int = 1) -> None: ...  # noqa: D102  # see the edge


class Turn(Protocol):
    """A worker's turn with one operation."""

    def report(self, operation: Operation, progress: Progress) -> None:
        """Tell how far the operation is, as often as the step likes; it is written once a second."""
        ...

    def copies(self, operation: Operation, progress: Progress) -> None:
        """Count what is copied from now on on top of this, which is in bytes."""
        ...

    def interrupted(self, operation: Operation) -> bool:
        """Say whether the step is to make room at its next safe point, and to put the operation back.

        Cheap, so a step may ask as often as it likes. Why, it need not know: `store.operations.requeue` cancels
        what is to be cancelled.
        """
        ...


class Told(Protocol):
    """Whoever gave an operation out, and hears how it goes; may be called from any thread."""

    def progressed(self, operation: Operation, progress: Progress) -> None:
        """Hear how far it is."""
        ...

    def ended(self, operation: Operation, error: ShelfdError | None) -> None:
        """Hear that nobody works on it any more; with an error when it could not go on."""
        ...


class Executor(Protocol):
    """Carries out operations that are ready, on this machine or elsewhere.

    An operation names its places by root and relative path, and what it has done stands in the journal: whoever
    gets it again after a crash goes on where it stood.
    """

    def capacity(self) -> int:
        """Return how many more operations it takes now."""
        ...

    def submit(self, operation: Operation, told: Told) -> None:
        """Carry out an operation that was claimed, and tell `told` of it; may return at once."""
        ...

    def cancel(self, operation: int, *, hurry: bool) -> None:
        """Let an operation come to its next safe point; `hurry`: also in the midst of a file."""
        ...


class Threads(Protocol):
    """Makes calls side by side."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a call made; RuntimeError when it cannot be."""
        ...

    def shutdown(self, *, wait: bool) -> None:
        """Take no more calls; those that were taken are still made."""
        ...

    def join(self, within_s: float) -> bool:
        """Wait until all threads have ended after `shutdown`; False when they have not after so many seconds."""
        ...


class Current:
    """The settings in force; a reload replaces them as a whole."""

    def __init__(self, settings: Settings, roots: Roots) -> None:
        """Begin with these."""
        self.settings = settings
        self.roots = roots


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What every step stands on."""

    db: Database
    clock: Clock
    current: Current
    render: Render = unrendered
    """Fills the templates of the settings; see edges.templates."""
    deciding: threading.Lock = msgspec.field(default_factory=threading.Lock)
    """Held by whoever decides by what is known of files, until it is written: two can meet the same file."""


class Mounts(Protocol):
    """Knows file systems; see edges.mounts."""

    def identity(self, path: bytes) -> str: ...  # noqa: D102  # see the edge
    def below(self, path: bytes) -> dict[bytes, str]: ...  # noqa: D102  # see the edge


class DecisionsFile(Protocol):
    """Keeps what people have decided outside of the database; see edges.decisions_file."""

    def read(self) -> list[bytes]: ...  # noqa: D102  # see the edge
    def write(self, lines: Sequence[bytes]) -> None: ...  # noqa: D102  # see the edge
    def set_aside(self) -> bytes: ...  # noqa: D102  # see the edge


class Markers(Protocol):
    """Looks for what shows that a root is there; see edges.marker."""

    def is_directory(self, path: bytes) -> bool: ...  # noqa: D102  # see the edge
    def is_empty(self, root: bytes) -> bool: ...  # noqa: D102  # see the edge
    def has(self, path: bytes, size: int) -> bool: ...  # noqa: D102  # see the edge
    def read(self, root: bytes) -> str | None: ...  # noqa: D102  # see the edge
    def write(self, root: bytes, marker: str) -> None: ...  # noqa: D102  # see the edge
