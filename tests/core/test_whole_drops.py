"""What holds for every drop, whatever lies in it: nothing is forgotten, nothing that stays is moved, nothing is alone."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dropped import dropped, part, track
from shelfd.core import filing, media
from shelfd.core.archives import is_archive
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import Place, RelPath, identity
from shelfd.core.plan import Library, Request, Verdict, World, identities, settled, verdicts
from shelfd.core.review import Judged
from shelfd.core.roles import roles
from shelfd.core.works import Work

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

GOING = ("file", "filed")
DIRECTORIES = st.sampled_from(
    [
        *(b"", b"", b"Subs/", b"Subs/A.Film.2020/", b"Extras/", b"Featurettes/x/", b"Sample/"),
        *(b"BDMV/", b"BDMV/STREAM/", b"VIDEO_TS/", b"Disc 1/VIDEO_TS/", b"CERTIFICATE/"),
        *(
            b"CD1/",
            b"cd02/",
            b"Season 1/",
            b"Season 1/Subs/",
            b"Scans/",
            b"Proof/",
            b"theme-music/",
        ),
    ]
)
NAMES = st.sampled_from(
    [
        *(b"A.Film.2020.mkv", b"A Film (2020).mkv", b"B Film (2021).mkv", b"Show.S01E01.mkv"),
        *(b"Show.S01E02.1080p.mkv", b"A Film (2020)-trailer.mkv", b"sample.mkv", b"theme.mp3"),
        *(b"1.mp3", b"2.mp3", b"02 - Two.flac", b"Album.flac", b"Album.cue", b"b.epub", b"x.m2ts"),
        *(b"A Film (2020).en.srt", b"2_English.srt", b"3_English.srt", b"x.idx", b"x.sub"),
        *(b"Show.S01E01.de.srt", b"en.srt", b"index.bdmv", b"VTS_01_1.VOB", b"VIDEO_TS.IFO"),
        *(b"x.rar", b"x.r00", b"y.part1.rar", b"z.zip", b"cover.jpg", b"Cover.JPG", b"poster.png"),
        *(
            b"movie.nfo",
            b"tvshow.nfo",
            b"1.lrc",
            b"x.log",
            b"x.m3u",
            b"metadata.json",
            b"RARBG.txt",
        ),
        *(b"x.nzb", b"www.site.com.txt", b"a.exe", b"\xff.srt", b"\xff\xfe.mkv", b"x:y.m2ts"),
    ]
)
READINGS = st.sampled_from(
    [
        *(Reading(), Reading(), Reading(error="it is broken"), track("One"), track("Two", 2)),
        *(track("One", artist="Bob"), track("One", disc="2/2"), part(), part(track="2")),
    ]
)
EPISODE = Work(
    path=RelPath(b"A Film (2020)/Show.S01E02.mkv"),
    root="shows",
    target=RelPath(b"Show/Season 01/Show S01E02.mkv"),
    kind="episode",
    title="Show",
    season=1,
    episodes=(2,),
)
TRACK = Work(
    path=RelPath(b"A Film (2020)/CD1/9.mp3"),
    root="music",
    target=RelPath(b"Bob/Some/Disc 1/09 Nine.mp3"),
    kind="track",
    title="Some",
)
LIBRARIES = st.builds(Library, works=st.sampled_from([(), (), (EPISODE,), (TRACK, EPISODE)]))
HOME = Place("other shows", RelPath(b"Show (2011)"))


@st.composite
def drops(draw: st.DrawFn) -> Request:
    """Make a drop, called like a film, of anything."""
    paths = draw(st.sets(st.tuples(DIRECTORIES, NAMES), max_size=9))
    files = {
        b"A Film (2020)/" + directory + name: draw(READINGS) if media.is_media(name) else None
        for directory, name in sorted(paths)
    }
    kind = draw(st.sampled_from([None, None, None, Kind.MUSIC, Kind.SHOWS]))
    asked = dropped(files, kind, draw(LIBRARIES), auto_accept=draw(st.sampled_from([0.3, 0.8])))
    return replace(asked, judged=draw(judged(asked))) if draw(st.booleans()) else asked


@st.composite
def judged(draw: st.DrawFn, asked: Request) -> dict[RelPath, Judged]:
    """Let a person or the catalog have said something of some works and discs of a drop."""
    found = {}
    for path, said in identities(asked, roles(asked.files)).items():
        home = HOME if said.kind == "episode" and draw(st.booleans()) else None
        found[path] = draw(
            st.sampled_from(
                [
                    *(Judged(identity=said), Judged(identity=said, skip=True)),
                    Judged(identity=replace(said, confidence=0.5), home=home),
                    Judged(identity=replace(said, confidence=max(0.9, said.confidence)), home=home),
                ]
                if said.kind
                else [Judged(identity=said)]
            )
        )
    return found


@st.composite
def worlds(draw: st.DrawFn, planned: list[Verdict]) -> World:
    """Make a world in which something lies at some of the targets."""
    wanted = [Place(verdict.root, RelPath(verdict.target)) for verdict in planned if verdict.root]
    taken = {place: draw(st.booleans()) for place in wanted if draw(st.integers(0, 4)) == 0}
    return World(spelled={}, taken=taken)


@given(drops())
@unhurried
def test_no_file_is_without_a_verdict_and_each_that_stays_has_a_reason(asked: Request) -> None:
    told = verdicts(asked)

    assert [verdict.path for verdict in told] == sorted(asked.files)
    for verdict in told:
        assert (verdict.state == "file") == bool(verdict.root) == bool(verdict.target)
        assert verdict.rule if verdict.state == "file" else verdict.reason


@given(drops())
@unhurried
def test_each_file_is_there_for_one_thing(asked: Request) -> None:
    found = roles(asked.files)
    all_of_them = [
        *found.works,
        *found.extras,
        *found.samples,
        *found.rest,
        *(path for disc in found.discs for path in disc.files),
    ]

    assert sorted(all_of_them) == sorted(asked.files)


@given(drops())
@unhurried
def test_no_two_files_share_a_target(asked: Request) -> None:
    targets = [(v.root, identity(v.target)) for v in verdicts(asked) if v.state == "file"]

    assert len(targets) == len(set(targets))


@given(drops(), st.data())
@unhurried
def test_nothing_that_belongs_to_something_goes_without_it(
    asked: Request, data: st.DataObject
) -> None:
    planned = verdicts(asked)
    told = {verdict.path: verdict for verdict in settled(planned, data.draw(worlds(planned)))}
    works = {*roles(asked.files).works, *(path for path, v in told.items() if v.unit)}

    for path, verdict in told.items():
        if verdict.state not in GOING or path in works:
            continue
        known = [work for work in asked.known.works if work.root == verdict.root]
        owner = told.get(verdict.owner)
        assert known if owner is None else owner.state in GOING
        assert owner is None or (owner.path in works and owner.root == verdict.root)


@given(drops(), st.data())
@unhurried
def test_a_disc_goes_as_a_whole_or_not_at_all(asked: Request, data: st.DataObject) -> None:
    planned = verdicts(asked)
    for told in (planned, settled(planned, data.draw(worlds(planned)))):
        for disc in roles(asked.files).discs:
            members = [verdict for verdict in told if verdict.unit == disc.home]
            assert {verdict.path for verdict in members} == set(disc.files)
            assert len({verdict.state in GOING for verdict in members}) == 1


@given(
    drops(),
    st.data(),
    st.sampled_from(["auto", "move", "copy"]),
    st.sampled_from(["trash", "keep"]),
)
@unhurried
def test_nothing_that_stays_is_ever_moved(
    asked: Request, data: st.DataObject, mode: str, after: str
) -> None:
    planned = verdicts(asked)
    told = settled(planned, data.draw(worlds(planned)))
    request = replace(asked, mode=mode, after=after)

    steps = filing.steps(request, told, [], 7)

    stays = {verdict.path for verdict in told if verdict.state not in GOING}
    assert not stays & {step.source.path for step in steps if step.source is not None}
    above = {step.source.path for step in steps if step.source and step.action == "rmdir"}
    assert not any(path.startswith(directory + b"/") for path in stays for directory in above)


@given(drops())
@unhurried
def test_archives_and_samples_never_go(asked: Request) -> None:
    for verdict in verdicts(asked):
        if is_archive(verdict.path) or verdict.path in roles(asked.files).samples:
            assert verdict.state != "file"
