"""Do without OpenSSL, which libraries load in case that somebody wants TLS.

It takes 4.6 of 50 MB of the daemon's memory, and a sixth of the time in which a command starts. shelfd speaks over
its own socket, and by TCP in the clear. What is to speak TLS one day takes both names out of `sys.modules` again.
"""

import sys
from importlib.util import find_spec
from types import ModuleType

OWN_HASHES = (
    *("_md5", "_sha1", "_sha3", "_blake2"),
    *(("_sha2",) if sys.version_info >= (3, 12) else ("_sha256", "_sha512")),
)
"""What Python can do by itself; a distribution may have left them out."""


class _Absent(ModuleType):
    """Has every name that `ssl` has, for those who only name them."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return 0 if name.isupper() else type(name, (_Unusable,), {})


class _Unusable(Exception):  # noqa: N818  # some of the names are those of errors, which must be such to be caught
    def __init__(self, *_arguments: object, **_named: object) -> None:
        raise RuntimeError("shelfd runs without TLS")


def leave_out() -> None:
    """Have nobody load it; to be called before anything else is imported."""
    if "ssl" in sys.modules or not all(find_spec(name) for name in OWN_HASHES):
        return
    sys.modules["ssl"] = _Absent("ssl")
    sys.modules["_hashlib"] = None  # type: ignore[assignment]  # as the import system documents it
