"""What a person can do about what stays: another way out for each cause."""

import pytest

from dropped import dropped
from shelfd.core import hints
from shelfd.core.identity import Identity
from shelfd.core.media import Reading
from shelfd.core.verdicts import Verdict

FILM = Identity(kind="movie", title="Dune", year=2021, confidence=0.9)
UNCLEAR = Identity(kind="", rule="no title")
CONFLICT = (
    'it is there already as Dune.mkv (of the new one: it is worse; import.conflict is "skip")'
)


@pytest.mark.parametrize(
    ("path", "identity", "reason", "way"),
    [
        (b"Dune (2021).mkv", FILM, CONFLICT, "let import.conflict keep both"),
        (b"Dune.srt", None, "something else is already at Dune.srt", "remove one of both"),
        (b"Dune.srt", None, "it waits: no movie 'Dune' is in a library yet", "filed by itself"),
        (b"Dune.rar", None, "it is packed", "unpack it"),
        (b"Dune.sfv", None, "it checks a download", "it may be removed"),
        (b"Dune.mkv", FILM, "there is no library of kind movies", "it is understood"),
        (b"x.mkv", UNCLEAR, "not understood: no title", "name or tag it more clearly"),
    ],
)
def test_the_way_out_is_that_of_the_cause(
    path: bytes, identity: Identity | None, reason: str, way: str
) -> None:
    verdict = Verdict(path=path, state="refused", reason=reason, identity=identity)

    assert way in hints.hint(verdict, dropped({path: None}))


def test_what_cannot_be_read_wants_a_whole_copy() -> None:
    verdict = Verdict(path=b"x.mkv", state="refused", reason="it cannot be read", identity=UNCLEAR)

    found = hints.hint(verdict, dropped({b"x.mkv": Reading(error="no video in it")}))

    assert found.startswith("bring a copy that is whole")
