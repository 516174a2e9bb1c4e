"""Derivatives of functions: grad, vector-Jacobian and Hessian-vector products."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from skmlp.graph.broadcasting import shape_of, zeros_like
from skmlp.graph.engine import Trace, TracedArray, pull_back
from skmlp.graph.graph import checked_input, checked_output, checked_seed, own_array

__all__ = ["ArgumentChoice", "grad", "hessian_vector_product", "value_and_grad", "vjp"]

ArgumentChoice = int | str | tuple[int | str, ...]
"""A choice of arguments: a position, a name, or a tuple of these."""


def value_and_grad(
    f: Callable[..., Any], argnums: ArgumentChoice = 0
) -> Callable[..., tuple[Any, Any]]:
    """Return the function that computes the value of `f` and its gradient.

    Parameters
    ----------
    f : callable
        Function that returns one number, by NumPy's functions and operators.
    argnums : int, str or tuple of these, default=0
        Positions or names of the arguments to differentiate with respect to. An
        argument is a number, an array, or a list, tuple or dict of these.

    Returns
    -------
    function : callable
        It has the arguments of `f`, and returns (value, gradient). The gradient has the
        form of the argument; with a tuple of `argnums`, it is a tuple of gradients.

    Raises
    ------
    TracingError
        When the function is called, if `f` uses something that cannot be traced.
    ValueError
        When the function is called, if `f` returns an array.

    Notes
    -----
    Where a function has no derivative, this is what is returned:

    - maximum, minimum, clip: at a tie of a variable and a constant the derivative is 0,
      so that the derivative of np.maximum(z, 0) at z = 0 is 0; two variables receive
      one half each. The largest elements share the derivative of np.max equally, and
      the smallest that of np.min.
    - The derivatives of abs and sign at 0, and those of norm and std of equal numbers,
      are 0; that of sqrt at 0 is infinite, as its limit.
    - sign, floor, round, comparisons and other functions with steps have the derivative
      0 everywhere.
    - Elements that np.where, np.maximum, np.clip or a mask does not select receive the
      derivative 0, even if the derivative of their own operations is infinite or NaN.

    Examples
    --------
    >>> import numpy as np
    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    @functools.wraps(f)
    def function(*arguments, **keywords):
        value, pullback = _evaluated(f, argnums, arguments, keywords)
        return value, pullback(None)

    return function


def grad(f: Callable[..., Any], argnums: ArgumentChoice = 0) -> Callable[..., Any]:
    """Return the function that computes the gradient of `f`.

    Parameters
    ----------
    f : callable
        Function that returns one number, by NumPy's functions and operators.
    argnums : int, str or tuple of these, default=0
        Positions or names of the arguments to differentiate with respect to. An
        argument is a number, an array, or a list, tuple or dict of these.

    Returns
    -------
    function : callable
        It has the arguments of `f`, and returns the gradient. It can be differentiated
        again. See `value_and_grad` for the form of the gradient and for errors.

    Examples
    --------
    >>> grad(grad(lambda x: x**3))(2.0)
    np.float64(12.0)
    """
    both = value_and_grad(f, argnums)

    @functools.wraps(f)
    def function(*arguments, **keywords):
        return both(*arguments, **keywords)[1]

    return function


def vjp(f: Callable[..., Any], *arguments: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the value of `f`, and the function for products with its Jacobian.

    Parameters
    ----------
    f : callable
        Function that returns a number or an array, by NumPy's functions and operators.
    *arguments : ndarray or float
        Arguments of `f`.

    Returns
    -------
    value : ndarray or float
        Value of `f`.
    pullback : callable
        `pullback(v)` with an array v of the shape of the value returns a tuple: for
        each argument vᵀJ, the gradient of the sum of v · `f`.

    Examples
    --------
    >>> import numpy as np
    >>> value, pullback = vjp(np.sin, np.array([0.0, 1.0]))
    >>> pullback(np.array([1.0, 0.0]))
    (array([1., 0.]),)
    """
    # Copies, because the arrays may be changed before the pullback is called.
    leaves, form = flattened(arguments)
    copies = form([own_array(leaf) for leaf in leaves])
    value, pullback = _evaluated(f, tuple(range(len(arguments))), copies, {})
    return own_array(value), pullback


def hessian_vector_product(
    f: Callable[..., Any], argnums: ArgumentChoice = 0
) -> Callable[..., Any]:
    """Return the function that multiplies the Hessian of `f` by a vector.

    The gradient is differentiated again, by reverse mode over reverse mode (Pearlmutter
    1994 gives the product by forward mode). The Hessian itself is not computed.

    Parameters
    ----------
    f : callable
        Function that returns one number, by NumPy's functions and operators.
    argnums : int, str or tuple of these, default=0
        Positions or names of the arguments to differentiate with respect to.

    Returns
    -------
    function : callable
        It has the arguments of `f`, and after them the vector v, which has the form
        of the gradient. It returns the product H·v, in this form.

    Examples
    --------
    >>> import numpy as np
    >>> product = hessian_vector_product(lambda x: np.sum(x**3))
    >>> product(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    gradient = grad(f, argnums)

    @functools.wraps(f)
    def function(*arguments, **keywords):
        *arguments, vector = arguments
        directions, _ = flattened(vector)

        def slope(*arguments, **keywords):
            slopes, _ = flattened(gradient(*arguments, **keywords))
            shapes = [shape_of(each) for each in slopes]
            if shapes != [np.shape(each) for each in directions]:
                raise ValueError(
                    "the vector has shapes "
                    f"{[np.shape(each) for each in directions]}, and the gradient has "
                    f"shapes {shapes}; they have to be equal."
                )
            terms = zip(slopes, directions, strict=True)
            return sum(np.sum(each * direction) for each, direction in terms)

        return grad(slope, _positions(f, argnums, arguments, keywords))(
            *arguments, **keywords
        )

    return function


def flattened(value):
    """Return the numbers and arrays in a container, and a function that puts them back.

    A container is a list, a tuple or a dict, of numbers, arrays and containers.
    """
    if isinstance(value, dict):
        keys, parts = list(value), list(value.values())

        def container(each):
            return dict(zip(keys, each, strict=True))
    elif isinstance(value, list | tuple):
        parts = list(value)
        named = hasattr(value, "_fields")
        container = type(value)._make if named else type(value)
    else:
        return [value], lambda leaves: leaves[0]
    branches = [flattened(part) for part in parts]

    def put_back(leaves):
        rest = iter(leaves)
        return container([form([next(rest) for _ in own]) for own, form in branches])

    return [leaf for own, _ in branches for leaf in own], put_back


def _positions(f, argnums, arguments, keywords):
    """Return `argnums` with positions for names of positional arguments."""
    if isinstance(argnums, tuple | list):
        return tuple(_positions(f, each, arguments, keywords) for each in argnums)
    if isinstance(argnums, str):
        if argnums in keywords:
            return argnums
        names = list(inspect.signature(f).parameters)
        if argnums not in names[: len(arguments)]:
            raise ValueError(
                f"argnums={argnums!r} is not the name of an argument that was passed; "
                f"the arguments are {', '.join([*names[: len(arguments)], *keywords])}."
            )
        return names.index(argnums)
    if isinstance(argnums, bool) or not isinstance(argnums, int | np.integer):
        raise TypeError(
            f"argnums={argnums!r} has to be a position, a name, or a tuple of these."
        )
    if not -len(arguments) <= argnums < len(arguments):
        raise ValueError(
            f"argnums={argnums} is out of range: {len(arguments)} positional arguments "
            "were passed. Use the name of a keyword argument."
        )
    return range(len(arguments))[argnums]


def _evaluated(f, argnums, arguments, keywords):
    """Return the value of `f`, and the pullback to the chosen arguments."""
    record = Trace()
    chosen = _positions(f, argnums, arguments, keywords)
    arguments, keywords = list(arguments), dict(keywords)
    traced = []
    for each in chosen if isinstance(chosen, tuple) else (chosen,):
        holder = keywords if isinstance(each, str) else arguments
        leaves, form = flattened(holder[each])
        inputs = [
            record.input(checked_input(f"argument {each}", leaf)) for leaf in leaves
        ]
        holder[each] = form(inputs)
        traced.append((inputs, form))
    result = checked_output(record.evaluate(f, arguments, keywords))
    ours = isinstance(result, TracedArray) and result._trace is record
    value = result._node.value if ours else result
    if ours:
        _require_slopes(value, [each for inputs, _ in traced for each in inputs])

    def pullback(seed):
        found = {}
        if ours:
            for node, gradient in pull_back(
                record.nodes, result._node, checked_seed(value, seed)
            ):
                if node.kind == "input":
                    found[node] = gradient
        gradients = tuple(
            form([_gradient_of(each._node, found) for each in inputs])
            for inputs, form in traced
        )
        return gradients if isinstance(chosen, tuple) else gradients[0]

    return value, pullback


def _require_slopes(value, inputs):
    """Raise TypeError if a value is a whole number or a truth value of real inputs."""
    kind = getattr(value, "dtype", np.dtype(float)).kind
    whole = any(each.dtype.kind in "iu" for each in inputs)
    if kind == "b" or (kind in "iu" and not whole):
        raise TypeError(
            f"the function returned values of dtype {value.dtype}, which change in "
            "steps: their derivative is zero. Return real numbers, such as a loss that "
            "is smooth in place of a count of errors."
        )


def _gradient_of(node, found):
    """Return the gradient with respect to an input, as an array of its own."""
    gradient = found.get(node)
    if gradient is None:
        return zeros_like(node.value)
    if not isinstance(gradient, TracedArray):
        gradient = np.array(gradient)
    return gradient if gradient.ndim else gradient[()]
