"""What lies on the disk: one directory, one tree, one file, and whether somebody is writing to it."""

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Callable, Iterable

from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.listing import Facts, Links, Listing, Signature
from shelfd.core.paths import identity, printable
from shelfd.edges import lengths
from shelfd.edges.links import target

LINK = "symbolic link"
_KINDS = {
    stat.S_IFLNK: LINK,
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFBLK: "device",
    stat.S_IFCHR: "device",
}


def listing(
    directory: bytes, links: Links = "files", inside: Callable[[bytes], bool] | None = None
) -> Listing:
    """Return what `directory` holds; NotFoundError when it is gone, BrokenError when it cannot be read.

    `links` says which symbolic links count for what they lead to: to files, or to directories too, and none
    without `inside`, which says of a real path whether it may be one of shelfd's (see `among`). All other
    links, and what cannot be looked at, are among the others, with the reason.
    """
    try:
        # before it is read, so that what comes meanwhile makes it differ
        own = _signature(os.stat(directory))
        files, below, others = _entries(directory)
    except OSError as error:
        raise _unreadable(directory, error) from error
    linked = LINK in others.values()
    if inside is not None and links != "skip" and linked:
        below += _followed(directory, links, inside, files, others)
    return Listing(files=files, directories=tuple(below), others=others, linked=linked, own=own)


def _entries(directory: bytes) -> tuple[dict[bytes, Facts], list[bytes], dict[bytes, str]]:
    """Return the regular files, the directories and the rest of what a directory holds."""
    files: dict[bytes, Facts] = {}
    below: list[bytes] = []
    others: dict[bytes, str] = {}
    vanished = False
    with os.scandir(directory) as entries:
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.name)
                    continue
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                vanished = True  # the event for that is on its way
                continue
            except OSError as error:
                others[entry.name] = f"unreadable: {os.strerror(error.errno or 0)}"
                continue
            kind = found.st_mode & 0o170000  # stat.S_IFMT, without a call for each file
            if kind == stat.S_IFREG:
                files[entry.name] = facts_of(found)
            else:
                others[entry.name] = _KINDS.get(kind, "special file")
    if vanished:
        os.stat(directory)  # not there: the directory itself is on its way out
    return files, below, others


def _followed(
    directory: bytes,
    links: Links,
    inside: Callable[[bytes], bool],
    files: dict[bytes, Facts],
    others: dict[bytes, str],
) -> list[bytes]:
    """Move the links that count into `files`, name the reason for the rest, and return those to directories."""
    below = []
    for name in [name for name, what in others.items() if what == LINK]:
        found = target(os.path.join(directory, name), links, inside)
        if isinstance(found, str):
            others[name] = found
            continue
        del others[name]
        if stat.S_ISREG(found.st_mode):
            files[name] = facts_of(found)
        else:
            below.append(name)
    return below


def among(tops: Iterable[bytes]) -> Callable[[bytes], bool]:
    """Return what says of a real path whether it lies in one of these directories, be they links themselves."""
    real = {os.path.realpath(top) for top in tops}
    prefixes = tuple(top.rstrip(b"/") + b"/" for top in real)
    return lambda path: path.startswith(prefixes) or path in real


def content(path: bytes, limit: int) -> bytes | None:
    """Return what a small file holds; None when there is none, BrokenError when it cannot be read or is longer."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise BrokenError(f"{printable(path)}: it is no regular file", code="unreadable")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(descriptor)
    if len(data) > limit:
        raise BrokenError(
            f"{printable(path)}: it is longer than {limit} bytes",
            code="too_long",
            hint="make it shorter, or delete it",
        )
    return data


def tree(top: bytes) -> Listing:
    """Return all files and directories below `top`, named relative to it; a file is a tree of itself, named empty."""
    alone = facts(top)
    if alone is not None:
        return Listing(files={b"": alone})
    files: dict[bytes, Facts] = {}
    directories: list[bytes] = []
    others: dict[bytes, str] = {}
    todo = [b""]
    while todo:
        here = todo.pop()
        prefix = here + b"/" if here else b""
        try:
            found = listing(os.path.join(top, here) if here else top)
        except BrokenError as error:
            if not here:
                raise
            others[here] = f"unreadable: {error.message}"
            continue
        files.update((prefix + name, fact) for name, fact in found.files.items())
        others.update((prefix + name, what) for name, what in found.others.items())
        below = [prefix + name for name in found.directories]
        directories.extend(below)
        todo.extend(below)
    return Listing(files=files, directories=tuple(directories), others=others)


def facts(path: bytes) -> Facts | None:
    """Return what lstat says of a regular file; None when there is none at `path`."""
    found = _looked(path)
    return facts_of(found) if found is not None and stat.S_ISREG(found.st_mode) else None


def exists(path: bytes) -> bool:
    """Say whether anything at all lies at `path`, be it a broken link."""
    return os.path.lexists(path)


def is_broken_link(path: bytes) -> bool:
    """Say whether a link lies at `path` that leads to nothing, or to nothing that can be looked at now."""
    try:
        os.stat(path)
    except OSError:
        return os.path.islink(path)
    return False


def inode(path: bytes) -> int | None:
    """Return the inode of a directory; None when there is none at `path`, or only a link to one."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return _signed(found.st_ino) if stat.S_ISDIR(found.st_mode) else None


def signature(path: bytes) -> Signature | None:
    """Return the signature of a directory; None when there is none at `path`, or only a link to one."""
    found = _looked(path)
    return _signature(found) if found is not None and stat.S_ISDIR(found.st_mode) else None


def has_writer(path: bytes) -> bool:
    """Say whether a local process has the file open for writing; False where that cannot be told.

    A read lease is refused while a writer exists (fcntl(2), F_SETLEASE); it needs the file's owner or
    CAP_LEASE, and says nothing of writers on other machines.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # a program that opens the file in this very moment breaks the lease, and the kernel tells its holder
        # by SIGIO, which kills; SIGURG is ignored by default
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EWOULDBLOCK)
    finally:
        os.close(descriptor)
    return False


def holes(path: bytes, facts: Facts) -> int:
    """Return how many bytes of a file were never written; 0 where the file system cannot tell."""
    if facts.blocks * 512 >= facts.size:
        return 0
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        return facts.size - _data(descriptor, facts.size)
    finally:
        os.close(descriptor)


def missing(path: bytes) -> int:
    """Return how many bytes a media file lacks by what its container says; 0: none, or it says nothing, or is not there."""
    return lengths.missing(path)


def head(path: bytes, length: int) -> bytes:
    """Return how a regular file begins, `length` bytes at most; empty where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(length)
    except OSError:
        return b""


def _data(descriptor: int, size: int) -> int:
    """Return how many of `size` bytes have data behind them."""
    total = position = 0
    while position < size:
        try:
            start = os.lseek(descriptor, position, os.SEEK_DATA)
        except OSError:
            break  # ENXIO: nothing but a hole follows
        position = os.lseek(descriptor, start, os.SEEK_HOLE)
        total += min(position, size) - start
    return total


def spelled(root: bytes, parts: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return `parts` as they are already spelled below `root`: `the beatles` where `The Beatles` exists."""
    here, found = root, []
    for part in parts:
        existing = None if exists(os.path.join(here, part)) else _same_name(here, part)
        found.append(existing or part)
        here = os.path.join(here, found[-1])
    return tuple(found)


def _same_name(directory: bytes, name: bytes) -> bytes | None:
    wanted = identity(name)
    try:
        return next((other for other in os.listdir(directory) if identity(other) == wanted), None)
    except OSError:
        return None


def facts_of(found: os.stat_result) -> Facts:
    """Return what stat says of a file."""
    return Facts(
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_ino if found.st_ino < 1 << 63 else _signed(found.st_ino),
        found.st_blocks,
        found.st_mode,
        found.st_nlink,
    )


def _signature(found: os.stat_result) -> Signature:
    return Signature(
        _signed(found.st_ino),
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_size,
        found.st_nlink,
    )


def _signed(inode: int) -> int:
    return inode if inode < 1 << 63 else inode - (1 << 64)


def _looked(path: bytes) -> os.stat_result | None:
    """Return what lstat says; None when nothing is there, BrokenError when that cannot be said."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: bytes, error: OSError) -> NotFoundError | BrokenError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFoundError(f"{printable(path)}: it is not there", code="no_such_path")
    hint = "let the daemon's user read it" if error.errno == errno.EACCES else ""
    return BrokenError(
        f"{printable(path)}: it cannot be read: {os.strerror(error.errno or 0)}",
        code="unreadable",
        hint=hint,
    )
