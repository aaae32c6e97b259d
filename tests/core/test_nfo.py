"""Metadata files in bytes: what is written is read the same again, and what others wrote keeps its meaning."""

import string
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfd.core import nfo_read, nfo_write
from shelfd.core.nfo import NFO, Form, Sheet, clean
from shelfd.core.nfo_write import UntouchedError

HOSTILE = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=st.characters(exclude_categories=()), max_size=40),  # halves of pairs, too
    st.sampled_from(
        [
            "]]>",
            "a & b < c > d",
            "\0\x01\x0b\x1f",
            "\ud800",
            "\u202e\u05d0\u05d1",
            "x" * 5_000,
            "<!-- & -->",
            "&amp;",
            "\ufffe",
            '"quoted"',
            "a\r\nb",
        ]
    ),
)
TITLES = HOSTILE.map(lambda text: text[:900])
NUMBERS = st.none() | st.integers(0, 99_999)
YEARS = st.none() | st.integers(1000, 9999)
DAYS = st.just("") | st.dates().map(str)
UUIDS = st.uuids().map(str)
IDS = st.fixed_dictionaries(
    {},
    optional={
        "imdb": st.integers(0, 10**8 - 1).map(lambda number: f"tt{number:07}"),
        "tmdb": st.integers(1, 10**9).map(str),
        "tvdb": st.integers(1, 10**9).map(str),
        "anidb": st.text(string.ascii_letters + string.digits, min_size=1, max_size=20),
    },
)
ALBUM_IDS = st.fixed_dictionaries({}, optional=dict.fromkeys(nfo_read.MUSICBRAINZ, UUIDS))
PEOPLE = st.lists(TITLES, max_size=3).map(tuple)
EPISODES = st.builds(
    Sheet,
    form=st.just(Form.EPISODE),
    title=TITLES,
    show=TITLES,
    season=NUMBERS,
    episode=NUMBERS,
    date=DAYS,
    ids=IDS,
)
SHEETS = st.one_of(
    st.builds(
        Sheet, form=st.sampled_from([Form.MOVIE, Form.SHOW]), title=TITLES, year=YEARS, ids=IDS
    ),
    st.builds(Sheet, form=st.just(Form.SEASON), season=NUMBERS),
    st.builds(
        Sheet, form=st.just(Form.ALBUM), title=TITLES, artist=TITLES, year=YEARS, ids=ALBUM_IDS
    ),
    st.builds(Sheet, form=st.just(Form.ARTIST), title=TITLES),
    EPISODES,
    st.builds(
        Sheet,
        form=st.sampled_from([Form.BOOK, Form.AUDIOBOOK]),
        title=TITLES.map(lambda title: f"A {title}"),
        authors=PEOPLE,
        year=YEARS,
        isbn=st.sampled_from(["", "9783161484100", "316148410X"]),
        asin=st.sampled_from(["", "B002V1A0WE"]),
    ),
)
NAMES = {Form.BOOK: b"metadata.opf", Form.AUDIOBOOK: b"metadata.json"}


def read(data: bytes, form: Form = Form.MOVIE) -> tuple[Sheet, ...]:
    return nfo_read.read(NAMES.get(form, b"x.nfo"), data)


def movie(data: bytes) -> Sheet:
    [sheet] = read(data)
    return sheet


@given(SHEETS)
def test_what_is_written_is_read_the_same_again(sheet: Sheet) -> None:
    assert read(nfo_write.new([sheet]), sheet.form) == (clean(sheet),)


@given(st.lists(EPISODES, min_size=1, max_size=4))
def test_several_episodes_in_one_file_are_told_apart(sheets: list[Sheet]) -> None:
    assert read(nfo_write.new(sheets)) == tuple(clean(sheet) for sheet in sheets)


@given(SHEETS.filter(lambda sheet: sheet.form in NFO))
def test_what_is_filled_in_twice_is_the_same_bytes(sheet: Sheet) -> None:
    once = nfo_write.new([sheet])

    assert nfo_write.merged(once, [sheet]) == once


@given(TITLES)
def test_a_series_and_its_numbers_are_read_again(title: str) -> None:
    for form in (Form.BOOK, Form.AUDIOBOOK):
        sheet = Sheet(form=form, title="x", series=f"{title} y", sequence="2.5")
        assert read(nfo_write.new([sheet]), form) == (clean(sheet),)


KNOWN = ("title", "year", "uniqueid")
TAGS = st.sampled_from(["plot", "actor", "Own", "set", "x-y", "fileinfo", "rating"])
TEXTS = TITLES.map(lambda text: clean(Sheet(form=Form.MOVIE, title=text)).title)


def elements() -> st.SearchStrategy[ET.Element]:
    """Return elements of which shelfd knows nothing."""

    def made(tag: str, text: str, attribute: str, below: list[ET.Element]) -> ET.Element:
        element = ET.Element(tag, {"a": attribute} if attribute else {})
        element.text = text
        element.extend(below)
        return element

    leaf = st.builds(made, TAGS, TEXTS, TEXTS, st.just([]))
    return st.recursive(
        leaf, lambda below: st.builds(made, TAGS, TEXTS, TEXTS, st.lists(below, max_size=3))
    )


def meaning(element: ET.Element) -> object:
    return (
        element.tag,
        (element.text or "").strip(),
        sorted(element.attrib.items()),
        [meaning(child) for child in element],
    )


@given(st.lists(elements(), max_size=5), st.sampled_from([b"\n", b"\r\n"]))
def test_filling_in_keeps_every_unknown_element_in_its_order(
    unknown: list[ET.Element], ending: bytes
) -> None:
    root = ET.Element("movie")
    root.extend(unknown)
    ET.indent(root)
    before = [meaning(child) for child in root]
    data = ET.tostring(root).replace(b"\n", ending)
    sheet = Sheet(form=Form.MOVIE, title="Mine", year=1999, ids={"tmdb": "603"})

    merged = nfo_write.merged(data, [sheet])

    after = ET.fromstring(merged)  # noqa: S314  # written just now
    assert [meaning(child) for child in after if child.tag not in KNOWN] == before
    assert movie(merged) == sheet


def test_comments_order_and_what_stands_behind_the_xml_are_kept() -> None:
    data = (
        b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\r\n<!-- by hand -->\r\n<movie>\r\n"
        b"\t<plot><![CDATA[a <b> & c]]></plot><!-- in between -->\r\n\t<year/>\r\n</movie>\r\n"
        b"https://www.imdb.com/title/tt0133093/?a=1&b=2\r\n"
    )

    merged = nfo_write.merged(data, [Sheet(form=Form.MOVIE, title="The Matrix", year=1999)])

    assert merged.decode() == (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<!-- by hand -->\n<movie>\n'
        "\t<plot>a &lt;b&gt; &amp; c</plot><!-- in between -->\n\t<year>1999</year>\n"
        "\t<title>The Matrix</title>\n</movie>\r\nhttps://www.imdb.com/title/tt0133093/?a=1&b=2\r\n"
    )
    assert movie(merged).ids == {"imdb": "tt0133093"}


def test_what_somebody_has_written_stays_even_where_shelfd_would_say_otherwise() -> None:
    data = b"<movie><title>Mine</title><uniqueid type='TMDB' default='true'>5</uniqueid></movie>"
    sheet = Sheet(form=Form.MOVIE, title="Theirs", ids={"tmdb": "6", "imdb": "tt0133093"})

    merged = nfo_write.merged(data, [sheet])

    assert movie(merged) == Sheet(
        form=Form.MOVIE, title="Mine", ids={"tmdb": "5", "imdb": "tt0133093"}
    )
    assert merged.count(b"default=") == 1


def test_an_episode_that_is_missing_in_a_file_of_several_is_added() -> None:
    data = (
        b"<episodedetails><season>1</season><episode>1</episode><plot>p</plot></episodedetails>\n"
    )
    sheets = [Sheet(form=Form.EPISODE, season=1, episode=n, title=f"T{n}") for n in (1, 2)]

    merged = nfo_write.merged(data, sheets)

    assert read(merged) == tuple(sheets)
    assert b"<plot>p</plot>" in merged


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<movie><lockdata>true</lockdata></movie>", "it is locked"),
        (b"<movie><LockData> True </LockData></movie>", "it is locked"),
        (b"<tvshow/>", "there is no movie in it"),
        (b"", "it does not begin with an element"),
        (b"text <movie/>", "it does not begin with an element"),
        (b"<movie>", "no element in it is closed"),
        (b"<movie><a></movie>", "it is no well-formed XML (mismatched tag)"),
        (b"<movie>&nbsp;</movie>", "it is no well-formed XML (undefined entity)"),
        (b"<!DOCTYPE movie><movie></movie>", "it has a document type, as XML bombs do"),
        (
            b"<movie>" + b"<a>" * 70 + b"</a>" * 70 + b"</movie>",
            "its elements lie more than 64 deep",
        ),
        (b" " * (1 << 20) + b"<movie/>", "it is too long"),
    ],
)
def test_what_is_locked_or_not_understood_stays_untouched(data: bytes, reason: str) -> None:
    with pytest.raises(UntouchedError) as raised:
        nfo_write.merged(data, [Sheet(form=Form.MOVIE, title="x")])

    assert str(raised.value) == reason


@pytest.mark.parametrize("form", [Form.BOOK, Form.AUDIOBOOK])
def test_what_another_program_keeps_stays_untouched(form: Form) -> None:
    with pytest.raises(UntouchedError):
        nfo_write.merged(b"{}", [Sheet(form=form, title="x")])


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="windows-1252"?><movie><title>Amélie</title></movie>'.encode(
            "cp1252"
        ),
        # it says what it is not, as files do that a tool has converted
        '<?xml version="1.0" encoding="UTF-8"?><movie><title>Amélie</title></movie>'.encode(
            "cp1252"
        ),
        '<?xml version="1.0" encoding="utf-16"?><movie><title>Amélie</title></movie>'.encode(),
        '<?xml version="1.0" encoding="utf-16"?><movie><title>Amélie</title></movie>'.encode(
            "utf-16"
        ),
        '<?xml version="1.0"?><movie><title>Amélie</title></movie>'.encode("utf-16-be"),
        '<?xml version="1.0" encoding="zip"?><movie><title>Amélie</title></movie>'.encode(),
        "\ufeff<movie><title>Amélie</title></movie>".encode(),
    ],
)
def test_any_encoding_is_read(data: bytes) -> None:
    assert movie(data).title == "Amélie"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("https://www.imdb.com/title/tt0133093/", {"imdb": "tt0133093"}),
        ("https://m.imdb.com/title/tt10872600/?ref_=x\n", {"imdb": "tt10872600"}),
        ("https://www.themoviedb.org/movie/603-the-matrix", {"tmdb": "603"}),
        ("https://www.themoviedb.org/tv/1399", {"tmdb": "1399"}),
        ("https://thetvdb.com/?tab=series&id=81189", {"tvdb": "81189"}),
        ("https://www.thetvdb.com/dereferrer/series/81189\n", {"tvdb": "81189"}),
        # a work has one id: two of them say nothing
        ("https://www.imdb.com/title/tt0133093/ https://www.imdb.com/title/tt0234215/", {}),
        ("tt0133093", {}),
        ("https://example.org/title/tt0133093/", {}),
        ("▄▄ GROUP ▄▄ imdb.com/title/tt0133093 themoviedb.org/movie/5", {"imdb": "tt0133093"}),
        ("░▒▓ nothing but art ▓▒░ <>", {}),
    ],
)
def test_addresses_tell_ids_and_art_tells_nothing_else(text: str, ids: dict[str, str]) -> None:
    found = read(text.encode())

    assert {provider: value for sheet in found for provider, value in sheet.ids.items()} == ids
    assert [sheet.title for sheet in found] in ([], [""])


def test_old_and_foreign_ways_to_say_ids_are_understood() -> None:
    assert movie(b"<movie><id>tt0133093</id><tmdbid>603</tmdbid></movie>").ids == {
        "imdb": "tt0133093",
        "tmdb": "603",
    }
    [show] = read(b"<tvshow><id>81189</id><imdb_id>tt0903747</imdb_id></tvshow>")
    assert show.ids == {"tvdb": "81189", "imdb": "tt0903747"}
    assert movie(b"<movie><uniqueid type='tmdb'>../../x</uniqueid></movie>").ids == {}


@given(st.binary(max_size=400), st.sampled_from([b"a.nfo", b"a.opf", b"metadata.json"]))
def test_no_bytes_raise(data: bytes, name: bytes) -> None:
    nfo_read.read(name, data)


@given(
    st.lists(
        st.sampled_from(
            "<movie> </movie> <title> </title> <!-- --> <![CDATA[ ]]> &lt; &x; <?xml ?> x < > /> \0 \ud800".split(
                " "
            )
        ),
        max_size=30,
    )
)
def test_no_text_raises_and_what_can_be_filled_in_can_be_read(parts: list[str]) -> None:
    data = "".join(parts).encode("utf-8", "surrogatepass")
    nfo_read.read(b"a.nfo", data)
    sheet = Sheet(form=Form.MOVIE, year=1999)
    try:
        merged = nfo_write.merged(data, [sheet])
    except UntouchedError:
        return

    assert nfo_write.merged(merged, [sheet]) == merged
    assert movie_of(merged).year == 1999


def movie_of(data: bytes) -> Sheet:
    return next(sheet for sheet in read(data) if sheet.form is Form.MOVIE)


def test_entities_do_not_grow_and_fetch_nothing() -> None:
    bomb = b"<!DOCTYPE m [<!ENTITY a '%s'><!ENTITY b '%s'>]><movie><title>&b;</title></movie>" % (
        b"x" * 1000,
        b"&a;" * 1000,
    )

    assert read(bomb) == ()
    assert read(b"<!DOCTYPE m SYSTEM 'file:///etc/passwd'><movie><title>x</title></movie>") == ()


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b'{"title": 5}',
        b'{"title": ["x"]}',
        b"[" * 100_000,
        b'{"title": "x", "authors": 5, "series": [5], "publishedYear": null}',
    ],
)
def test_a_metadata_json_of_another_kind_is_harmless(data: bytes) -> None:
    found = read(data, Form.AUDIOBOOK)

    assert [(sheet.authors, sheet.series, sheet.year) for sheet in found] in ([], [((), "", None)])
