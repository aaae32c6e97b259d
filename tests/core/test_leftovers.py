"""Each file that stays says why."""

import pytest

from shelfd.core.leftovers import advertising, reason, worthless
from shelfd.core.paths import RelPath


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"d/x.nzb", "it says where to download from, and is no part of the work"),
        (b"d/x.sfv", "it checks a download, and is no part of the work"),
        (b"d/x.url", "it leads to a web site"),
        (b"d/x.lnk", "it leads to a web site"),
        (b"d/Setup.EXE", "it is a program"),
        (b"d/x.iso", "it is the image of a disc, which players do not read: unpack it"),
        (b"d/RARBG.txt", "it is an advertisement"),
        (b"d/www.site.com.txt", "it is an advertisement"),
        (b"d/WWW.YTS.MX.jpg", "it is an advertisement"),
        (b"d/[TGx]Downloaded from torrentgalaxy.to.txt", "it is an advertisement"),
        (b"d/x-proof.jpg", "a proof of where a release comes from, and no part of the work"),
        (b"d/Proof/1.jpg", "a proof of where a release comes from, and no part of the work"),
        (b"d/Sample/x.srt", "it lies with a sample"),
        (b"d/x.mkv.part", "its name says that a program is still writing it (.part)"),
        (b"d/x.xyz", "it is no file that a player reads"),
        (b"d/readme.txt", "there is no media file beside it that it belongs to"),
    ],
)
def test_what_stays_says_why(path: bytes, expected: str) -> None:
    assert reason(RelPath(path)) == expected


@pytest.mark.parametrize(
    "path", [b"d/Film.2010.nfo", b"d/poster.jpg", b"d/One.lrc", b"d/Film.en.srt", b"d/a.b.c.txt"]
)
def test_what_may_belong_to_something_is_not_worthless(path: bytes) -> None:
    assert worthless(RelPath(path)) == advertising(RelPath(path)) == ""
