"""Templates of the settings: paths filled in by Jinja2, which is loaded only where there is a template."""

from collections.abc import Mapping

from shelfd.core.safe_names import Names
from shelfd.core.templated import Value


def render(template: str, values: Mapping[str, Value]) -> str:
    """Return the path that the template makes; RefusedError says why it makes none."""
    from shelfd.edges import template_language  # noqa: PLC0415  # it takes 7 MB that few need

    return template_language.render(template, values)


def mistakes(template: str, kind: str, names: Names) -> list[str]:
    """Return what is wrong with the template of a library of this kind, with places; empty when nothing is."""
    from shelfd.edges import template_language  # noqa: PLC0415  # see above

    return template_language.mistakes(template, kind, names)
