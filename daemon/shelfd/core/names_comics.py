"""Which issue or volume of which comic a name means."""

import re
from collections.abc import Sequence

from shelfd.core.names_words import YEAR, component, key, named, spaced
from shelfd.core.parsed import Parsed

EXTENSIONS = frozenset([".cbr", ".cbz", ".cb7"])


def comic(directories: Sequence[str], stem: str) -> Parsed | None:
    """Read `Series (2012) #003 (of 12) (2013)`, `Series 003`, `Series v03`, `003` in its series; None for no number."""
    text = spaced(_AROUND.sub(" ", component(stem).text))
    found = _ISSUE.fullmatch(text)
    if not found:
        return None
    names = named(directories)
    above = _SERIES.fullmatch(spaced(component(names[-1]).text)) if names else None
    series = (found["series"] or "").strip(" -,") or (above["series"].strip() if above else "")
    if not series:
        return None
    number = re.sub(r"^0+(?=\d)", "", found["number"])
    agrees = above is not None and key(above["series"]) == key(series)
    year = found["year"] or found["began"] or (above["began"] if above else None)
    return Parsed(
        kind="book",
        title=f"{series} #{number}",
        series=series,
        sequence=number,
        year=int(year) if year else None,
        confidence=0.7 if agrees or found["mark"] else 0.5,
        rule="the number of an issue or a volume after the name of its series",
    )


_AROUND = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}")
_SERIES = re.compile(rf"(?P<series>.+?)(?: \((?P<began>{YEAR})(?:-(?:{YEAR})?)?\))?")
_ISSUE = re.compile(
    rf"(?i)(?P<series>.*?)(?: \((?P<began>{YEAR})(?:-(?:{YEAR})?)?\))?(?:^|[ ,-]+)"
    r"(?P<mark>#|(?:vol(?:ume|\.)?|v|ch(?:apter|\.)?|c|issue|no\.?|band|tome|t) ?)?"
    rf"(?P<number>\d{{1,4}}(?:\.\d)?)(?: ?\(?of \d+\)?)?(?: - [^()]*)?(?: \((?P<year>{YEAR})\))?(?: \([^()]*\)){{0,6}}",
)
