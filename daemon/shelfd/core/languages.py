"""Which language a word in the name of a subtitle means: codes of two and three letters, and names."""

from collections.abc import Mapping
from typing import NamedTuple

from shelfd.core.names_words import key


class Language(NamedTuple):
    """A language as players read it in a file name."""

    code: str
    """ISO 639-1 where it has such a code: `en`."""
    variant: str = ""
    """Which of several: `Simplified`; players show it as the title of the subtitles."""


_NAMES = """
ar ara arabic arabisch arabe
bg bul bulgarian bulgarisch bulgare
bn ben bengali bangla
bs bos bosnian bosanski
ca cat catalan katalanisch catala
cs ces cze czech tschechisch cesky cestina
cy cym wel welsh
da dan danish daenisch danois dansk
de deu ger german deutsch allemand aleman
el ell gre greek griechisch grec
en eng english englisch anglais ingles inglese engelsk engels
es spa spanish spanisch espagnol espanol castellano
et est estonian estnisch eesti
eu eus baq basque euskara
fa fas per persian farsi persisch
fi fin finnish finnisch finnois suomi
fil fil filipino tagalog
fr fra fre french francais franzoesisch franzosisch
ga gle irish
gl glg galician galego
he heb hebrew hebraeisch hebreu
hi hin hindi
hr hrv scr croatian kroatisch hrvatski
hu hun hungarian ungarisch hongrois magyar
hy hye arm armenian
id ind indonesian indonesisch
is isl ice icelandic islensk
it ita italian italienisch italien italiano
ja jpn jap japanese japanisch japonais
ka kat geo georgian
kk kaz kazakh
ko kor korean koreanisch coreen
lt lit lithuanian litauisch lietuviu
lv lav latvian lettisch latviesu
mk mkd mac macedonian
ml mal malayalam
mn mon mongolian
ms msa may malay
nb nob bokmal
nl nld dut dutch niederlaendisch niederlandisch neerlandais nederlands flemish
nn nno nynorsk
no nor norwegian norwegisch norvegien norsk
pl pol polish polnisch polonais polski
pt por portuguese portugiesisch portugais portugues
ro ron rum romanian rumaenisch roumain romana
ru rus russian russisch russe
sk slk slo slovak slowakisch slovencina
sl slv slovenian slowenisch slovenscina
sq sqi alb albanian shqip
sr srp scc serbian serbisch srpski
sv swe swedish schwedisch suedois svenska
ta tam tamil
te tel telugu
th tha thai
tr tur turkish tuerkisch turkisch turc turkce
uk ukr ukrainian ukrainisch ukrainien
ur urd urdu
vi vie vietnamese vietnamesisch vietnamien
zh zho chi chinese chinesisch chinois mandarin
"""

_VARIANTS = {
    "pt-BR": "pt br|ptbr|pob|pb|brazilian|brazilian portuguese|portuguese br|portuguese brazil"
    "|portuguese brazilian|brasileiro|portugues brasil",
    "zh Simplified": "chs|zh cn|zh hans|zh sg|chinese simplified|simplified chinese|simplified|简体|简体中文|gb",
    "zh Traditional": "cht|zh tw|zh hk|zh hant|chinese traditional|traditional chinese|traditional|繁體|繁體中文|big5",
    "es Latin American": "es 419|es mx|es la|spanish latin|spanish latin american|latin american spanish"
    "|spanish latin america|latino|spanish mexican",
    "fr Canadian": "fr ca|french canadian|canadian french|french canada",
}

WORDS = 3
"""So many words the longest name has."""


def _table() -> Mapping[str, Language]:
    found = {}
    for line in _NAMES.split("\n"):
        for name in line.split():
            found[name] = Language(line.split()[0])
    for told, names in _VARIANTS.items():
        code, _blank, variant = told.partition(" ")
        found.update(dict.fromkeys(names.split("|"), Language(code, variant)))
    return found


_KNOWN = _table()


def language(text: str) -> Language | None:
    """Return the language that a code or a name means, whichever way it is spelled: `en`, `eng`, `pt-BR`, `Français`."""
    said = key(text)
    if said in _KNOWN:
        return _KNOWN[said]
    code, blank, region = said.partition(" ")
    # `en-US`, `de_AT`: a region that makes no difference to a player
    if blank and len(code) == len(region) == 2 and region.isalpha():
        return _KNOWN.get(code)
    return None


def is_code(text: str) -> bool:
    """Say whether a text is short enough to be a code, and so may as well be a word that means something else."""
    return len(text) < 4
