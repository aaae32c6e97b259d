"""One code for a language, whatever a file calls it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.edges.languages import TERMINOLOGY, language


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ger", "deu"),
        ("deu", "deu"),
        ("de", "deu"),
        ("de-AT", "deu"),
        (" DE ", "deu"),
        ("pt_BR", "por"),
        ("zh-Hans-CN", "zho"),
        ("chi", "zho"),
        ("yue", "yue"),
        ("und", ""),
        ("mul", ""),
        ("xx", ""),
        ("German", ""),
        ("", ""),
    ],
)
def test_a_language_has_one_code(said: str, code: str) -> None:
    assert language(said) == code


@settings(deadline=None)
@given(st.sampled_from(sorted({*TERMINOLOGY, *TERMINOLOGY.values()})))
def test_a_code_that_was_given_means_itself(said: str) -> None:
    assert language(language(said)) == language(said) != ""
