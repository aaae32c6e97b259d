"""The words for the states of things in answers, for those who write programs against the API."""

from typing import Literal

DaemonState = Literal["starting", "ready", "degraded", "stopping"]
RootState = Literal["watching", "polling", "suspended", "absent"]
DropState = Literal["settling", "queued", "imported", "refused", "held", "review"]
PathState = Literal[
    "ignored",
    "settling",
    "queued",
    "imported",
    "filed",
    "review",
    "refused",
    "held",
    "suspended",
    "unknown",
]
