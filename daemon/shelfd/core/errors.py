"""What can go wrong, one class per reaction of the caller.

ShelfdError
  UsageError      the person or script asked for something impossible   exit 2, HTTP 400
  NotFoundError   the thing named does not exist                        exit 4, HTTP 404
  ConflictError   the thing exists but is not in a state for this       exit 1, HTTP 409
  RefusedError    shelfd will not do this to somebody's files           the operation fails
  BrokenError     the world does not answer as it must (disk, database) the operation fails
"""


class ShelfdError(Exception):
    """Something a person can read: what went wrong, and what to do about it."""

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        """A short stable word for scripts, e.g. `no_such_operation`."""
        self.hint = hint
        """The way out, as an instruction; empty when there is none."""


class UsageError(ShelfdError):
    """The request makes no sense, whatever the state of the world."""


class NotFoundError(ShelfdError):
    """The thing asked for is not there."""


class ConflictError(ShelfdError):
    """The thing is there, but not in a state in which this can be done."""


class RefusedError(ShelfdError):
    """Doing this could hurt somebody's files, so it is not done."""


class BrokenError(ShelfdError):
    """A disk, a database or a process does not answer as it must."""
