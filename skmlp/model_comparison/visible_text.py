"""Names and labels as text that can be printed: no control character acts on it."""

import unicodedata
from dataclasses import replace

from skmlp.base.text import unused_name

__all__ = ["visible", "visible_comparison"]

# Control characters, halves of surrogate pairs, and separators of lines.
_NOT_PRINTED = frozenset(("Cc", "Cs", "Zl", "Zp"))

# Marks of the direction of writing, which would turn round what follows. Other format
# characters stay, since scripts such as Persian need them.
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e")
_DIRECTION |= frozenset("\u2066\u2067\u2068\u2069")


def visible(text):
    """Return a text with an escape of Python for each control character."""
    text = str(text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(each) if _is_control(each) else each for each in text)


def _is_control(character):
    """Return True if a character must not be printed."""
    return character in _DIRECTION or unicodedata.category(character) in _NOT_PRINTED


def _escaped(character):
    """Return the escape of a character in source code of Python."""
    return character.encode("unicode_escape", "surrogatepass").decode()


def visible_comparison(comparison):
    """Return the Comparison with visible names, labels and notes, as it is shown.

    Names that become equal to others get a number.
    """
    names = {}
    for name in comparison.scores:
        names[name] = unused_name(visible(name), names.values())

    def renamed(by_name):
        return {names[name]: each for name, each in by_name.items()}

    recipe = comparison.recipe
    if recipe is not None:
        recipe = replace(
            recipe,
            **{
                kind: tuple(visible(each) for each in getattr(recipe, kind))
                for kind in ("numbers", "categories", "texts")
            },
            estimators=renamed(recipe.estimators),
            pipelines=frozenset(names[name] for name in recipe.pipelines),
        )
    positive = comparison.positive_class
    return replace(
        comparison,
        data=replace(comparison.data, name=visible(comparison.data.name)),
        metrics=tuple(
            replace(each, label=visible(each.label)) for each in comparison.metrics
        ),
        scores=renamed(comparison.scores),
        curves=renamed(comparison.curves),
        counterparts={
            names[ours]: names[theirs]
            for ours, theirs in comparison.counterparts.items()
        },
        notes=tuple(map(visible, comparison.notes)),
        baseline=names.get(comparison.baseline),
        positive_class=None if positive is None else visible(positive),
        settings=renamed(comparison.settings),
        recipe=recipe,
    )
