"""Run a case: make its arrays, call the estimator, and return the outcome.

Correct outcomes are a result, and an error for the user: ValueError (of which
NotFittedError and LinAlgError are subclasses) or TypeError. Reports are all other
exceptions; results that differ from those for a copy of X in C order; and a result for
a malformed sparse matrix.
"""

import pickle
import traceback
import warnings

import numpy as np
import scipy.sparse

import skmlp
import skmlp.activations
import skmlp.inference
import skmlp.losses

from . import arrays, kernels
from .cases import CLASSIFIERS

REFUSALS = (ValueError, TypeError)
# The results of these methods must not depend on the layout of X.
COMPARED = ("decision_function", "predict_proba", "transform")
RTOL = 2e-3  # in float32 the rounding depends on the order of sums


def run(case):
    """Return (outcome, detail); outcome: 'finished', 'refused', or a kind of report."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if case.subject.startswith("kernel "):
            return attempt(lambda: kernels.run(case))
        return _run_estimator(case)


def attempt(call, refusals=REFUSALS):
    """Call a function, and return (outcome, detail) of the call."""
    try:
        call()
    except refusals as error:
        return "refused", f"{type(error).__name__}: {error}"
    except WrongAnswer as error:
        return error.args
    except Exception:
        return "exception", traceback.format_exc()
    return "finished", ""


class WrongAnswer(Exception):
    """Error of a wrong result; its arguments are (kind of report, detail)."""


def component(value):
    """Return a parameter; convert a text such as 'Huber(0.3)' to the object."""
    if isinstance(value, str) and value.endswith(")"):
        names = vars(skmlp.losses) | vars(skmlp.activations)
        return eval(value, {"__builtins__": {}}, names)
    return value


def _run_estimator(case):
    settings = {name: component(value) for name, value in case.settings.items()}
    rng, data = np.random.default_rng(case.number), case.data
    model = getattr(skmlp, case.subject)(**settings)
    X = arrays.values(data, rng)
    good = X.astype("f4" if data["dtype"] in ("float32", ">f4") else "f8")
    faulty = good
    if data["format"]:
        faulty = arrays.sparse(X, data, rng)
    elif data["layout"] != "C" or data["dtype"] not in ("float32", "float64"):
        faulty = arrays.laid_out(X, data["layout"], data["dtype"])
    outcome, refusals = None, REFUSALS
    if data.get("change") == "deleted":
        refusals = (*REFUSALS, AttributeError)  # it names the missing attribute
    for number, call in enumerate(case.calls):
        if number == 1 and data["attribute"]:
            try:
                alter(model, data, rng)
            except Exception as error:
                return "refused", f"no such change of {data['attribute']}: {error}"
        used = faulty if number >= data["faulty_from"] else good
        went = attempt(
            lambda call=call, used=used: _call(model, call, used, case, rng), refusals
        )
        if went[0] not in ("finished", "refused"):
            return went[0], f"{case.subject}.{call}: {went[1]}"
        # The outcome of the case is that of its last call.
        outcome = went
        if number == 0 and went[0] == "refused":
            break
    return outcome


def _call(model, call, X, case, rng):
    n_rows = len(X) if isinstance(X, list) else X.shape[0]
    y = arrays.target(case.data, rng, n_rows)
    weights = arrays.sample_weight(case.data, rng, n_rows)
    weighted = {} if weights is None else {"sample_weight": weights}
    if call == "refit with warm start":
        if "warm_start" in model.get_params():
            model.set_params(warm_start=True)
        call = "fit"
    if call == "partial_fit" and not hasattr(model, call):
        call = "fit"
    if call == "merge":
        model.merge(pickle.loads(pickle.dumps(model)))
        return
    if call == "fit":
        model.fit(X, y, **weighted)
    elif call == "partial_fit":
        model.partial_fit(X, y, **_all_classes(case), **weighted)
    elif call == "pickle":
        pickle.loads(pickle.dumps(model)).predict(X)
    elif call == "inference":
        skmlp.inference.LogisticInference.from_estimator(model, X, y).summary()
    elif call in ("score", "loo_predict_proba"):
        getattr(model, call)(X, y)
    elif not hasattr(model, call):
        return  # the estimator has no such method: predict_proba with a hinge loss
    else:
        answer = getattr(model, call)(X)
        if call in COMPARED or (call == "predict" and case.subject == "MLPRegressor"):
            _compare(model, call, X, answer, case)
    if scipy.sparse.issparse(X) and arrays.is_malformed(X):
        raise WrongAnswer(
            "accepted", f"a {X.format} matrix with {case.data['sparse_fault']}"
        )


def _all_classes(case):
    if case.subject not in CLASSIFIERS:
        return {}
    kind, K = case.data["target"], case.data["classes"]
    if kind == "several labels":
        return {"classes": [[0, 1, 2]] * 2}
    return {"classes": ["a", "b", "ccc"] if kind == "texts" else np.arange(K)}


def _compare(model, call, X, answer, case):
    """Raise WrongAnswer unless a copy of X in C order gives an equal result."""
    data = case.data
    plain = data["layout"] == "C" and not data["format"]
    if plain or data["attribute"] or data["scale"] != 1 or isinstance(X, list):
        return
    if scipy.sparse.issparse(X) and arrays.is_malformed(X):
        return
    copy = X.toarray() if scipy.sparse.issparse(X) else np.array(X, order="C")
    expected = getattr(model, call)(copy)
    answer, expected = (a if isinstance(a, list) else [a] for a in (answer, expected))
    for ours, theirs in zip(answer, expected, strict=True):
        ours, theirs = (
            a.toarray() if scipy.sparse.issparse(a) else a for a in (ours, theirs)
        )
        size = np.abs(np.asarray(theirs, dtype=float)).max(initial=1e-3)
        if not np.allclose(ours, theirs, rtol=RTOL, atol=RTOL * size, equal_nan=True):
            raise WrongAnswer("differs", "other numbers than for a copy in C order")


def alter(model, data, rng):
    """Change a fitted attribute of the model, as a user could."""
    name, change = data["attribute"], data["change"]
    if not hasattr(model, name):
        return
    value = getattr(model, name)
    if change == "deleted":
        delattr(model, name)
        return
    if isinstance(value, list) and change not in ("None", "scalar", "empty", "strings"):
        items = list(value)
        if change == "fewer layers":
            items = items[:-1]
        elif change == "one layer more":
            items = [*items, items[-1]]
        elif change == "layers reversed":
            items = items[::-1]
        else:
            every = range(len(items))
            for i in every if data["all_items"] else [rng.integers(len(items))]:
                items[i] = changed(items[i], change)
        setattr(model, name, items)
        return
    setattr(model, name, changed(value, change))


def changed(value, change):
    """Return the array with another shape, dtype or layout, or another object."""
    if change == "None":
        return None
    if change == "scalar":
        return 3.0
    array = np.asarray(value)
    changes = {
        "first row only": lambda: array[:1],
        "last column cut": lambda: array[..., :-1],
        "transposed": lambda: array.T,
        "float16": lambda: array.astype(np.float16),
        "float32": lambda: array.astype(np.float32),
        "objects": lambda: array.astype(object),
        "list": array.tolist,
        "flat": array.ravel,
        "empty": lambda: array[:0],
        "one more row": lambda: np.concatenate([array, array[-1:]]),
        "reversed view": lambda: array[::-1],
        "NaN": lambda: np.full(array.shape, np.nan),
        "integers": lambda: array.astype(np.int64),
        "strings": lambda: np.full(array.shape, "x"),
        "Fortran": lambda: np.asfortranarray(array),
    }
    return changes[change]() if change in changes else value
