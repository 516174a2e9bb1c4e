"""Parts that a string can name: activations, losses, update rules, schedules, ..."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator

from skmlp.base.options import use_one_of
from skmlp.base.validation import validate_params

__all__ = ["Component"]


class Component(BaseEstimator, ABC):
    """A part of a model whose hyperparameters take part in a grid search.

    Each kind of part derives from this with a `kind` and a `table` of its own; a final
    class enters that table by a keyword: ``class ReLU(Activation, name="relu")``. What
    its hyperparameters may be stands in `_parameter_constraints`, as in scikit-learn.
    """

    kind: ClassVar[str] = "component"
    table: ClassVar[dict] = {}
    _parameter_constraints: ClassVar[dict] = {}
    _validate_params = validate_params

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
                use_one_of(
                    f"{cls.kind}={choice!r} is unknown",
                    sorted(cls.table),
                    other=f"an object of a subclass of {_public_name(cls)}",
                    got=choice,
                )
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
