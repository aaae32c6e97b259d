"""Give a file or a directory its mode, its group and its access list, as far as that is permitted, and say what is not.

A file with a second name is never changed: the other name may be one that a torrent client still serves.
"""

import errno
import os
import stat
from collections.abc import Callable
from typing import ParamSpec

import structlog
from msgspec.structs import replace

from shelfd.core.rights import NONE, Rights, inherited, plain
from shelfd.edges import groups
from shelfd.edges.disk import ACCESS_LIST, Disk

DEFAULT = "system.posix_acl_default"
NO_SUCH_GROUP = "there is no such group"
SANDBOXED = "the set-group-ID bit: set it on the library itself (chmod g+s), and what is made in it inherits it"
NOT_A_MEMBER = "it would lose its set-group-ID bit, since shelfd is no member of its group"

P = ParamSpec("P")

log = structlog.get_logger()


def hands_on_a_list(directory: bytes) -> bool:
    """Say whether what is made in an existing directory gets an access list from it."""
    try:
        return bool(os.getxattr(directory, DEFAULT))
    except OSError:
        return False


def had(disk: Disk, path: bytes) -> Rights | None:
    """Return what a file or directory has, so that it can be given back; None when that cannot be seen."""
    try:
        opened = _opened(disk, path)
    except OSError:
        return None
    try:
        return _had(opened)
    finally:
        os.close(opened)


def settle(disk: Disk, path: bytes, rights: Rights) -> Rights | None:
    """Give rights to what lies at `path`, durably, and return what it had if that was changed; no fault is raised."""
    try:
        opened = _opened(disk, path)
    except OSError as error:
        log.warning("its mode and group stay as they are", path=path, reason=_words(error))
        return None
    try:
        return _settled(disk, opened, rights, path)
    finally:
        os.close(opened)


def give(disk: Disk, opened: int, rights: Rights | None, path: bytes) -> bool:
    """Give rights to an open file or directory that lies, or will lie, at `path`; say whether anything was changed.

    Without any, a file gets what its directory hands on. What is refused is logged, and no fault.
    """
    lost: dict[str, str] = {}
    try:
        wanted = _wanted(disk, opened, rights or NONE, path)
        changed = _changed(disk, opened, wanted, lost)
    except OSError as error:
        lost["all"] = _words(error)
        changed = False
    if lost:
        log.warning("its mode or group could not be set", path=path, **lost)
    return changed


def _settled(disk: Disk, opened: int, rights: Rights, path: bytes) -> Rights | None:
    found = os.fstat(opened)
    if not stat.S_ISDIR(found.st_mode) and found.st_nlink > 1:
        say_shared(path)
        return None
    before = _had(opened)
    if not give(disk, opened, rights, path):
        return None
    try:
        disk.sync(opened)
    except OSError as error:  # a power cut may take the mode back, and nothing else
        log.warning("its mode and group may not be durable", path=path, reason=_words(error))
    return before


def say_shared(path: bytes) -> None:
    """Say that a file keeps its mode and group since it has other names, which share them."""
    log.info("its mode and group stay as they are, since it has other names", path=path)


def _wanted(disk: Disk, opened: int, rights: Rights, path: bytes) -> Rights:
    """Return what is to be given in view of what the directory above hands on; a group by its number."""
    found = os.fstat(opened)
    is_directory = stat.S_ISDIR(found.st_mode)
    if rights.exact:
        return rights
    above = disk.reach.directory(os.path.dirname(path))
    try:
        default, facts = _list(above, DEFAULT), os.fstat(above)
    finally:
        os.close(above)
    group = rights.group and (
        str(facts.st_gid) if facts.st_mode & stat.S_ISGID else _numbered(rights.group)
    )
    if default:  # a directory has it already
        acl = None if is_directory else inherited(default, 0o666)
        return Rights(group=group, acl=acl)
    keeps = found.st_mode & stat.S_ISGID if is_directory else 0
    return replace(rights, group=group, mode=None if rights.mode is None else rights.mode | keeps)


def _numbered(group: str) -> str:
    number = groups.number_of(group)
    return group if number is None else str(number)


def _changed(disk: Disk, opened: int, wanted: Rights, lost: dict[str, str]) -> bool:
    """Give what differs, and say whether that was anything; `lost` takes what was refused."""
    found = os.fstat(opened)
    changed = False
    if wanted.group and not wanted.group.isdecimal():
        lost["group"] = f"{wanted.group}: {NO_SUCH_GROUP}"
    elif wanted.group and found.st_gid != int(wanted.group):
        changed |= _tried(lost, "group", disk.chown, opened, int(wanted.group))
    if wanted.acl is not None and wanted.acl != _list(opened, ACCESS_LIST):
        changed |= _tried(lost, "access_list", disk.set_access_list, opened, wanted.acl)
    # behind both, which change it
    if wanted.mode is not None and stat.S_IMODE(os.fstat(opened).st_mode) != wanted.mode:
        changed |= _tried(lost, "mode", _chmod, disk, opened, wanted.mode)
    return changed


def _tried(
    lost: dict[str, str], what: str, change: Callable[P, None], *args: P.args, **kwargs: P.kwargs
) -> bool:
    try:
        change(*args, **kwargs)
    except OSError as error:
        lost[what] = _words(error)
        return False
    return True


def _chmod(disk: Disk, opened: int, mode: int) -> None:
    """Set permission bits, of which a directory keeps its set-group-ID bit, come what may."""
    found = os.fstat(opened)
    kept = found.st_mode & mode & stat.S_ISGID
    if kept and not groups.keeps_set_group_id(found.st_gid):
        raise PermissionError(errno.EPERM, NOT_A_MEMBER)
    try:
        disk.chmod(opened, mode)
    except PermissionError:
        if not mode & stat.S_ISGID or os.geteuid() not in (0, found.st_uid):
            raise
        # RestrictSUIDSGID= of systemd refuses any chmod with that bit, also where it is set already
        disk.set_access_list(opened, plain(mode))
        if not kept:
            raise PermissionError(errno.EPERM, SANDBOXED) from None


def _had(opened: int) -> Rights:
    found = os.fstat(opened)
    return Rights(
        mode=stat.S_IMODE(found.st_mode),
        group=str(found.st_gid),
        acl=_list(opened, ACCESS_LIST),
        exact=True,
    )


def _list(opened: int, name: str) -> bytes:
    """Return an access list; empty when there is none, or no such thing here."""
    try:
        return os.getxattr(opened, name)
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.EOPNOTSUPP, errno.ENOSYS):
            return b""
        raise


def _opened(disk: Disk, path: bytes) -> int:
    is_directory = stat.S_ISDIR(disk.reach.lstat(path).st_mode)
    return disk.reach.directory(path) if is_directory else disk.reach.file(path)


def _words(error: OSError) -> str:
    return error.strerror or str(error)
