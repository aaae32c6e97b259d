"""The ordered tables of forms in which a number may be that of an episode and may as well be part of a title."""

import re

from shelfd.core.names_junk import JUNK
from shelfd.core.names_readers import (
    Table,
    absolute,
    hundreds,
    hundreds_again,
    part,
    season_and_episode,
    special,
    within_season,
)

BROADCAST_PARTS: Table = (
    (
        re.compile(
            r"(?i)[ ._-](?:part|pt)[ ._-]?(?P<part>\d{1,2}|[IVX]{1,4}|one|two|three|four|five|six)(?:[ ._-]*(?:and|to|&|\+|-)[ ._-]*(?:part|pt)[ ._-]?(?P<last>\d{1,2}))?(?=(?:[ ._-]+(?:repack|proper|rerip|internal|real))*[ ._-]*$)"
        ),
        part,
    ),
)
SPECIALS_OF_A_YEAR: Table = (
    (
        re.compile(
            rf"(?i)(?<=[\w)][ ._](?:19|20)\d\d)[ ._](?:(?:christmas|new[ ._]year'?s|easter|halloween|summer|holiday)[ ._])?special(?=$|[ ._]+(?:the[ ._]|-[ ._]|{JUNK.pattern}))"
        ),
        special,
    ),
)
HUNDREDS_AGAIN: Table = (
    (
        re.compile(
            r"(?:^|(?<=[\w)])[ ._-])(?P<season>[1-9]\d?)(?P<episode>\d\d)(?:[ ._-](?P=season)(?P<last>\d\d)){1,7}(?=[ ._-]*$)"
        ),
        hundreds_again,
    ),
)
RECORDED: Table = (
    (
        re.compile(
            r"(?i)(?<=[\w)])[ ._-](?P<season>\d)(?P<episode>\d\d)(?P<last>\d\d)(?=[ ._-]+$)"
        ),
        hundreds(0.5),
    ),
    (
        re.compile(r"(?<=[\w)])[ ._-](?P<season>0[1-9])(?P<episode>\d\d)(?=[ ._-]+$)"),
        hundreds(0.5),
    ),
    *HUNDREDS_AGAIN,
    *BROADCAST_PARTS,
    (
        re.compile(r"(?<=[\w)])[ ._-]+(?P<episode>0[1-9]|[1-9]\d)(?=[ ._-]+$)"),
        absolute(0.45),
    ),
)
LED: Table = (
    (
        re.compile(r"^\[(?P<season>\d{1,2})\.(?P<episode>\d\d)\](?= \D)"),
        within_season("season.episode", 0.4),
    ),
    (re.compile(r"^(?P<episode>\d\d)(?P<last>(?!))?$"), absolute(0.3)),
    (
        re.compile(
            r"^(?P<season>\d{1,2})[.-](?P<episode>\d\d)(?:\. |$| - (?=\D)|(?<=-\d\d) (?=[^\W\d]))"
        ),
        within_season("season-episode", 0.4),
    ),
    (
        re.compile(r"^(?P<episode>\d{2,3})(?:-(?P<last>\d{2,3}))?(?: - |\. )(?=\S)"),
        absolute(0.3),
    ),
)
POSSIBLE: Table = (
    *HUNDREDS_AGAIN,
    (
        re.compile(r"(?<=[\w)])[ ._](?P<episode>0[1-9])[ ._](?:- )?(?=[^\W\d_]{2})"),
        absolute(0.5),
    ),
    (
        re.compile(r"(?<=[\w!?)])[ _.]+(?P<season>\d{1,2})-(?P<episode>\d\d)$"),
        season_and_episode,
    ),
    (
        re.compile(r"(?<=[\w)])[ ._-](?P<season>[01]\d)[ ._](?P<episode>\d\d)$"),
        within_season("season and episode", 0.5),
    ),
    (
        re.compile(r"(?<=[\w)])[ ._-](?P<season>0[1-9])[._](?P<episode>\d\d)(?=[._][^\W\d])"),
        within_season("season and episode", 0.4),
    ),
    (
        re.compile(
            r"(?<=[\w!?)])[ _.]+(?P<episode>\d{1,4}) ?[-~] ?(?P<last>\d{2,4})(?=[ _.]*(?:$|[\[(]))"
        ),
        absolute(0.5),
    ),
    (
        re.compile(
            r"(?<=[\w!?)])[ _.](?P<episode>0\d{1,3}|\d\d|\d{3,4}(?=[ _.]*[\[(]))(?:v\d)?(?=[ _.]*(?:$|[\[(]))"
        ),
        absolute(0.5),
    ),
    (
        re.compile(
            r"(?<=[\w)])[ ._-](?P<season>\d{1,2})(?P<episode>\d\d)(?=[ ._-]|$)(?![ ._-]\d{3}(?:[ ._-]|$))(?![ ._]?(?:kbps|mb|bit|PPV))"
        ),
        hundreds(0.4),
    ),
    (re.compile(r"(?i)(?<=\S) - \d{1,3}[. _]5(?!\d)"), special),
    (re.compile(r"(?i)(?<=[a-z])-x\d\d-(?=[a-z])"), special),
)
