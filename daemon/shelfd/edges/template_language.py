"""The language of templates: a part of Jinja2's that cannot loop, call, or make more text than a path can have."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
    nodes,
)
from jinja2.filters import FILTERS as ALL_FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as ALL_TESTS

from shelfd.core import layout, template_samples, templated
from shelfd.core.errors import RefusedError
from shelfd.core.identity import Identity
from shelfd.core.layout import Layout
from shelfd.core.nearest import nearest
from shelfd.core.safe_names import Names
from shelfd.core.templated import Value

MOST_CHARACTERS = 2000
"""Of a template; one that is longer could be nested deeper than Jinja2 can follow."""
LONGEST_PATH = 4000
WIDEST = 99
"""What a number in a format may ask for: `%02d`."""

HEAD = "the template: "
FAULTS = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError)
TOO_DEEP = (RecursionError, MemoryError, SyntaxError)


class Unknown(Undefined):
    """What is not known of an item: false in a condition, and an error wherever it is written."""

    __slots__ = ()

    def __str__(self) -> str:
        raise UndefinedError(self._undefined_message)


def render(template: str, values: Mapping[str, Value]) -> str:
    """Return the path that the template makes of these values, None for what is not known."""
    try:
        text = _compiled(template).render(
            {
                name: Unknown(hint=f"{name} is not known of it") if value is None else value
                for name, value in values.items()
            }
        )
    except FAULTS as error:
        raise _refused(str(error)) from error
    if len(text) > LONGEST_PATH:
        raise _refused(f"it makes a path of {len(text)} characters")
    return text


def mistakes(template: str, kind: str, names: Names) -> list[str]:
    """Return what is wrong with the template of a library of this kind, with places; empty when nothing is."""
    if len(template) > MOST_CHARACTERS:
        return [f"at most {MOST_CHARACTERS} characters, and this one has {len(template)}"]
    known = templated.NAMES[template_samples.KINDS[kind]]
    try:
        tree = _language().parse(template)
        found = [*_not_allowed(tree), *_unknown_names(template, tree, known)]
        return found or list(_in_use(template, kind, names))
    except TemplateSyntaxError as error:
        return [f"{error.message} ({_place(template, error.lineno, _quoted(error.message))})"]
    except TOO_DEEP:
        return ["it is nested too deeply"]


def _in_use(template: str, kind: str, names: Names) -> Iterator[str]:
    """Yield what goes wrong with some of the samples; the first of them is enough."""
    form = Layout(names=names, template=template, render=render)
    for sample in template_samples.samples(kind):
        try:
            layout.target(sample, ".ext", form)
        except RefusedError as error:
            why = error.message.removeprefix(HEAD)
            yield why + (_way_out(template, why) or _lacking(sample))
            return
    for one, other in template_samples.twins(kind):
        path = layout.target(one, ".ext", form)
        if path == layout.target(other, ".ext", form):
            mine, theirs = (templated.values(item, names) for item in (one, other))
            told = " or ".join(name for name in mine if mine[name] != theirs[name])
            same = "/".join(path)
            yield f"it lacks {told}: two items that differ in nothing else would both be {same}"


def _way_out(template: str, message: str) -> str:
    """Return where a name stands that is not known of every item, and what to do about it."""
    found = re.search(r"(\w+) is not known of it", message)
    if not found:
        return ""
    lines = [number for number, text in enumerate(template.splitlines(), 1) if found[1] in text]
    place = _place(template, next(iter(lines), 0), found[1])
    return f" ({place}; write it between {{% if {found[1]} %}} and {{% endif %}})"


def _lacking(identity: Identity) -> str:
    found = templated.values(identity, "portable")
    unknown = [name for name, value in found.items() if value is None]
    return f", when an item has no {', '.join(unknown)}" if unknown else ""


def _not_allowed(tree: nodes.Template) -> Iterator[str]:
    for node in _all(tree):
        what = SAID.get(type(node).__name__, type(node).__name__.lower())
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            meant = nearest(node.name, FILTERS)
            hint = f"; did you mean {meant}?" if meant else ""
            known = ", ".join(FILTERS)
            yield f"there is no filter {node.name} here, but {known}{hint} (at line {node.lineno})"
        elif isinstance(node, nodes.Test) and node.name not in TESTS:
            yield f"there is no test {node.name} here, but {', '.join(TESTS)} (at line {node.lineno})"
        elif not isinstance(node, ALLOWED):
            yield f"{what} cannot be used here (at line {node.lineno})"


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    for child in node.iter_child_nodes():
        yield child
        yield from _all(child)


def _unknown_names(template: str, tree: nodes.Template, known: tuple[str, ...]) -> Iterator[str]:
    # nothing that is allowed gives something a name, so whatever is named must be known
    lines = {node.name: node.lineno for node in tree.find_all(nodes.Name)}
    for name, line in ((name, lines[name]) for name in sorted(lines.keys() - set(known))):
        meant = nearest(name, known)
        hint = f"; did you mean {meant}?" if meant else ""
        there = ", ".join(known)
        yield f"there is no {name} here, but {there}{hint} ({_place(template, line, name)})"


def _place(template: str, line: int, word: str) -> str:
    """Return where `word` stands in a line of the template, both counted from 1."""
    text = template.splitlines()[line - 1] if 0 < line <= len(template.splitlines()) else ""
    whole = rf"\b{word}\b" if word.isidentifier() else re.escape(word)
    found = re.search(whole, text) if word else None
    return f"at line {line}, column {found.start() + 1}" if found else f"at line {line}"


def _quoted(message: str | None) -> str:
    found = re.search(r"'([^']+)'", message or "")
    return found[1] if found else ""


def _refused(why: str) -> RefusedError:
    hint = "`shelfd check` tries every template of the settings"
    return RefusedError(HEAD + why, code="template", hint=hint)


def _formatted(text: str, values: object) -> str:
    widths = [int(number) for number in re.findall(r"\d+", " ".join(_SPECIFICATION.findall(text)))]
    if any(width > WIDEST for width in widths) or re.search(r"%[^a-zA-Z%]*\*", text):
        raise ValueError(f"a format of more than {WIDEST} characters")
    return text % values


def _modulo(left: object, right: object) -> object:
    if isinstance(left, str):
        return _formatted(left, right)
    if isinstance(left, int) and isinstance(right, int):
        return left % right
    raise TypeError("% takes a format or two numbers")


def _format(text: str, *values: object) -> str:
    return _formatted(str(text), values)


def _replace(text: str, old: str, new: str) -> str:
    text, old, new = str(text), str(old), str(new)
    if len(text) + text.count(old) * len(new) > LONGEST_PATH:
        raise ValueError(f"a text of more than {LONGEST_PATH} characters")
    return text.replace(old, new)


@lru_cache(maxsize=1)
def _language() -> ImmutableSandboxedEnvironment:
    language = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    language.globals = {}
    language.filters = {**FILTERS}
    language.tests = {**TESTS}
    language.intercepted_binops = frozenset({"%"})
    language.binop_table = {**language.binop_table, "%": _modulo}
    return language


@lru_cache(maxsize=16)
def _compiled(template: str) -> Template:
    return _language().from_string(template)


_SPECIFICATION = re.compile(r"%[-#0 +]*(\d*(?:\.\d*)?)")
FILTERS = {
    **{
        name: ALL_FILTERS[name]
        for name in (
            *("abs", "capitalize", "d", "default", "first", "int", "last", "length", "lower"),
            *("round", "string", "title", "trim", "truncate", "upper"),
        )
    },
    "format": _format,
    "replace": _replace,
}
TESTS = {
    name: ALL_TESTS[name] for name in ("defined", "undefined", "number", "string", "odd", "even")
}
ALLOWED = (
    *(nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter, nodes.Test),
    *(nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Concat, nodes.Add, nodes.Sub, nodes.Mod, nodes.Neg, nodes.Tuple, nodes.Keyword),
)
"""None of these makes more text than its template and its values have together."""
SAID = {
    "For": "a loop",
    "Call": "a call",
    "Macro": "a macro",
    "Assign": "`set`",
    "AssignBlock": "`set`",
    "Getattr": "an attribute",
    "Getitem": "a part in brackets",
    "Mul": "a multiplication",
    "Pow": "a power",
    "Include": "another file",
    "Import": "another file",
    "FromImport": "another file",
    "Extends": "another file",
}
