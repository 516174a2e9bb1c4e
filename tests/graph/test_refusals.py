"""What cannot be traced raises an error with the operation, the line and a cure."""

import math
import os
import pickle
import re
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
import scipy.linalg
import scipy.sparse
from scipy import special, stats

from skmlp.graph import TracingError, grad, trace

PLAIN = np.zeros(3)


def branches(x):
    if x > 0:
        return x
    return -x


def assigns(x):
    x[0] = 1.0
    return x


def adds_in_place(x):
    x += 1
    return x


def fills_a_plain_array(x):
    a = np.zeros(3)
    a[1] = x
    return a


def adds_to_a_plain_array(x):
    a = np.zeros(())
    a += x
    return a


# (function of a number, words about the operation, words of the cure)
NUMBERS = [
    (lambda x: np.vectorize(abs)(x), "np.vectorize", "whole arrays; np.where"),
    (lambda x: max(x, 0), "Python's max(...)", "Use np.maximum(a, b)"),
    (lambda x: min(0, x), "Python's min(...)", "Use np.minimum(a, b)"),
    (branches, "The truth value of a traced value (if, while", "Use np.where(cond"),
    (lambda x: (x > 0) and x, "The truth value of a traced value", "np.logical_and"),
    (lambda x: float(x), "float(...)", "Leave the conversion away"),
    (lambda x: int(x), "int(...)", "Use np.floor, np.trunc or np.round"),
    (lambda x: complex(x), "complex(...)", "Only real numbers have derivatives"),
    (lambda x: 1j * x, "An operand of dtype complex128", "Only arrays of real"),
    (lambda x: range(x), "A traced value as an index", "Pass an integer"),
    (assigns, "An assignment to elements, x[i] = ...,", "Use np.where(mask, new, x)"),
    (fills_a_plain_array, "An assignment of a traced value to", "Use np.stack"),
    (adds_in_place, "np.add with out=, as in x += y,", "write x = x + y"),
    (adds_to_a_plain_array, "np.add with out=, as in x += y,", "write x = x + y"),
    (lambda x: np.exp(x, out=PLAIN), "np.exp with out=", "without out="),
    (lambda x: np.exp(x, where=PLAIN > 0), "np.exp with where=", "np.where"),
    (lambda x: math.exp(x), "math.exp", "Use np.exp instead"),
    (lambda x: math.pow(x, 2), "math.pow", "Use np.power instead"),
    (lambda x: special.logsumexp(x), "special.logsumexp", "skmlp.graph has logsumexp"),
    (lambda x: special.softmax(x), "special.softmax", "logsumexp, softmax and log_"),
    (lambda x: stats.norm.logpdf(x), "stats.norm.logpdf", "skmlp.graph.primitive"),
    (lambda x: special.jv(2, x), "The ufunc jv", "skmlp.graph.primitive"),
    (lambda x: np.array([x, x]), "np.array or np.asarray", "Use np.stack([a, b])"),
    (lambda x: np.asarray(x), "np.array or np.asarray", "needs no np.asarray"),
    (lambda x: np.full(3, x), "np.full", "Use value * np.ones(shape)"),
    (lambda x: np.full(3, x, dtype=float), "numpy.copyto", "value * np.ones(shape)"),
    (lambda x: [1.0, x] * np.ones(2), "A conversion to a plain array", "Use NumPy's"),
    (lambda x: sum(e for e in x), "Iteration over a traced value", "use it as it is"),
    (lambda x: np.spacing(x), "The ufunc spacing", "has no derivative of it"),
    (lambda x: np.linspace(0, x, 5), "numpy.linspace", "a + (b - a) * np.linspace"),
    (lambda x: x.item(), "x.item of a traced value", "use it as it is"),
    (lambda x: x.real, "x.real of a traced value", "Use a function of NumPy"),
    (lambda x: divmod(x, 2)[0], "The ufunc divmod", "Use x // y and x % y"),
    (lambda x: np.where(x > 0)[0], "np.where with one argument", "np.where(condition,"),
    (lambda x: x.astype(complex), "astype(complex128)", "Only real numbers"),
]
ARRAYS = [
    (lambda x: np.fft.fft(x), "numpy.fft.fft", "skmlp.graph.primitive"),
    (lambda x: np.nanmax(x), "numpy.nanmax", "np.where(np.isnan(x), -np.inf, x)"),
    (lambda x: np.cross(x, x), "numpy.cross", "skmlp.graph.primitive"),
    (
        lambda x: np.nancumsum(x),
        "numpy.nancumsum",
        "nearest name in the table is 'nansum'",
    ),
    (lambda x: np.sum(x, where=PLAIN > 0), "np.sum with where=", "Leave the argument"),
    (lambda x: np.add.accumulate(x), "np.add.accumulate", "such as np.cumsum"),
    (lambda x: scipy.linalg.expm(x), "scipy.linalg.expm", "skmlp.graph.primitive"),
    (lambda x: scipy.sparse.eye(3) @ x, "A product with a sparse matrix", "X.toarray"),
    (lambda x: x @ scipy.sparse.eye(3), "An operand of the type", "X.toarray"),
    (lambda x: pd.Series([1, 2, 3]) * x, "An operation of pandas", "X.to_numpy()"),
    (lambda x: pd.DataFrame(np.eye(3)) @ x, "An operation of pandas", "X.to_numpy()"),
    (lambda x: pickle.dumps(x), "Pickling of a traced value", "in the process that"),
    (
        lambda x: PLAIN[x > 0],
        "A conversion to a plain array",
        "np.take instead of a[x]",
    ),
    (lambda x: np.linalg.norm(x[None], 2), "norm with ord=2 of a", "Frobenius"),
    (lambda x: np.pad(x, 1, mode="edge"), "np.pad with mode='edge'", "np.concatenate"),
    (lambda x: np.einsum(x, [0], [0]), "np.einsum with lists", "as a string"),
    (lambda x: np.dot(x, x, out=PLAIN), "np.dot with out=", "Leave the argument away"),
    (lambda x: np.concatenate([x, x], dtype=float), "np.concatenate with", "Leave"),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("f", "operation", "cure", "x"),
    [(*case, 1.5) for case in NUMBERS]
    + [(*case, np.array([0.2, 0.3, 0.5])) for case in ARRAYS],
)
def test_the_error_names_the_operation_the_line_and_the_cure(f, operation, cure, x):
    with pytest.raises(TracingError) as raised:
        trace(f, x=x)
    message = str(raised.value)
    found = re.search(r"cannot be traced \((.*):(\d+): `(.+)`\)\. ", message)
    assert operation in message[: found.start()]
    assert cure in message[found.end() :]
    file, line, source = found.groups()
    assert file == __file__
    code = f.__code__
    assert code.co_firstlineno <= int(line) <= code.co_firstlineno + 4
    with open(file, encoding="utf-8") as lines:
        assert source == lines.read().splitlines()[int(line) - 1].strip()
    with pytest.raises(TracingError):
        grad(f)(x)


def test_an_attribute_that_is_missing_is_missing_for_hasattr():
    def f(x):
        assert not hasattr(x, "item")
        assert not hasattr(x, "nothing")
        assert not hasattr(x, "__array_interface__")
        return x

    trace(f, x=1.0)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        trace(lambda x: x.nothing, x=1.0)


def test_an_error_of_the_user_stays_as_it_is():
    with pytest.raises(ValueError, match="could not convert string to float"):
        trace(lambda x: x * float("one"), x=1.0)
    with pytest.raises(TypeError, match="len"):
        trace(lambda x: len(x), x=1.0)
    with pytest.raises(IndexError, match="a traced index has dtype float64"):
        trace(lambda x: x[x], x=np.ones(3))


def test_a_traced_value_cannot_be_used_after_its_function_has_returned():
    kept = []
    assert grad(lambda x: kept.append(x) or x**2)(3.0) == 6
    with pytest.raises(
        TracingError, match=r"multiply of a value whose traced function"
    ):
        kept[0] * 2
    with pytest.raises(TracingError, match=r"add of a value whose traced function"):
        grad(lambda x: x + kept[0])(1.0)


def test_no_object_array_is_made_in_silence():
    for f in (
        lambda x: np.array([x, x]) + 1,
        lambda x: np.array([[x], [1.0]], dtype=object),
        lambda x: np.asanyarray([x]),
        lambda x: np.add([x, 1.0], 2),
        lambda x: np.sum([x, x]),
        lambda x: np.multiply(x, [x]),
    ):
        with pytest.raises(TracingError, match="cannot be traced"):
            trace(f, x=1.0)


def test_a_traced_value_shows_its_value():
    shown = []

    def f(x):
        shown.extend([repr(x), f"{x:.2f}", f"{2 * x}"])
        return round(x, 1) + round(x)

    graph = trace(f, x=1.26)
    assert graph.output.value == 2.3
    assert shown == [
        *("TracedArray(x, 1.26)", "1.26", "TracedArray(multiply, np.float64(2.52))")
    ]


def test_with_the_array_api_of_scipy_ufuncs_are_traced_and_functions_refused():
    code = """
        import numpy as np
        from scipy import special
        from skmlp.graph import TracingError, grad
        print(grad(special.expit)(0.0), grad(lambda x: special.xlogy(x, x))(1.0))
        for f in (special.logsumexp, special.softmax, special.log_softmax):
            try:
                grad(f)(np.ones(2))
            except TracingError as error:
                print("skmlp.graph has logsumexp" in str(error))
    """
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.split() == ["0.25", "1.0", *["True"] * 3]
