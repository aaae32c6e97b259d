"""Templates of the settings: what they make, what they may not do, and how their mistakes are told."""

import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core.errors import RefusedError
from shelfd.core.identity import Identity
from shelfd.core.layout import Layout, target
from shelfd.core.template_samples import KINDS
from shelfd.edges.templates import mistakes, render

SOUND = {
    "movies": "{{ title }}{% if year %} ({{ year }}){% endif %}/{{ title }}",
    "shows": "{{ show|first|upper }}/{{ show }}/{{ number }} {{ title if title else 'Untitled' }}",
    "music": "{{ album_artist }}/{% if album %}{{ album }}/{% endif %}"
    "{% if track %}{{ '%02d' % track }} {% endif %}{{ title }}",
    "audiobooks": "{% if author %}{{ author }}/{% endif %}{{ title }}/"
    "{% if part %}{{ '%03d'|format(part) }} {% endif %}{{ title }}",
    "books": "{{ author|default('Nobody') }} - {{ title|replace(' ', '_') }}",
}


def path(template: str, **fields: object) -> str:
    identity = Identity(**{"kind": "movie", **fields})  # type: ignore[arg-type]  # of many types
    return "/".join(target(identity, ".mkv", Layout(template=template, render=render)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_that_names_what_there_is_is_sound(kind: str) -> None:
    assert mistakes(SOUND[kind], kind, "portable") == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": "Ebb", "year": 2018}, "Ebb (2018)/Ebb.mkv"),
        ({"title": "Ebb"}, "Ebb/Ebb.mkv"),
        ({"title": "../../etc/x: y", "year": 1}, "etc-x - y (1)/etc-x - y.mkv"),
        ({"title": "{{ 7 * 7 }}"}, "{{ 7 7 }}/{{ 7 7 }}.mkv"),
        ({"title": "CON"}, "CON_/CON_.mkv"),
    ],
)
def test_a_path_is_made_of_what_is_known(fields: dict[str, object], expected: str) -> None:
    assert path(SOUND["movies"], **fields) == expected


@pytest.mark.parametrize(
    ("template", "kind", "told"),
    [
        (
            "{{ titel }}",
            "movies",
            "no titel here, but title, year, .* title\\? .at line 1, column 4",
        ),
        ("a\n{{ title }}{{ x }}", "movies", "no x here, .*at line 2, column 15"),
        ("{{ title", "movies", "unexpected end of template.*at line 1"),
        ("{{ title }}\n{% if %}", "movies", "at line 2"),
        ("{{ title|upcase }}", "movies", "no filter upcase here, but .*at line 1"),
        ("{{ title is even_more }}", "movies", "no test even_more here, but .*at line 1"),
        (
            "{{ title }} ({{ year }})",
            "movies",
            "year is not known of it .at line 1, column 17; .*if year",
        ),
        ("{{ title ~ year }}", "movies", "year is not known of it"),
        ("{{ show }}/{{ title }}", "shows", "title is not known of it"),
        ("{{ show }}/{{ season }}", "shows", "it lacks episode or number: .* be Harbour/1.ext"),
        ("{{ author|d('') }}/{{ title }}", "audiobooks", "it lacks part"),
        ("films", "movies", "it lacks title"),
        (" ", "movies", "empty path"),
        ("{{ title }}" + "/x" * 10, "movies", "11 directories, and at most 10"),
        ("{{ '%d' % title }}", "movies", "%d format"),
        ("{{ 1 % 0 }}{{ title }}", "movies", "zero"),
        ("x" * 2001, "movies", "at most 2000 characters, and this one has 2001"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_way_out(
    template: str, kind: str, told: str
) -> None:
    found = mistakes(template, kind, "portable")

    assert len(found) == 1, found
    assert re.search(told, found[0], re.DOTALL), found


def test_all_names_that_are_not_there_are_told_at_once() -> None:
    assert len(mistakes("{{ a }}{{ b|c }}{% for d in e %}{% endfor %}", "books", "unix")) == 6


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in title %}{{ a }}{% endfor %}",
        "{% for a in range(100000000) %}{{ a }}{% endfor %}",
        "{% set a = title %}{{ a }}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{{ title * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ title.upper() }}",
        "{{ title.__class__ }}",
        "{{ title['__class__'] }}",
        "{{ ''|attr('__class__') }}",
        "{{ title|center(1000000000) }}",
        "{{ '%1000000000d' % 1 }}{{ title }}",
        "{{ '%.1000000000f' % 1 }}{{ title }}",
        "{{ '%*d' % (1000000000, 1) }}{{ title }}",
        "{{ '%1000000000d'|format(1) }}{{ title }}",
        "{{ title" + "|replace('', '" + "x" * 99 + "')" * 1 + "|replace('', '" + "y" * 99 + "') }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ [1, 2, 3] }}",
        "{{ " + "(" * 900 + "title" + ")" * 900 + " }}",
        "{{ " + "not " * 480 + "title }}",
        "{% if title %}" * 25 + "x" + "{% endif %}" * 25,
    ],
)
def test_a_template_cannot_loop_call_or_grow(template: str) -> None:
    assert mistakes(template, "movies", "portable")


@given(st.text(alphabet="{}%|()' titleyarfoxpndc~+-*.,[]1=\n", max_size=60))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_a_template_or_told_to_be_none(text: str) -> None:
    for kind in ("movies", "audiobooks"):
        assert all(mistakes(text, kind, "portable")) or not mistakes(text, kind, "portable")


def test_a_template_that_does_not_fit_an_item_refuses_it_with_its_reason() -> None:
    with pytest.raises(RefusedError, match="the template: year is not known of it"):
        path("{{ title }} ({{ year }})", title="Ebb")


def test_nothing_of_the_language_is_loaded_without_a_template() -> None:
    asked = "import sys, shelfd.app.daemon, shelfd.app.check; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
