"""Which part of a title is in Latin letters, where a release gives it in two scripts."""

import re

_FOREIGN = r"\u0370-\u1cff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_LETTERS = re.compile(rf"[{_FOREIGN}]")
_WORD = re.compile(r"[A-Za-z]{2}")
_AFTER = re.compile(
    rf"^[^A-Za-z]*[{_FOREIGN}][^A-Za-z]*[\s._\]】(\uff08\u00b7]((?:[A-Z0-9][^{_FOREIGN}]*)?[A-Za-z]{{3}}[^{_FOREIGN}]*[~\uff5e]?[\uff01!]?)$"
)
_BEFORE = re.compile(
    rf"^([^{_FOREIGN}]*[A-Za-z]{{3}}[^{_FOREIGN}]*?)[\s._/(-]+[{_FOREIGN}][^A-Za-z]*$"
)
_CODE = re.compile(r"^[A-Z]+\d+ ")
_BRACKETS = re.compile(r"[\[【]([^\[\]【】]*)[\]】]")
_NO_TITLE = re.compile(
    r"(?i)(?:the )?movie|film|tv|ova|oad|ona|special|end|big5|gb|chs|cht|jp|bd|web"
)


def latin(text: str) -> str:
    """Return what of `text` is in Latin letters, all of it where that is nothing or cannot be told apart."""
    if " / " in text:
        text = _alternatives(text)
    if not _LETTERS.search(text) or _CODE.match(text):
        return text
    found = _AFTER.search(text) or _BEFORE.match(text)
    return str(found[1]) if found and not _NO_TITLE.fullmatch(found[1].strip()) else text


def bracketed(text: str) -> str:
    """Return the title in `[Group][Title][1080p]`: the last in Latin letters, else the last; empty for none."""
    inside = [name for name in _BRACKETS.findall(text) if not _NO_TITLE.fullmatch(name.strip())]
    if not inside or re.search(r"[^\W_]", _BRACKETS.sub("", text)):
        return ""
    return str(([name for name in inside if _WORD.search(name)] or inside)[-1])


def _alternatives(text: str) -> str:
    """Leave out of `Title / Other title` what is not in Latin letters; where none is, keep the last."""
    parts = list(
        dict.fromkeys(part.strip() for part in _outside_brackets(text) if part.strip(" -"))
    )
    pure = [
        part
        for part in parts
        if _WORD.search(part) and not _LETTERS.search(_IN_BRACKETS.sub("", part))
    ]
    if pure:
        return " / ".join(pure)
    worded = [part for part in parts if _WORD.search(part)]
    return (worded or parts)[-1] if parts and _LETTERS.search(text) else text


def _outside_brackets(text: str) -> list[str]:
    """Split at the slashes that no bracket encloses."""
    parts, depth = [""], 0
    for piece in re.split(r"( / |[()])", text):
        depth += (piece == "(") - (piece == ")")
        if piece == " / " and depth <= 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


_IN_BRACKETS = re.compile(r"\([^()]*\)")
