"""Let a copy have the extended attributes and the access list of its source, as far as that is permitted."""

import errno
import os

import structlog

from shelfd.edges.disk import ACCESS_LIST

USERS = "user."
NONE_HERE = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.ENODATA})

log = structlog.get_logger()


def keep(source: int, target: int, path: bytes) -> None:
    """Give the open file `target` what the open file `source` has; what is refused is logged with `path`, and no fault.

    Other namespaces belong to the kernel and to the administrator.
    """
    lost = {}
    try:
        for name in os.listxattr(source):
            if name.startswith(USERS) or name == ACCESS_LIST:
                try:
                    os.setxattr(target, name, os.getxattr(source, name))
                except OSError as error:
                    lost[name] = os.strerror(error.errno or 0)
    except OSError as error:
        if error.errno not in NONE_HERE:
            lost["all"] = os.strerror(error.errno or 0)
    if lost:
        log.warning("attributes of a file could not be kept", path=path, lost=lost)
