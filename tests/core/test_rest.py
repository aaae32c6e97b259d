"""What is said of the files of a drop that were not filed with the others."""

from shelfd.core import rest
from shelfd.core.verdicts import Verdict

FILED = Verdict(path=b"D/a.mkv", state="file")
JUNK = Verdict(path=b"D/b.sfv", state="left", reason="it checks a download")
BAD = Verdict(path=b"D/c.mkv", state="refused", reason="it cannot be read")


def test_each_file_that_stayed_is_named_with_its_own_reason() -> None:
    assert rest.filed([FILED]) == "it was filed"
    assert rest.filed([FILED, JUNK]) == (
        "it was filed, but 1 of its files stayed: D/b.sfv: it checks a download"
    )
    assert rest.filed([FILED, JUNK, BAD]) == (
        "it was filed, but 2 of its files stayed: D/c.mkv: it cannot be read;"
        " D/b.sfv: it checks a download"
    )


def test_of_many_that_stayed_the_first_are_named() -> None:
    many = [Verdict(path=b"D/%d.sfv" % number, state="left", reason="no") for number in range(9)]

    assert rest.filed(many).endswith("stayed: D/0.sfv: no; D/1.sfv: no; D/2.sfv: no; and 6 more")
    assert len(rest.stays(many * 20)) == 180
    stayed = rest.result(many * 20)["stayed"]
    assert isinstance(stayed, list)
    assert len(stayed) == rest.MOST


def test_a_result_has_what_was_there_and_what_stayed_when_there_is_any() -> None:
    there = Verdict(path=b"D/d.mkv", state="filed", reason="the same content is there already")

    assert rest.result([FILED]) == {}
    assert rest.result([FILED, JUNK, there]) == {
        "there": ["D/d.mkv"],
        "stayed": [{"path": "D/b.sfv", "state": "left", "reason": "it checks a download"}],
    }
