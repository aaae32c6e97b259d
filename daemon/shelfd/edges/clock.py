"""The clock: wall time for rows, monotonic time for waiting."""

import time


class Clock:
    """The machine's own clock."""

    def wall(self) -> float:
        """Return Unix time, UTC, in seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        return time.monotonic()
