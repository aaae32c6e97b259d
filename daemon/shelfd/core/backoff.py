"""After which faults another try can help, and when it is made."""

HELPED_BY_TIME = frozenset(
    {
        "disk_error",
        "no_space",
        "unreadable",
        "database_locked",
        "database_unusable",
        "readers_die",
        "reader_does_not_start",
    }
)
"""Codes of faults of the world, which may have passed when it is tried again."""

LONGEST_S = 3600.0
"""Between two tries, and the longest rest of a kind."""

CRASHES = 3
"""Ends of the process under one operation, without progress between, after which it is not tried again."""

FAILURES = 5
"""Operations of one kind that fail one after the other for reasons of the world, after which the kind rests."""

REST_S = 60.0
"""The first rest; it doubles with each operation that fails when it is over."""


def can_help(code: str) -> bool:
    """Say whether an operation that failed with this code may go well later, though nobody changes it."""
    return code in HELPED_BY_TIME


def wait_s(tries: int, base_s: float, chance: float) -> float:
    """Return the seconds until the next try after `tries` retries; `chance`, from 0 to 1, spreads those that failed together."""
    return float(min(base_s * 2.0 ** min(tries, 30), LONGEST_S)) * (0.5 + chance / 2)


def rest_s(failures: int, before_s: float) -> float:
    """Return how long a kind rests after so many failures in a row, when it rested `before_s` until now; 0: not at all."""
    if failures < FAILURES:
        return 0.0
    return min(before_s * 2, LONGEST_S) if before_s else REST_S
