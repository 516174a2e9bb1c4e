"""Parts that a string can name: activations, losses, update rules, schedules, ..."""

from __future__ import annotations

from abc import ABC
from collections import ChainMap
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator

from skmlp.base.compat import StrOptions

__all__ = ["Component", "NamesIn"]


class Component(BaseEstimator, ABC):
    """A part of a model whose hyperparameters take part in a grid search.

    Each kind of part derives from this with a `kind` and a `table` of its own; a final
    class enters that table by a keyword: ``class ReLU(Activation, name="relu")``. What
    its hyperparameters may be stands in `_parameter_constraints`, as in scikit-learn.
    """

    kind: ClassVar[str] = "component"
    table: ClassVar[dict] = {}
    _parameter_constraints: ClassVar[dict] = {}

    def __init_subclass__(cls, name=None, **keywords):
        super().__init_subclass__(**keywords)
        if name is not None:
            cls.name = name
            cls.table[name] = cls

    @classmethod
    def resolve(cls, choice: Any) -> Self:
        """Return the object that a choice means.

        Parameters
        ----------
        choice : str, object of this kind, or functions
            A name in the table, an object, or what `of_functions` takes.

        Raises
        ------
        ValueError
            If it is none of these, or if hyperparameters of an object are not valid.
        """
        made = cls.table.get(choice) if isinstance(choice, str) else None
        if made is not None:
            return made()
        own = None if isinstance(choice, str) else cls.of_functions(choice)
        if own is not None:
            return own
        if not isinstance(choice, cls):
            raise ValueError(
                f"{cls.kind}={choice!r} is unknown; use one of "
                f"{', '.join(repr(name) for name in sorted(cls.table))}, or an object "
                f"of a subclass of {_public_name(cls)}."
            )
        if choice._parameter_constraints:
            choice._validate_params()
        return choice

    @classmethod
    def of_functions(cls, choice: Any) -> Self | None:
        """Return the object that functions of the user mean; None for other choices."""
        return None


def _public_name(cls):
    """Return the name under which users import a class: that of its folder."""
    return ".".join([*cls.__module__.split(".")[:2], cls.__name__])


class NamesIn(StrOptions):
    """Constraint of a parameter: a name in a table, or one of some other names.

    `options` is a view of the table, which may grow after a class with this constraint
    was defined.
    """

    def __init__(self, table, *others):
        super().__init__(ChainMap(table, dict.fromkeys(others)).keys())

    def __str__(self):
        """The names in order."""
        return f"a str among {{{', '.join(map(repr, sorted(self.options)))}}}"
