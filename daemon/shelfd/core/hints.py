"""What a person can do about a drop of which nothing is filed, by what speaks against filing it."""

from shelfd.core import archives, late
from shelfd.core.paths import RelPath, name
from shelfd.core.verdicts import THERE, Request, Verdict

IN_THE_WAY = "import.conflict is"
"""What the reasons of conflicts have in them."""
AGAIN = "it is looked at again when it changes"


def hint(verdict: Verdict, request: Request) -> str:
    """Return the way out for a file that is refused or left, whose reason is that of its drop."""
    path, identity = RelPath(verdict.path), verdict.identity
    reading = request.readings.get(path)
    in_the_way = IN_THE_WAY in verdict.reason or verdict.reason.startswith(THERE)
    understood = identity is not None and 0 < request.auto_accept <= identity.confidence
    causes = (
        (reading is not None and reading.error is not None, f"bring a copy that is whole; {AGAIN}"),
        (
            in_the_way,
            "remove one of both, or let import.conflict keep both or replace the worse one",
        ),
        (verdict.reason.startswith(late.WAITS), "it is filed by itself once that is in a library"),
        (archives.is_archive(name(path)), f"unpack it; {AGAIN}"),
        (identity is None, "it may be removed; shelfd leaves it where it is"),
        (understood, f"it is understood; mend what the reason says: {AGAIN}"),
    )
    otherwise = f"name or tag it more clearly; {AGAIN}"
    return next((way for holds, way in causes if holds), otherwise)
