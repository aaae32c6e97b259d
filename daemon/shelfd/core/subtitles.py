"""What the name of a subtitle says of it, and how it is written so that players read the same."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shelfd.core import languages
from shelfd.core.languages import Language
from shelfd.core.names_junk import JUNK
from shelfd.core.names_words import key

SUBTITLES = frozenset(".ass .idx .mks .sami .smi .srt .ssa .sub .sup .vtt".split())
DIRECTORY = re.compile(
    r"(?i)(?:vob)?subs?(?:[ ._-]?files?)?|subtitles?|srt|untertitel|legendas?|subt[ií]tulos?|sous[ ._-]?titres?|sottotitoli|napisy"
)
"""What people call the directory of subtitles beside a video."""


_NUMBER = re.compile(r"^\d+[\W_]+")
_LAST = re.compile(r"[\s._-]+[(\[]?([^\W_]+)[)\]]?\s*$")


class Told(NamedTuple):
    """What a name says."""

    language: Language | None = None
    default: bool = False
    forced: bool = False
    impaired: str = ""
    """`sdh` or `cc`: for those who cannot hear."""
    title: str = ""

    def text(self, number: int = 1) -> str:
        """Return what stands between the name of the video and the extension: `.en.forced`.

        From the second of several alike on there is a number in front, where players read it as a title.
        """
        variant = self.language.variant if self.language else ""
        count = str(number) if number > 1 else ""
        title = " ".join(part for part in (self.title, variant, count) if part)
        parts = (
            title,
            self.language.code if self.language else "",
            "default" if self.default else "",
            "forced" if self.forced else "",
            self.impaired,
        )
        return "".join(f".{part}" for part in parts if part)


def behind(rest: str) -> Told:
    """Read what follows the name of the video: `.en.forced`, `_English`, `.Commentary.de`; what is no such word is a title."""
    if JUNK.search(rest):  # of a release, which no title is made of
        return among(rest)
    told, title = Told(), []
    for segment in reversed([part for part in rest.split(".") if part.strip(" -_")]):
        text = segment.strip(" -_()[]")
        words = [word for word in re.split(r"[\s_()\[\]-]+", text) if word]
        whole = _one(told, text)
        said = whole if whole is not None else _all(told, words)
        if said is None:
            title.append(text)
        else:
            told = said
    return told._replace(title=".".join(reversed(title)))


def among(text: str, known: Iterable[str] = ()) -> Told:
    """Read the name of a subtitle that is not called as its video, and of the directory that it lies in.

    `known` are words of the work's title, which mean nothing here even where they are those of a language. Words
    that say nothing, such as those of a release, are passed over.
    """
    words = [word for word in re.split(r"[\W_]+", text) if word]
    title = list(known)
    while title and words and key(words[0]) == title[0]:
        words, title = words[1:], title[1:]
    told = Told()
    for word in words:
        flag = _flag(told, word)
        told = told if flag is None else flag
    rest = [word for word in words if _flag(Told(language=told.language), word) is None]
    found = _named(rest) or _coded(words, rest)
    if found and key(words[-1]) == "hi" and found.code != "hi":
        told = told._replace(impaired=told.impaired or "sdh")
    return told._replace(language=found)


def without(text: str) -> str:
    """Return a name without the words at its end that say what subtitles are: `Film` for `Film.en.forced`."""
    while (found := _LAST.search(text)) and _one(Told(), found[1]) is not None:
        text = text[: found.start()]
    return text


def is_nameless(text: str) -> bool:
    """Say whether a name tells of subtitles alone, and not whose they are: `2_English`."""
    return without(f"x {_NUMBER.sub('', text)}") == "x"


def joined(inner: Told, outer: Told) -> Told:
    """Return what a file says, and where it is silent what its directory says."""
    return inner._replace(
        language=inner.language or outer.language,
        forced=inner.forced or outer.forced,
        impaired=inner.impaired or outer.impaired,
    )


def _all(told: Told, words: Sequence[str]) -> Told | None:
    """Read words of which each must mean something: `English_Forced`."""
    joint: Told | None = told
    for word in reversed(words) if len(words) > 1 else ():
        if joint is None:
            return None
        joint = joint if word.isdigit() else _one(joint, word)
    return joint if len(words) > 1 else None


def _one(told: Told, word: str) -> Told | None:
    """Return what is told with one more word; None when it means nothing."""
    flagged = _flag(told, word)
    if flagged is not None:
        return flagged
    found = languages.language(word)
    if found is None:
        return None
    if told.language is None:
        return told._replace(language=found)
    # beside a language the letters of Hindi mean who it is for
    both = {told.language.code, found.code}
    if told.impaired or "hi" not in both or len(both) == 1:
        return None
    return told._replace(language=told.language if found.code == "hi" else found, impaired="sdh")


def _flag(told: Told, word: str) -> Told | None:
    said = key(word)
    if said in ("forced", "foreign"):
        return told._replace(forced=True)
    if said == "default":
        return told._replace(default=True)
    if said in ("sdh", "hearing impaired", "hoh", "hearingimpaired"):
        return told._replace(impaired="sdh")
    return told._replace(impaired="cc") if said in ("cc", "closed captions") else None


def _named(words: Sequence[str]) -> Language | None:
    """Return the last language that is named in full."""
    for end in range(len(words), 0, -1):
        for length in range(min(languages.WORDS, end), 0, -1):
            text = " ".join(words[end - length : end])
            found = languages.language(text)
            if found and not languages.is_code(text):
                return found
    return None


def _coded(words: Sequence[str], rest: Sequence[str]) -> Language | None:
    """Return the language whose code stands at the end, where it can hardly mean anything else."""
    if not rest:
        return None
    for length in (2, 1):
        found = languages.language(" ".join(rest[-length:]))
        if found and not (found.code == "hi" and len(words) > 1 and len(rest) > 1):
            return found
    # `en.hi`: the letters of Hindi behind another language mean who it is for
    return languages.language(rest[-2]) or languages.language(rest[-1]) if len(rest) > 1 else None
