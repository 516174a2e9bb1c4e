"""Checks of a fit: results, errors, warnings, and equality of states to the last bit.

Every check returns a list of findings, each (kind, text); it is empty if all is well.
"""

import re
import traceback
import warnings
from pathlib import Path

import numpy as np
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from skmlp.base.rows import OrderGenerator

# Fitted attributes that may be infinite, as their docstrings say: no finite bound
# exists if the classes are not separated, and without weights no hyperplane.
MAY_BE_INFINITE = {"mistake_bound_", "margin_"}
# Curves of a training that diverged, and said so, tell how.
CURVES = {"loss_curve_", "validation_scores_"}
# A message names one of these, or a parameter.
_DATA = r"\b(X|y|rows?|columns?|class(es)?|labels?|samples?|features?|targets?|weights?"
_DATA += r"|data|indices)\b|parameter of"
# Texts of NumPy, SciPy and LAPACK, which a user cannot relate to the call.
_RAW = r"broadcast|not aligned|reshape|singular matrix|did not converge|infs or NaNs"
_RAW += r"|mismatch in its core|illegal value|setting an array element|zero-size array"


def observed(function):
    """Return (error or None, warnings) of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            function()
        except Exception as error:
            return error, caught
    return None, caught


def check_warnings(caught):
    """Return findings: warnings that do not speak to a user."""
    found = []
    for each in caught:
        place = f"{Path(each.filename).name}:{each.lineno}"
        # Of this category as scikit-learn's warning of it, and in words to a user.
        if "newton-cholesky found no step" in str(each.message):
            continue
        if issubclass(each.category, RuntimeWarning):
            found.append(("RuntimeWarning", f"{each.message} ({place})"))
        elif (
            issubclass(each.category, ConvergenceWarning)
            and len(str(each.message)) < 40
        ):
            found.append(("short warning", str(each.message)))
    return found


def has_converged(caught):
    """Return False if a warning says that the fit did not converge."""
    return not any(issubclass(each.category, ConvergenceWarning) for each in caught)


def check_error(error, parameters):
    """Return findings: errors that are no refusal in words, raised on purpose."""
    name, message = type(error).__name__, str(error)
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    place = f"{'/'.join(Path(last.filename).parts[-2:])}:{last.lineno}"
    text = f"{name}: {message[:300]} ({place})"
    purposeful = (ValueError, TypeError)
    if not isinstance(error, purposeful) or isinstance(error, np.linalg.LinAlgError):
        return [("exception", text)]
    if isinstance(error, NotFittedError):
        return []
    if message.startswith("could not convert string to float"):  # scikit-learn's, too
        return []
    raised = any(f"{s}/" in last.filename for s in ("skmlp", "sklearn"))
    if not raised or not last.line.startswith("raise") or re.search(_RAW, message):
        return [("raw error", text)]
    named = any(re.search(rf"\b{name}\b", message) for name in parameters)
    if not named and not re.search(_DATA, message, re.IGNORECASE):
        return [("names nothing", text)]
    return []


def check_loss(model, X, y):
    """Return findings: `loss_` is not the objective of the network's weights.

    For the log loss of single labels and the squared error, on rows without weights.
    """
    with np.errstate(all="ignore"):
        return _check_loss(model, X, y)


def _check_loss(model, X, y):
    settings, n = model.get_params(), len(y)
    if hasattr(model, "classes_"):
        columns = np.searchsorted(model.classes_, y)
        losses = -model.predict_log_proba(X)[np.arange(n), columns]
    else:
        losses = (model.predict(X).reshape(n, -1) - y.reshape(n, -1)) ** 2 / 2
        losses = losses.sum(axis=1)
    weights = np.concatenate([w.ravel() for w in model.coefs_]).astype(float)
    share, alpha = settings["l1_ratio"], settings["alpha"]
    size = (1 - share) / 2 * (weights @ weights) + share * np.abs(weights).sum()
    expected = losses.astype(float).mean() + alpha * size / n
    tolerance = 1e-3 if model.coefs_[0].dtype == np.float32 else 1e-6
    close = abs(model.loss_ - expected) <= tolerance * (1e-3 + abs(expected))
    text = f"loss_ is {model.loss_:g}, the objective of coefs_ is {expected:g}"
    return [] if close or not np.isfinite(expected) else [("loss", text)]


def check_attributes(model, *, diverged):
    """Return findings: public fitted numbers that are not finite."""
    found = []
    for name, value in vars(model).items():
        if name.startswith("_") or not name.endswith("_"):
            continue
        if name in CURVES and diverged:
            continue
        bad = [n for n in numbers_in(value) if not np.isfinite(n).all()]
        if name in MAY_BE_INFINITE:
            bad = [n for n in bad if np.isnan(n).any()]
        if bad:
            found.append(("not finite", f"{name} holds {bad[0].ravel()[:4]}"))
    return found


def numbers_in(value):
    """Return the numeric arrays in a value: an array, a number, or a collection."""
    if scipy.sparse.issparse(value):
        value = value.data
    if isinstance(value, list | tuple):
        return [n for each in value for n in numbers_in(each)]
    if isinstance(value, dict):
        return [n for each in value.values() for n in numbers_in(each)]
    array = np.asarray(value) if np.isscalar(value) else value
    usable = isinstance(array, np.ndarray) and array.dtype.kind in "fc"
    return [array] if usable else []


def predictions(model, X):
    """Return {method: result} of all methods that predict, and findings."""
    results, found = {}, []
    names = ("predict", "decision_function", "predict_proba", "predict_log_proba")
    for name in (*names, "transform"):
        if not hasattr(model, name):
            continue
        error, caught = observed(
            lambda n=name: results.update({n: getattr(model, n)(X)})
        )
        found += [(kind, f"{name}: {text}") for kind, text in check_warnings(caught)]
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            text = f"{name}: {type(error).__name__}: {error} ({frames[-1].name})"
            found.append(("prediction raises", text[:400]))
    return results, found


def check_predictions(results, data):
    """Return findings: predictions that are not finite, or no probabilities."""
    found = []
    for name, result in results.items():
        finite = all(np.isfinite(n).all() for n in numbers_in(result))
        if not finite and name != "predict_log_proba":
            found.append(("not finite", f"{name} is not finite"))
    lists = {n: r if isinstance(r, list) else [r] for n, r in results.items()}
    pairs = zip(
        lists.get("predict_proba", []), lists.get("predict_log_proba", []), strict=False
    )
    for proba, log_proba in pairs:
        several = isinstance(results["predict_proba"], list)
        sum_to_one = several or not data["target"].startswith("multi")
        found += check_probabilities(proba, log_proba, sum_to_one)
    return found


def check_probabilities(proba, log_proba, sum_to_one):
    """Return findings: values outside [0, 1], sums other than one, other logarithms."""
    found, eps = [], np.finfo(proba.dtype).eps
    if not (proba.min() >= 0 and proba.max() <= 1):
        found.append(("probability", f"from {proba.min()} to {proba.max()}"))
    sums = proba.sum(axis=1)
    if sum_to_one and not np.abs(sums - 1).max() <= 8 * eps * proba.shape[1]:
        found.append(("probability", f"sums from {sums.min()} to {sums.max()}"))
    if np.isnan(log_proba).any() or np.any(np.isinf(log_proba) & (proba > 0)):
        found.append(("log-probability", f"holds {log_proba[~np.isfinite(log_proba)]}"))
    elif np.abs(np.exp(log_proba) - proba).max() > 1e3 * eps:
        found.append(("log-probability", "is not the logarithm of predict_proba"))
    return found


def difference(a, b, path="", seen=None):
    """Return where two values differ by type, shape or any bit, or '' if nowhere."""
    seen = set() if seen is None else seen
    if a is b or (id(a), id(b)) in seen:
        return ""
    seen.add((id(a), id(b)))
    if type(a) is not type(b):
        return f"{path}: {type(a).__name__} and {type(b).__name__}"
    if isinstance(a, np.ndarray):
        equal = a.dtype == b.dtype and a.shape == b.shape
        if equal and a.dtype == object:
            return difference(a.ravel().tolist(), b.ravel().tolist(), path, seen)
        return "" if equal and a.tobytes() == b.tobytes() else path
    if isinstance(a, dict):
        if a.keys() != b.keys():
            return f"{path}: {sorted(map(str, a.keys() ^ b.keys()))}"
        pairs = [(a[k], b[k], f"{path}.{k}") for k in a]
    elif isinstance(a, list | tuple):
        if len(a) != len(b):
            return f"{path}: length {len(a)} and {len(b)}"
        pairs = [
            (x, y, f"{path}[{i}]") for i, (x, y) in enumerate(zip(a, b, strict=True))
        ]
    elif isinstance(a, np.random.RandomState | OrderGenerator):
        pairs = [(a.get_state(legacy=False), b.get_state(legacy=False), path)]
    elif scipy.sparse.issparse(a):
        names = ("data", *("coords",) * (a.format == "coo"))
        names += ("indices", "indptr") * (a.format != "coo")
        pairs = [(getattr(a, n), getattr(b, n), f"{path}.{n}") for n in names]
    elif hasattr(a, "__dict__") and not callable(a):
        pairs = [(vars(a), vars(b), path)]
    else:
        return "" if a == b or (a != a and b != b) or callable(a) else path
    return next((d for x, y, p in pairs if (d := difference(x, y, p, seen))), "")
