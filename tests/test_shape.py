"""The shape of the code: what a reader can rely on without looking."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "daemon" / "shelfd"
MODULES = sorted(PACKAGE.rglob("*.py"))
EVERYTHING = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]
NAMES_THAT_SAY_NOTHING = (
    "Manager",
    "Service",
    "Util",
    "Utils",
    "Helper",
    "Handler",
    "Processor",
    "Wrapper",
    "Mixin",
)
SUPPRESSION = re.compile(r"# (?:noqa|type: ignore|pragma|mypy:|ruff:)")
SUPPRESSION_WITH_CODE_AND_REASON = re.compile(
    r"# (?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\])  # \S",
)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    first = function.body[0]
    documented = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_a_module_says_in_its_first_line_what_it_is_for(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse(module.read_text()))

    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":")), "one sentence, complete in one line"


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_a_module_fits_into_a_head(module: Path) -> None:
    assert sum(1 for line in module.read_text().splitlines() if line.strip()) <= 300


@pytest.mark.parametrize("module", EVERYTHING, ids=named)
def test_a_function_fits_onto_a_screen(module: Path) -> None:
    found = functions(ast.parse(module.read_text()))

    assert [function.name for function in found if lines(function) > 40] == []


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_a_class_is_one_thing_with_a_name_of_its_own(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            assert len(methods) <= 12, node.name
            assert not node.name.endswith(NAMES_THAT_SAY_NOTHING), node.name


@pytest.mark.parametrize("module", EVERYTHING, ids=named)
def test_a_suppression_names_its_code_and_its_reason(module: Path) -> None:
    with tokenize.open(module) as source:
        comments = [
            token
            for token in tokenize.generate_tokens(source.readline)
            if token.type == tokenize.COMMENT and SUPPRESSION.match(token.string)
        ]

    assert [
        f"line {comment.start[0]}: {comment.string}"
        for comment in comments
        if not SUPPRESSION_WITH_CODE_AND_REASON.match(comment.string)
    ] == []


@pytest.mark.parametrize("layer", sorted({path.parent for path in MODULES} - {PACKAGE}), ids=named)
def test_a_layer_re_exports_nothing(layer: Path) -> None:
    body = ast.parse((layer / "__init__.py").read_text()).body

    assert [node for node in body if not isinstance(node, ast.Expr)] == []
