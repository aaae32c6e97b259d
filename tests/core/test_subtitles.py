"""Names of subtitles, read as people write them, and written as Jellyfin reads them."""

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core.languages import Language, language
from shelfd.core.subtitles import DIRECTORY, Told, among, behind, without

unhurried = settings(deadline=None)


class Read(NamedTuple):
    """What Jellyfin makes of the name of an external file."""

    title: str | None = None
    language: str | None = None
    default: bool = False
    forced: bool = False
    impaired: bool = False


def jellyfin(rest: str) -> Read:
    """Read what follows a video's name as Jellyfin does: dot by dot from the end, flags as parts of a segment."""
    found, title = Read(), ""
    while rest:
        before, _dot, segment = rest.rpartition(".")
        folded = segment.lower()
        code = language(folded)
        if "default" in folded:
            found = found._replace(default=True)
        if "forced" in folded or "foreign" in folded:
            found = found._replace(forced=True)
        elif "default" in folded:
            pass
        elif code is not None and found.language is None:
            found = found._replace(language=code.code)
        elif code is not None and found.language == "hi":
            found = found._replace(language=code.code, impaired=True)
        elif folded in ("sdh", "cc", "hi"):
            found = found._replace(impaired=True)
        else:
            title = f".{segment}{title}"
        rest = before
    return found._replace(title=title[1:] or None)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", Read()),
        (".default", Read(default=True)),
        (".foreign", Read(forced=True)),
        (".DEFAULT.FORCED", Read(default=True, forced=True)),
        (".en", Read(language="en")),
        (".hi", Read(language="hi")),
        (".fr.en", Read(title="fr", language="en")),
        (".en.fr", Read(title="en", language="fr")),
        (".Title.with.Separator", Read(title="Title.with.Separator")),
        (".title.en.default.forced", Read("title", "en", default=True, forced=True)),
        (".sdh.en.title", Read("title", "en", impaired=True)),
        (".en.cc.title", Read("title", "en", impaired=True)),
        (".hi.en.title", Read("title", "en", impaired=True)),
        (".Subs for Chinese Audio.eng", Read("Subs for Chinese Audio", "en")),
    ],
)
def test_the_oracle_reads_as_jellyfin_does(rest: str, expected: Read) -> None:
    assert jellyfin(rest) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        *(("en", "en"), ("eng", "en"), ("English", "en"), ("Englisch", "en"), ("ger", "de")),
        *(("Français", "fr"), ("Español", "es"), ("pt-BR", "pt-BR"), ("pob", "pt-BR")),
        *(("en-US", "en"), ("Brazilian Portuguese", "pt-BR"), ("zho", "zh"), ("jap", "ja")),
    ],
)
def test_a_language_is_known_by_its_codes_and_names(said: str, expected: str) -> None:
    found = language(said)

    assert found is not None
    assert found.code == expected


@pytest.mark.parametrize("said", ["", "xx", "1080p", "commentary", "2", "english subtitles", "-"])
def test_other_words_are_no_language(said: str) -> None:
    assert language(said) is None


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (".en.forced", ".en.forced"),
        (".English", ".en"),
        ("_en", ".en"),
        ("-English", ".en"),
        (".en_forced", ".en.forced"),
        (".eng.SDH", ".en.sdh"),
        (".en.hi", ".en.sdh"),
        (".hi.en", ".en.sdh"),
        (".en.cc", ".en.cc"),
        (".hi", ".hi"),
        (".foreign", ".forced"),
        (".default.de", ".de.default"),
        (".zh-CN", ".Simplified.zh"),
        (".es-419", ".Latin American.es"),
        (".Commentary.de", ".Commentary.de"),
        (".720p.WEB.x264-GRP.en", ".en"),
        ("", ""),
    ],
)
def test_what_follows_the_name_of_the_video_is_kept(rest: str, expected: str) -> None:
    assert behind(rest).text() == expected


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("2_English", (), ".en"),
        ("3_English (SDH)", (), ".en.sdh"),
        ("12_Spanish.forced", (), ".es.forced"),
        ("Spanish (Latin American)", (), ".Latin American.es"),
        ("Chinese Simplified", (), ".Simplified.zh"),
        ("Brazilian Portuguese", (), ".pt-BR"),
        ("eng", (), ".en"),
        ("en.hi", (), ".en.sdh"),
        ("Show.S01E01.720p.eng", (), ".en"),
        ("The.Italian.Job.2003", ("the", "italian", "job"), ""),
        ("The.Italian.Job.2003.en", ("the", "italian", "job"), ".en"),
        ("Movie.DTS-HD.MA.5.1", (), ""),
        ("", (), ""),
    ],
)
def test_a_name_of_its_own_tells_the_language(
    text: str, known: tuple[str, ...], expected: str
) -> None:
    assert among(text, known).text() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Night Train.en", "Night Train"),
        ("Night.Train.2010.English.forced", "Night.Train.2010"),
        ("Night Train (de)", "Night Train"),
        ("Night Train", "Night Train"),
        ("en", "en"),
    ],
)
def test_a_name_is_bared_of_what_tells_of_subtitles(text: str, expected: str) -> None:
    assert without(text) == expected


@pytest.mark.parametrize("name", ["Subs", "subtitles", "Sub", "VobSubs", "Untertitel", "srt"])
def test_directories_of_subtitles_are_known(name: str) -> None:
    assert DIRECTORY.fullmatch(name)
    assert not DIRECTORY.fullmatch(f"{name} of the past")


CODES = st.sampled_from([None, *map(Language, ["en", "de", "hi", "pt-BR", "ja"])])
TITLES = st.sampled_from(["", "Commentary", "Director", "Signs and Songs"])
TOLD = st.builds(
    Told, CODES, st.booleans(), st.booleans(), st.sampled_from(["", "sdh", "cc"]), TITLES
)


@given(TOLD, st.integers(1, 12))
@unhurried
def test_jellyfin_reads_what_was_told(told: Told, number: int) -> None:
    read = jellyfin(told.text(number))

    assert read.language == (told.language.code if told.language else None)
    assert (read.default, read.forced) == (told.default, told.forced)
    assert read.impaired == bool(told.impaired)


@given(TOLD)
@unhurried
def test_what_was_written_is_read_as_the_same(told: Told) -> None:
    assert behind(told.text()).text() == told.text()


@given(st.text(max_size=60))
@unhurried
def test_no_name_is_too_strange(text: str) -> None:
    assert "/" not in behind(text).text() or "/" in text
    among(text)
    without(text)
