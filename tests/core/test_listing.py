import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core.listing import Changes, Facts, Known, changes

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SONG = Facts(size=100, mtime_ns=1, ctime_ns=2, inode=3, blocks=8, mode=0o100644, links=1)

FACTS = st.builds(
    Facts,
    size=st.integers(0, 1),
    mtime_ns=st.integers(0, 1),
    ctime_ns=st.integers(0, 1),
    inode=st.integers(0, 1),
    blocks=st.integers(0, 1),
    links=st.integers(1, 2),
)
NAMES = st.sampled_from([b"a", b"b", b"c", b"\xff"])
FOUND = st.dictionaries(NAMES, FACTS)
ROWS = st.dictionaries(
    NAMES,
    st.builds(
        lambda facts, missing: Known._make((*facts[:4], 5.0 if missing else None, None)),
        FACTS,
        st.booleans(),
    ),
)


@pytest.mark.parametrize(
    "other",
    [
        SONG._replace(size=101),
        SONG._replace(mtime_ns=0),
        SONG._replace(ctime_ns=9),
        SONG._replace(inode=-3),
    ],
)
def test_what_a_write_or_a_replacement_changes_tells_files_apart(other: Facts) -> None:
    assert changes({b"x": other}, {b"x": Known(*SONG[:4])}) == Changes(changed=(b"x",))


@pytest.mark.parametrize(
    "other", [SONG, SONG._replace(blocks=0), SONG._replace(mode=0o100600), SONG._replace(links=2)]
)
def test_what_no_write_changes_does_not(other: Facts) -> None:
    assert not changes({b"x": other}, {b"x": Known(*SONG[:4])})


def test_a_file_without_a_row_is_new() -> None:
    assert changes({b"x": SONG}, {}) == Changes(new=(b"x",))


def test_a_row_without_a_file_is_gone() -> None:
    assert changes({}, {b"x": Known(*SONG[:4])}) == Changes(gone=(b"x",))


def test_what_is_known_to_be_missing_is_not_gone_again() -> None:
    assert not changes({}, {b"x": Known(*SONG[:4], missing_since=5.0)})


def test_a_missing_file_that_is_there_again_unchanged_is_back() -> None:
    assert changes({b"x": SONG}, {b"x": Known(*SONG[:4], missing_since=5.0)}) == Changes(
        back=(b"x",)
    )


def test_a_missing_file_that_comes_back_as_another_is_read_again() -> None:
    other = SONG._replace(ctime_ns=9)

    assert changes({b"x": other}, {b"x": Known(*SONG[:4], missing_since=5.0)}) == Changes(
        changed=(b"x",)
    )


@given(FOUND, ROWS)
@unhurried
def test_each_name_is_in_one_list_at_most(
    found: dict[bytes, Facts], rows: dict[bytes, Known]
) -> None:
    told = changes(found, rows)

    names = [*told.new, *told.changed, *told.back, *told.gone]
    assert len(names) == len(set(names))
    assert set(names) <= set(found) | set(rows)
    assert bool(told) is bool(names)


@given(FOUND, ROWS)
@unhurried
def test_rows_that_follow_the_changes_need_none_again(
    found: dict[bytes, Facts], rows: dict[bytes, Known]
) -> None:
    told = changes(found, rows)
    for name in (*told.new, *told.changed):
        rows[name] = Known(*found[name][:4])
    for name in told.back:
        rows[name] = rows[name]._replace(missing_since=None)
    for name in told.gone:
        rows[name] = rows[name]._replace(missing_since=5.0)

    assert not changes(found, rows)
    assert {name for name, row in rows.items() if row.missing_since is None} == set(found)
    assert all(rows[name][:4] == facts[:4] for name, facts in found.items())
