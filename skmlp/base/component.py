"""Base class of the parts that a name can choose: activations, losses, ..."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from skmlp.base.options import use_one_of
from skmlp.base.rows import fingerprint
from skmlp.base.validation import validate_params

__all__ = ["Component", "comparable", "is_own"]


class Component(BaseEstimator, ABC):
    """Base class of the parts of a model, whose hyperparameters a grid search can set.

    Each kind of part (`Activation`, `Loss`, ...) is a subclass with its own `kind`, the
    name of the parameter that takes it, and its own `table` of names. A concrete class
    is added to the table by a class keyword: ``class ReLU(Activation, name="relu")``.
    The valid values of its hyperparameters are in `_parameter_constraints`, as in
    scikit-learn.
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
        """Return the object that `choice` names, or `choice` itself if it is an object.

        Parameters
        ----------
        choice : str, object of this kind, or functions
            A name in the table, an object, or functions that `of_functions` accepts.

        Raises
        ------
        ValueError
            If `choice` is none of these (a class, for example), or has a hyperparameter
            that is not valid.
        """
        made = cls.table.get(choice) if isinstance(choice, str) else None
        if made is not None:
            return made()
        if isinstance(choice, type) and issubclass(choice, cls):
            raise ValueError(
                f"{cls.kind}={choice.__name__} is a class. Pass an object: "
                f"{choice.__name__}()."
            )
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
        """Return None; subclasses return an object if `choice` holds functions."""
        return None


def comparable(value: Any) -> Any:
    """Return a value that is equal (==) for parts of a model with equal results.

    Objects are described by their class and attributes, arrays by their contents.
    Functions, and all else, are returned as they are.
    """
    if isinstance(value, np.ndarray):
        return fingerprint(value)
    if isinstance(value, list | tuple):
        return tuple(map(comparable, value))
    if isinstance(value, Component):
        attributes = sorted(vars(value).items())
        return (type(value), *((name, comparable(each)) for name, each in attributes))
    return value


def _public_name(cls):
    """Return the dotted name from which users import a class, its folder's."""
    return ".".join([*cls.__module__.split(".")[:2], cls.__name__])


def is_own(choice: object) -> bool:
    """Return True for a function, or for a tuple of functions, of the user."""
    is_class = isinstance(choice, type)
    return isinstance(choice, tuple) or (callable(choice) and not is_class)
