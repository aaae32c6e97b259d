"""What keeps operations from starting, as it is told: what people have paused, and the kinds that rest after faults."""

from shelfd.store import breakers, events, pauses
from shelfd.store.database import Tx


def paused(tx: Tx) -> dict[str, object]:
    """Return what people have paused: everything or not, which kinds, which roots."""
    every = pauses.every(tx)
    return {
        "paused": pauses.Pause() in every,
        "paused_kinds": [pause.name for pause in every if pause.scope == "kind"],
        "paused_roots": [pause.name for pause in every if pause.scope == "root"],
    }


def tell(tx: Tx, now: float) -> None:
    """Add an event of what starts and what does not, from now on."""
    resting = [breaker.kind for breaker in breakers.resting(tx)]
    events.add(tx, "queue", {**paused(tx), "resting": resting}, now)
