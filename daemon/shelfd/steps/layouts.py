"""How each library of the settings names what is filed in it."""

from collections.abc import Mapping

from shelfd.core.layout import Layout
from shelfd.steps.ports import Base


def layouts(base: Base) -> Mapping[str, Layout]:
    """Return the layout of each library in force, by its name."""
    return {
        root.name: Layout(
            player=root.layout, names=root.names, template=root.template, render=base.render
        )
        for root in base.current.roots
        if root.role == "library"
    }
