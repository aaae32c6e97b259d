"""Books of the catalog by the series that they are of."""

from shelfd.core.known_series import Issue
from shelfd.core.paths import searchable
from shelfd.store import searching
from shelfd.store.database import Tx

MOST = 50  # more books of one series say no more of it


def of(tx: Tx, series: str) -> list[Issue]:
    """Return books that are there with all the words of a series in their names; which are of it, others say."""
    words = searchable(series).split()
    hits = searching.search(tx, words, kind="book", after=0, limit=MOST) if words else []
    return [
        Issue(hit.item.series, hit.item.author or "")
        for hit in hits
        if hit.item.series and hit.item.state == "present"
    ]
