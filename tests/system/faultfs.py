"""A file system that shows another directory, read-only, and fails or stalls where it is told to: FUSE without a library."""

import contextlib
import ctypes
import errno
import fnmatch
import os
import stat
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

THREADS = 32
"""Requests that can stall at the same time, with some to spare."""
BUFFER = 1 << 18
HEADER = struct.Struct("=IIQQIIII")
ANSWER = struct.Struct("=IiQ")
ATTRIBUTES = struct.Struct("=6Q10I")
INIT = struct.Struct("=IIII HHIIHHI 7I")
STATFS = struct.Struct("=5Q4I 6I")
LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS_, RELEASE, INIT_ = 1, 2, 3, 14, 15, 17, 18, 26
OPENDIR, READDIR, RELEASEDIR, INTERRUPT, BATCH_FORGET = 27, 28, 29, 36, 42
NAMES = {LOOKUP: "stat", GETATTR: "stat", OPEN: "open", READ: "read", OPENDIR: "list"}
FOPEN_DIRECT_IO = 1
NOT_ANSWERED = frozenset((FORGET, INTERRUPT, BATCH_FORGET))
WRITING = frozenset((4, 6, 8, 9, 10, 11, 12, 13, 16, 35, 45))
"""SETATTR, SYMLINK, MKNOD, MKDIR, UNLINK, RMDIR, RENAME, LINK, WRITE, CREATE, RENAME2."""


@dataclass
class Fault:
    """What happens to some requests, for as long as it is among the `faults`."""

    operation: str
    """`stat`, `open`, `read`, `list`, or `*`."""
    path: str
    """A shell pattern for paths below the top, which is empty itself."""
    errno: int = 0
    """0: the request stalls until `over`."""
    over: threading.Event = field(default_factory=threading.Event)
    met: threading.Event = field(default_factory=threading.Event)
    """A request has met it."""


class FaultFs:
    """One mount, answered by threads of this process."""

    def __init__(self, source: Path, point: Path) -> None:
        """Show `source` at `point`."""
        self.faults: list[Fault] = []
        self._paths = {1: os.fsencode(source)}
        self._nodes = {os.fsencode(source): 1}
        self._lock = threading.Lock()
        self._top = len(os.fsencode(source)) + 1
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="faultfs")
        self._point = point
        self._device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self._device},rootmode=40000,user_id=0,group_id=0,allow_other"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"faultfs", bytes(point), b"fuse.faultfs", 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount")
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def fault(self, operation: str, path: str, number: int = 0) -> Iterator[Fault]:
        """Let requests for a path fail with this errno, or stall, for as long as this lasts."""
        made = Fault(operation, path, number)
        self.faults.append(made)
        try:
            yield made
        finally:
            self.faults.remove(made)
            made.over.set()

    def close(self) -> None:
        """Unmount it, also with files open and requests stalled, and end the threads."""
        for fault in self.faults:
            fault.over.set()
        # by force: what waits for an answer gets an error
        subprocess.run(["umount", "--force", "--lazy", str(self._point)], check=False)
        self._thread.join(10)
        self._pool.shutdown()
        os.close(self._device)

    def _serve(self) -> None:
        while True:
            try:
                request = os.read(self._device, BUFFER)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
                    continue  # it was taken back before it was read
                return  # ENODEV: unmounted
            self._pool.submit(self._answer, request)

    def _answer(self, request: bytes) -> None:
        _length, code, unique, node, *_ = HEADER.unpack_from(request)
        if code in NOT_ANSWERED:
            return
        number, body = 0, b""
        try:
            body = self._do(code, node, request[HEADER.size :])
        except OSError as error:
            number = error.errno or errno.EIO
        with contextlib.suppress(OSError):  # who asked is gone, or the mount is
            os.write(self._device, ANSWER.pack(ANSWER.size + len(body), -number, unique) + body)

    def _do(self, code: int, node: int, body: bytes) -> bytes:
        if code in WRITING:
            raise OSError(errno.EROFS, "")
        path = self._paths[node] if node else b""
        if code == LOOKUP:
            path = os.path.join(path, body.rstrip(b"\0"))
        if code in NAMES:
            self._meet(NAMES[code], os.fsdecode(path[self._top :]))
        does: dict[int, Callable[[bytes, bytes], bytes]] = {
            INIT_: _init,
            LOOKUP: self._lookup,
            GETATTR: lambda path, _body: struct.pack("=QII", 0, 0, 0) + _attributes(path),
            OPEN: _open,
            READ: _read,
            RELEASE: _release,
            OPENDIR: lambda _path, _body: struct.pack("=QII", 0, 0, 0),
            RELEASEDIR: lambda _path, _body: b"",
            READDIR: _entries,
            STATFS_: _statfs,
        }
        if code not in does:
            raise OSError(errno.ENOSYS, "")
        return does[code](path, body)

    def _meet(self, operation: str, path: str) -> None:
        for fault in tuple(self.faults):
            if fault.operation in (operation, "*") and fnmatch.fnmatchcase(path, fault.path):
                fault.met.set()
                if fault.errno:
                    raise OSError(fault.errno, "")
                fault.over.wait()

    def _lookup(self, path: bytes, _body: bytes) -> bytes:
        attributes = _attributes(path)
        with self._lock:
            node = self._nodes.setdefault(path, len(self._nodes) + 1)
            self._paths[node] = path
        return struct.pack("=4Q2I", node, 0, 0, 0, 0, 0) + attributes


def _init(_path: bytes, body: bytes) -> bytes:
    read_ahead = int.from_bytes(body[8:12], "little")
    return INIT.pack(7, 31, read_ahead, 0, THREADS, THREADS, 1 << 16, 1, 0, 0, 0, *[0] * 7)


def _attributes(path: bytes) -> bytes:
    found = os.lstat(path)
    moments = (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)
    return ATTRIBUTES.pack(
        found.st_ino,
        found.st_size,
        found.st_blocks,
        *(moment // 10**9 for moment in moments),
        *(moment % 10**9 for moment in moments),
        found.st_mode,
        found.st_nlink,
        found.st_uid,
        found.st_gid,
        0,
        found.st_blksize,
        0,
    )


def _open(path: bytes, _body: bytes) -> bytes:
    # past the page cache: who waits there for a read cannot even be killed
    return struct.pack("=QII", os.open(path, os.O_RDONLY), FOPEN_DIRECT_IO, 0)


def _read(_path: bytes, body: bytes) -> bytes:
    handle, offset, size = struct.unpack_from("=QQI", body)
    return os.pread(handle, size, offset)


def _release(_path: bytes, body: bytes) -> bytes:
    os.close(*struct.unpack_from("=Q", body))
    return b""


def _entries(path: bytes, body: bytes) -> bytes:
    _handle, offset, size = struct.unpack_from("=QQI", body)
    answer = b""
    names = sorted(os.listdir(path))
    for number, name in enumerate(names[offset:], start=offset + 1):
        mode = os.lstat(os.path.join(path, name)).st_mode
        entry = struct.pack("=QQII", number, number, len(name), stat.S_IFMT(mode) >> 12) + name
        entry += bytes(-len(entry) % 8)
        if len(answer) + len(entry) > size:
            break
        answer += entry
    return answer


def _statfs(path: bytes, _body: bytes) -> bytes:
    found = os.statvfs(path)
    return STATFS.pack(
        found.f_blocks,
        found.f_bfree,
        found.f_bavail,
        found.f_files,
        found.f_ffree,
        found.f_bsize,
        found.f_namemax,
        found.f_frsize,
        0,
        *[0] * 6,
    )
