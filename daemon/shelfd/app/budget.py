"""How many directories may be watched, and how to be allowed more."""

import math

import msgspec

from shelfd.core.settings import Watch
from shelfd.edges import abilities

ALLOWED = "fs/inotify/max_user_watches"
SETTING = ALLOWED.replace("/", ".")
WATCH_BYTES = 1200  # that a watch takes of the kernel's memory
UNLIMITED = 1 << 31
MOST = (1 << 31) - 1  # that the kernel takes for a limit


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """The share of the kernel's limit that is shelfd's; all numbers are directories."""

    allowed: int | None
    """To all programs of a user together; None where a sandbox hides it."""
    share: float
    poll_s: float

    @property
    def watches(self) -> int:
        """Return how many may be watched; where the limit is hidden, the kernel says."""
        return UNLIMITED if self.allowed is None else int(self.allowed * self.share)

    def shortage(self, watched: int, directories: int, *, complete: bool = True) -> str:
        """Say what is not watched for want of room: `5 of 10 directories are watched, ...`; not `complete`: of more."""
        number = f"{'' if complete else 'at least '}{directories:,} directories"
        return (
            f"{watched:,} of {number} are watched, the others are compared every {self.poll_s:g} s"
        )

    def remedy(self, needed: int) -> str | None:
        """Return what to hand to sysctl so that so many may be watched; None when no limit would do."""
        if not self.share:
            return None
        # more than now when that should have sufficed: other programs have the rest
        least = max(math.ceil(needed / self.share), 1 + (self.allowed or 0))
        return f"{SETTING}={min(1 << (least - 1).bit_length(), MOST)}"


def of(settings: Watch) -> Budget:
    """Return the budget at this moment."""
    allowed = abilities.limit(ALLOWED)
    return Budget(allowed=allowed, share=settings.budget_share, poll_s=settings.poll_s)


def cost(watches: int) -> str:
    """Return what so many watches take: `about 117 MiB of kernel memory`."""
    return f"about {abilities.size(watches * WATCH_BYTES)} of kernel memory"
