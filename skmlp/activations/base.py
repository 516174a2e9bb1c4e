"""Base class of activations, the identity, and activations of a user's functions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from skmlp._kernels import Program
from skmlp.base.component import Component
from skmlp.base.derivative_check import is_function, is_pair, worst_mismatch
from skmlp.base.types import Array, Pullback
from skmlp.graph.user_functions import (
    name_of,
    require_equal,
    require_finite,
    results_of,
)

__all__ = ["Activation", "FunctionPair", "Identity", "PlainFunction"]

# Points z at which a user's derivative is compared with finite differences. Their start
# and their step are irrational, as corners of activations usually are at round numbers.
_CHECKED_POINTS = 0.1 * np.sqrt(2) * np.arange(-60, 61) + 0.01 * np.sqrt(3)

# Types of the kernels, and by how much their results may differ from those of NumPy.
_DTYPES = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-10}


class Activation(Component):
    """Base class of activations, functions that are applied to every unit of a layer.

        σ: R → R

    A new activation is a class with the method `forward` and, if Glorot's bound needs
    another factor, the attribute `gain`. The class keyword ``name="..."`` makes it
    available by that name. `forward` returns the outputs a = σ(z) and the pullback, a
    function that turns dL/da into dL/dz; it may use z, a or both.
    """

    kind = "activation"
    table: ClassVar[dict] = {}

    gain: ClassVar[float] = 6.0**0.5
    """Factor in Glorot and Bengio's (2010) bound of weights, gain / √(in + out)."""

    setting: ClassVar[float] = 0.0
    """Value of the hyperparameter, passed to the compiled kernel of the activation."""

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        if "forward" in vars(cls) and "formula" not in vars(cls):
            cls.formula = Activation.formula  # not that of a parent with other outputs

    @abstractmethod
    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return the outputs a = σ(z), and the pullback of σ at z.

        Parameters
        ----------
        z : array of shape (n, n_units)
            Inputs of the units.

        Returns
        -------
        a : array of shape (n, n_units)
            Outputs of the units.
        pullback : callable
            It takes dL/da (n, n_units), the gradient of a loss with respect to the
            outputs, and returns dL/dz (n, n_units), that with respect to the inputs.
        """

    def formula(self, z: Array) -> Array:
        """Return σ(z) by functions that a graph can trace.

        Here it is one operation of a graph, whose derivative is the pullback of
        `forward`. Subclasses replace it by functions of NumPy; then the graph finds the
        derivative by itself.

        Parameters
        ----------
        z : array
            Inputs of the units: an array of NumPy, or one that a graph traces.

        Returns
        -------
        a : array
            Outputs of the units, of the kind and shape of z.
        """
        from skmlp.graph import primitive

        return primitive(
            getattr(self, "name", type(self).__name__),
            lambda z: self.forward(z)[0],
            lambda gradient, a, z: (self.forward(z)[1](gradient),),
        )(z)

    def program(self) -> Program | None:
        """Return the program of the compiled kernels for σ and its derivative, or None.

        It belongs to activations whose `kernel` is 'program'.
        """
        return None

    @classmethod
    def of_functions(cls, choice: Any) -> Activation | None:
        """Return the activation of (σ, dσ/dz), or of σ alone; None otherwise."""
        if is_pair(choice):
            return FunctionPair(*choice).checked()
        if is_function(choice) and not isinstance(choice, Activation):
            return PlainFunction(choice).checked()
        return None


class Identity(Activation, name="identity"):
    """Identity, which returns its input.

    σ(z) = z
    """

    kernel: ClassVar[str] = "identity"

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return z

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return z, and the pullback with dσ/dz = 1."""

        def pullback(a_gradient):
            return a_gradient

        return z, pullback


@dataclass(eq=False, repr=False)
class FunctionPair(Activation):
    """Activation defined by two functions of the user, σ and its derivative.

        σ(z) = function(z)

    ``activation=(function, derivative)`` stands for an object of this class. Each
    function takes an array of any shape and returns an array of that shape. To be
    pickled, the functions have to be importable.

    Parameters
    ----------
    function : callable
        It takes z and returns σ(z).
    derivative : callable
        It takes z and returns dσ/dz.
    """

    kernel: ClassVar[str] = "program"

    function: Callable[[Array], ArrayLike]
    derivative: Callable[[Array], ArrayLike]

    def program(self) -> Program | None:
        """Return the program of both functions, or None if they have none."""
        return _program_of(self, self.function, self.derivative)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return function(z), and the pullback with dσ/dz = derivative(z)."""
        slope = self._call(self.derivative, z, "derivative")

        def pullback(a_gradient):
            return a_gradient * slope

        return self._call(self.function, z, "function"), pullback

    def checked(self) -> Self:
        """Return the object itself if its derivative agrees with finite differences.

        Raises
        ------
        ValueError
            If it does not, or if a function returns an array of another shape.
        """
        for dtype in (np.float32, np.float64):
            self.forward(_CHECKED_POINTS.astype(dtype)[None])
        mismatch = worst_mismatch(self.function, self.derivative, _CHECKED_POINTS)
        if mismatch is not None:
            z, ours, theirs = mismatch
            raise ValueError(
                f"activation=(f, df): at z = {z:.6g} df gives {ours:.6g}, but the "
                f"slope of f is {theirs:.6g}. Correct df; where it departs from the "
                "slope on purpose, pass an object of a subclass of "
                "skmlp.activations.Activation."
            )
        return self

    @staticmethod
    def _call(function, z, name):
        """Return function(z) in the dtype of z; raise ValueError for a wrong shape.

        The function gets a copy, which it may change.
        """
        values = np.asarray(function(z.copy()))
        if values.shape != z.shape or values.dtype.kind not in "biuf":
            raise ValueError(
                f"activation=(f, df): the {name} turned an array of shape {z.shape} "
                f"into {values.dtype} of shape {values.shape}; return one number for "
                "every entry."
            )
        return values.astype(z.dtype, copy=False)


@dataclass(eq=False, repr=False)
class PlainFunction(Activation):
    """Activation given by a function of NumPy, without its derivative.

        σ(z) = function(z)

    ``activation=function`` stands for an object of this class. A graph finds the
    derivative (:func:`skmlp.graph.vjp`). The function is checked before every fit. It
    has to be applied element by element, to give equal results for equal inputs, and to
    be finite for moderate inputs. To be pickled, it has to be importable.

    Parameters
    ----------
    function : callable
        It takes an array z of any shape and returns an array σ(z) of that shape.
    """

    kernel: ClassVar[str] = "program"

    function: Callable[[Any], Any]

    def program(self) -> Program | None:
        """Return the program of the function and its derivative, or None."""
        return _program_of(self, self.function)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return function(z), and the pullback that the graph of the function has."""
        from skmlp.graph import programs

        program = self.program() if z.dtype in _DTYPES else None
        if program is None:
            return self._traced(z)
        column = np.ascontiguousarray(z).reshape(-1, 1)
        a, _ = programs.run_on(program, column, derivative=False)

        def pullback(a_gradient):
            _, slope = programs.run_on(program, column)
            return a_gradient * slope.reshape(z.shape)

        return a.reshape(z.shape), pullback

    def _traced(self, z):
        """Return function(z) and the pullback, both computed by NumPy's functions."""
        from skmlp.graph import vjp

        value, product = results_of(self._label, lambda z: vjp(self.function, z), z)
        a = self._checked(value, z)

        def pullback(a_gradient):
            with np.errstate(all="ignore"):
                return product(a_gradient)[0].astype(z.dtype, copy=False)

        return a, pullback

    def formula(self, z: Array) -> Array:
        """Return function(z), of an array or of a traced value."""
        return self.function(z)

    def checked(self) -> Self:
        """Return the object itself if its function is an activation.

        Raises
        ------
        ValueError
            If the function cannot be traced, returns an array of another shape, is not
            finite, is not applied element by element, changes from call to call, or has
            a derivative that differs from finite differences or is zero everywhere.
        """
        z, label = _CHECKED_POINTS, self._label
        values, slopes = {}, {}
        for dtype in (np.float32, np.float64):
            a, pullback = self._traced(z.astype(dtype)[None])
            values[dtype], slopes[dtype] = a, pullback(np.ones_like(a))
        value, slope = values[np.float64][0], slopes[np.float64][0]

        def point(index):
            return f"z = {z[index]:.6g}"

        require_finite(label, "value", value, point)
        require_finite(label, "derivative", slope, point)
        self._check_elementwise(value, slope)
        if not slope.any():
            raise ValueError(
                f"{label}: its derivative is zero everywhere, so that the layers below "
                "it cannot learn. Use 'sign' for a step, or pass a pair (f, df)."
            )
        mismatch = worst_mismatch(
            lambda z: np.asarray(self.function(z)), lambda z: self._slope(z), z
        )
        if mismatch is not None:
            at, found, expected = mismatch
            raise ValueError(
                f"{label}: at z = {at:.6g} its graph has the derivative {found:.6g}, "
                f"but the slope is {expected:.6g}. Pass a pair (f, df)."
            )
        return self

    def _check_elementwise(self, value, slope):
        """Raise ValueError if the function depends on the shape, or on the call."""
        label, z = self._label, _CHECKED_POINTS
        changes = "changes from call to call"
        require_equal(label, value, self._traced(z[None])[0][0], changes)
        columns = z.reshape(11, -1)
        why = "is not applied element by element: its result depends on the shape of z"
        again, pullback = self._traced(columns)
        require_equal(label, value, again.ravel(), why)
        require_equal(label, slope, pullback(np.ones_like(again)).ravel(), why)
        few, _ = self._traced(z[None, :7])
        why = "is not applied element by element: an element depends on others"
        require_equal(label, value[:7], few[0], why)

    def _slope(self, z):
        """Return the derivative at points (m,)."""
        a, pullback = self._traced(z)
        return pullback(np.ones_like(a))

    @property
    def _label(self):
        """The parameter and the name of its function, for messages."""
        return f"activation={name_of(self.function)}"

    def _checked(self, values, z):
        """Return the values in the dtype of z; raise ValueError for a wrong shape."""
        values = np.asarray(values)
        if values.shape != z.shape or values.dtype.kind not in "biuf":
            raise ValueError(
                f"{self._label} turned an array of shape {z.shape} into {values.dtype} "
                f"of shape {values.shape}; return one number for every entry."
            )
        return values.astype(z.dtype, copy=False)


def _program_of(activation, function, derivative=None):
    """Return the program of an activation, if it computes what NumPy computes."""
    from skmlp.graph import programs

    def find():
        program = programs.function_program(function, derivative)
        for dtype, tolerance in _DTYPES.items():
            z = _CHECKED_POINTS.astype(dtype)[:, None]
            values = programs.run_on(program, z)
            programs.require_agreement(values, _by_numpy(activation, z), tolerance)
        return program

    return programs.known_program(activation, None, find)


def _by_numpy(activation, z):
    """Return σ(z) and dσ/dz, computed by NumPy."""
    compute = getattr(activation, "_traced", activation.forward)
    a, pullback = compute(z)
    return a, pullback(np.ones_like(a))
