"""The ordered tables of forms in which names number episodes."""

import re

from shelfd.core.names_junk import JUNK
from shelfd.core.names_numbers import (
    EPISODE_AFTER,
    EPISODE_WORD,
    NOT_IN_WORD,
    SEASON_ABROAD,
    SEASON_WORD,
)
from shelfd.core.names_readers import (
    Table,
    absolute,
    all_so_far,
    beside_years,
    cap,
    hundreds,
    in_words,
    special,
    within_season,
    without_season,
)

_GAP = r"[ ._\-\u2013]*"
NUMBERED: Table = (
    (
        re.compile(
            r"(?i)\bcap[. ]*(?P<season>\d{1,2})(?P<episode>\d\d)(?:(?:[_ -]| al )\d{1,2}(?P<last>\d\d))?(?!\d)"
        ),
        cap,
    ),
    (
        re.compile(r"(?i)[\[(]S(?P<season>[1-9]\d?)-(?P<episode>\d{2,3})[\])]"),
        within_season("(season-episode)", 0.9),
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}[ST]O?(?P<season>\d{{1,4}})(?:[\])]?{_GAP}[\[(]?E(?:ps?|pisode)?[ ._-]*[\[(]?|(?!x26)xE?|[ ._]?[\[(]Ep?[ ._]?)(?P<episode>\d{{1,5}})(?!\d)",
        ),
        within_season("SxxEyy", 0.95),
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}(?P<season>\d{{1,2}})(?:-?\w{{1,2}})?[ ._]*{SEASON_ABROAD}[ ._,:-]*(?P<episode>\d{{1,4}})(?:-(?P<last>\d{{1,4}})|-?\w{{1,2}})?[ ._]*{EPISODE_WORD}(?<![eE])(?![^\W_])",
        ),
        within_season("season and episode in words", 0.95),
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}(?:{SEASON_WORD}(?!(?<=eries)[ ._]+[IVX])|t(?=\d)|s(?= \d))[ ._:\-]*(?P<season>\d{{1,4}}|(?-i:[IVX]{{1,5}}))[ ._,/\-\u2013()\[\]]+{EPISODE_WORD}(?P<episode>\d{{1,5}})(?!\d)",
        ),
        within_season("season and episode in words", 0.95),
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}(?<![^\d]\d\.)(?P<season>\d{{1,2}}|20[0-3]\d)(?: ?[x\xd7\u0445] ?)(?!26[45])(?P<episode>\d{{1,3}}|\d{{5}})(?:(?![^\W_])|(?=x\d|v\d|[a-d](?![^\W_])|[a-z]\d{{3,4}}p))(?!\.\d\d(?:$|[ .-]\D))",
        ),
        within_season("season x episode", 0.95),
    ),
    (
        re.compile(
            r"(?i)(?<![^\W_])(?:(?P<season>\d{1,2})E|S(?!19|20[0-3])(?P<led>\d\d|\d(?=[ ._]))[ ._]?(?=\d\d(?![^\W_])(?!\.\d(?!\d))))(?P<episode>\d\d)(?!\d)"
        ),
        within_season("season and episode", 0.8),
    ),
    (
        re.compile(r" - (?P<season>\d{1,2})(?P<episode>\d\d) \((?P=episode)\)"),
        within_season("season and episode as one number, and the episode again", 0.9),
    ),
    (
        re.compile(
            r"第 ?(?P<season>\d{1,2}|[一二三四五六七八九十]{1,3}) ?[季期][ ._\[\]-]*第 ?(?P<episode>\d{1,4})(?:(?:-(?P<last>\d{1,4}))?[话話集回]|(?=-\d))"
        ),
        within_season("season and episode in words", 0.9),
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}{SEASON_WORD}[ ._]*(?P<season>\d{{1,2}})(?:of\d{{1,2}})?,?[ ._]+(?:(?:part|pt)[ ._]?(?P<episode>\d{{1,2}}|(?-i:[IVX]{{1,4}}))(?![ ._]-[ ._]\d\d)|(?P<counted>\d{{1,2}})[ ._]?of[ ._]?\d{{1,2}})(?![^\W_])",
        ),
        in_words,
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}{SEASON_WORD}[ ._]*(?P<season>\d{{1,2}})\.(?P<episode>\d\d)(?=[ ._]*(?:$|[\[(-]))",
        ),
        within_season("season.episode", 0.9),
    ),
    (
        re.compile(
            r"(?<=[^\W_]-(?:19|20)\d\d-)(?P<season>\d\d)_(?P<episode>\d\d)(?![^\W_])",
        ),
        within_season("year-season_episode", 0.9),
    ),
    (
        re.compile(
            r"(?i)(?<=[a-z\d)][ ._])(?<!season[ ._])(?<!series[ ._])(?P<episode>\d{1,2})of(?!(?:[12])(?!\d))\d{1,2}(?![^\W_])"
        ),
        without_season,
    ),
)
GLUED: Table = (
    (
        re.compile(r"(?i)(?<=[a-z])(?P<season>\d{1,2})x(?P<episode>\d\d)(?![^\W_])"),
        within_season("season x episode without a gap before it", 0.7),
    ),
    (
        re.compile(r"(?i)(?<=[a-z])s(?P<season>\d\d)e(?P<episode>\d\d)(?!\d)"),
        within_season("sxxeyy without a gap before it", 0.7),
    ),
)
_VERSION = r"(?:[ _]?v\d|[a-c](?= ))?"
_ENDING = r"(?:[ _]*(?:END|FINAL|FIN))?"
_LAST = r"(?:[ _.]*(?:[-~\u2013,+&]|to|al?|bis)[ _.]*(?P<last>\d{2,4})){0,8}"
WORDED: Table = (
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}{EPISODE_WORD}(?!\d{{3,4}}[pi])(?P<episode>\d{{1,4}})(?!\d)(?:(?=E\d)|(?![^\W_]{{3}}))"
        ),
        without_season,
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}(?P<episode>\d{{1,4}})[ ._]{{0,2}}{EPISODE_AFTER}(?![^\W_])"
        ),
        without_season,
    ),
)
LIKELY: Table = (
    (
        re.compile(
            rf"(?i)(?:{NOT_IN_WORD}{EPISODE_WORD}|[ _.-]+[-\u2013][ _.]+|[\[(](?=\d{{1,2}}\.\d{{2,3}}[\])]))(?P<season>\d{{1,2}})\.(?P<episode>\d\d|\d{{3}}(?=[\])]))(?=[ ._]+-|[ ._]*$|[\])]|-\d\d[ ._]+-)"
        ),
        within_season("season.episode", 0.75),
    ),
    *WORDED,
    (
        re.compile(r"(?<=[ ._]S\d\d)[ ._](?P<episode>\d{3,4})(?=[ ._]*$|[ ._]+[\[(])"),
        absolute(0.7),
    ),
    (
        re.compile(r"(?i)(?<=[\w!?)])[ ._-]+(?P<episode>\d{3,4})[ ._-]+(?=vost(?:fr|a)(?![^\W_]))"),
        absolute(0.7),
    ),
    (
        re.compile(r"(?<=[ ._-](?:19|20)\d\d)[ ._-](?P<season>0[1-9])(?P<episode>\d\d)(?=-\w+$)"),
        hundreds(0.7),
    ),
    (
        re.compile(
            r"(?i)(?<=[\w!?)\]])(?<!ep)(?<!eps)(?<!episode)(?<!episodes)[ _.]+(?P<episode>0{0,3}1) ?[-~] ?(?P<last>\d{2,4})(?=[ _.]*(?:$|[\[(]))"
        ),
        absolute(0.7),
    ),
    (
        re.compile(
            r"(?<=[ ._-](?:19|20)\d\d)[ ._-](?P<season>\d)(?!20|80)(?P<episode>\d\d)[ ._](?=[^\W\d])"
        ),
        hundreds(0.7),
    ),
    (
        re.compile(
            r"(?i)(?<=\S)[ _.]+[-\u2013][ _.]+(?P<episode>\d{2,4})[ _.]*\((?P<counted>(?!19\d\d|20[0-3]\d)\d{2,4})\)(?!\d)(?![ ._]*\(?(?:19|20)\d\d\)?$)"
        ),
        beside_years,
    ),
    (
        re.compile(
            rf"(?i)(?<=\S)[ _.]+[-\u2013][ _.]+\(?(?P<episode>\d{{2,4}}|\d(?=v\d|[ _.]*[\[(])){_VERSION}{_LAST}(?:v\d)?\)?{_ENDING}"
            rf"(?=[_ .~]*(?:$|[\[{{(「]|[-\u2013]\D|\.(?!\d|.* - \d{{2,4}}[ .]?[\[(])|{JUNK.pattern}))(?![ ._]*\(?(?:19|20)\d\d\)?$)",
        ),
        absolute(0.75),
    ),
    (
        re.compile(
            r"(?i)(?:[\[【{]|(?<=[^\s(])[ _.]*\()(?:TV[ _]?)?[. ]?第?(?P<episode>\d{2,4}|1(?= ?[-~_] ?\d\d))[. ]?(?: ?[-~_] ?(?P<last>\d{2,4}))?(?:\(?v\d\)?)?[话話集回]?"
            rf"(?:[ _]?(?:END|完|fin|[全合]集?|\+[^\[\]()]{{1,40}}))?(?:[ _.]{JUNK.pattern}[^\[\]()]*)?[\]】)}}]"
        ),
        absolute(0.7),
    ),
    (re.compile(r"第 ?(?P<episode>\d{1,4})(?:-(?P<last>\d{1,4}))?[话話集回]"), absolute(0.7)),
    (re.compile(r"(?<![^\W_])(?P<episode>\d{1,4}) ?[话話集回화회](?![^\W_])"), absolute(0.7)),
    (re.compile(r"[\[(](?P<episode>\d{1,3})[ ._]?из[ ._]?\d{1,3}(?=[\])])"), all_so_far),
    (
        re.compile(
            r"[\[【](?P<episode>\d{2,3})[ _](?=[\u3040-\u30ff\u4e00-\u9fff])[^\[\]【】]*[\]】]"
        ),
        absolute(0.6),
    ),
    (
        re.compile(r"(?<=[ _.])#(?P<episode>\d{1,4})(?:-(?P<last>\d{1,4}))?(?!\d)"),
        absolute(0.6),
    ),
    (
        re.compile(
            r"(?i)(?<![^\W_])(?P<episode>\d{1,3})(?:-(?P<last>\d{1,3}))?[ ._]?(?:of|из|iz|de|van)[ ._]?\d{1,3}(?![^\W_])"
        ),
        absolute(0.5),
    ),
    (
        re.compile(r"(?i)(?<=[\w)])[ ._-](?P<season>\d{1,2})_(?P<episode>\d\d)(?![^\W_])"),
        within_season("season_episode", 0.6),
    ),
)
OF_GROUPS_AT_END: Table = (
    (
        re.compile(
            r"(?i)(?<=[\w!?)\]])[ _.:-]+(?<!\d\.)(?P<episode>\d{1,4}(?=v\d)|\d{2,4})(?:v\d)?(?:(?: ?[-~] ?|[ _.]?&[ _.]?)(?P<last>\d{2,4})){0,4}(?=[ _.]*(?:$|[\[(]))"
        ),
        absolute(0.7),
    ),
)
OF_GROUPS: Table = (
    (
        re.compile(
            r"(?<=[\w!?)])[ _.-]+(?:(?:NC)?(?:OP|ED|PV|CM|SP|OVA|OAD|Special|Menu)[ _.]?\d{0,2}(?:\.\d|v\d)?(?=[ _]*(?:$|[\[(]|Clean))|[Vv]ol\.? ?\d{1,2}(?!\d))"
        ),
        special,
    ),
    *OF_GROUPS_AT_END,
    (
        re.compile(
            r"(?<=[\w!?)])[ _.]+(?:- )?(?<!\d\.)(?P<episode>\d{2,4})(?:v\d)?(?=[ _.]+(?:- )?['\"「(]?[^\W\d])"
        ),
        absolute(0.6),
    ),
    (re.compile(r"(?i)(?<=[\w!?)])[ _.]+-?[ _.]*\d{1,3}\.\d(?!\d)"), special),
)
