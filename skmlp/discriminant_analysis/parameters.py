"""Which parameters of discriminant analysis go together, and what they rule out."""

import numpy as np

from skmlp.base.fitted_attributes import check_classes
from skmlp.base.warn import warn

RULES = ("auto", "oas")  # that choose the strength of shrinkage from the rows


def check(lda):
    """Raise for parameters that contradict each other."""
    if lda.covariance_estimator is not None:
        if lda.shrinkage:
            raise ValueError(
                "covariance_estimator and shrinkage parameters are not None. "
                "Only one of the two can be set."
            )
        if lda.ddof:
            raise ValueError(
                "covariance_estimator chooses its own divisor; leave ddof at 0."
            )
    if lda.shrinkage_target is not None and lda.shrinkage is None:
        raise ValueError(
            f"shrinkage_target={lda.shrinkage_target!r} has no effect without "
            "shrinkage; give a number in [0, 1], 'auto' or 'oas'."
        )
    if lda.store_loo and (reason := refuse_leave_one_out(lda)):
        raise ValueError(f"store_loo=True is not possible: {reason}")


def refuse_partial_fit_needing_all_rows(lda):
    """Why statistics of rows are not enough for a fit, or None."""
    if lda.shrinkage in RULES or lda.covariance_estimator is not None:
        return (
            "partial_fit keeps sums and not rows, but shrinkage='auto' or 'oas' and "
            "covariance_estimator need all rows at once; use fit, or give shrinkage "
            "None or a number."
        )
    return None


def refuse_transform(lda):
    """Why there are no directions, or None."""
    if lda.solver == "lsqr":
        return "transform not implemented for 'lsqr' solver (use 'svd' or 'eigen')."
    return None


def refuse_leave_one_out(lda):
    """Why the fits without one row have no closed form, or None."""
    rule = lda.shrinkage in RULES or lda.covariance_estimator is not None
    if rule or (lda.shrinkage and target(lda) == "diagonal"):
        return (
            "leaving one row out has a closed form only without shrinkage or with a "
            "number towards the identity; else use sklearn.model_selection."
            "cross_val_predict(lda, X, y, cv=LeaveOneOut(), method='predict_proba')."
        )
    return None


def target(lda):
    """What the covariance is shrunk towards."""
    if lda.shrinkage_target is not None:
        return lda.shrinkage_target
    return "diagonal" if lda.shrinkage in RULES else "identity"


def divisor(class_weights, ddof):
    """Of the covariance within classes: Σₖ (wₖ − ddof)."""
    total, n_classes = class_weights.sum(), np.count_nonzero(class_weights)
    free = total - ddof * n_classes
    if free <= 0:
        raise ValueError(
            f"ddof={ddof:g} is too large: the weights of the rows sum to {total:g} in "
            f"{n_classes} classes, and nothing is left to divide by; give more rows, "
            "or ddof=0."
        )
    return free


def resolve_priors(priors, class_weights):
    """Prior probabilities (K,): those given, checked, or the shares of the weights."""
    if priors is None:
        return class_weights / class_weights.sum()
    priors = np.asarray(priors, dtype=np.float64)
    if priors.shape != class_weights.shape:
        raise ValueError(
            f"priors has shape {priors.shape}, but there are {len(class_weights)} "
            "classes; give one prior for each, in the order of classes_."
        )
    if not np.all(np.isfinite(priors)):
        raise ValueError(f"priors must be finite; got {priors}.")
    if np.any(priors < 0):
        raise ValueError(f"priors must be non-negative; got {priors}.")
    if not np.any(priors):
        raise ValueError("priors are all zero; give at least one class a positive one.")
    if abs(priors.sum() - 1.0) > 1e-5:
        warn("The priors do not sum to 1. Renormalizing", UserWarning)
        priors = priors / priors.sum()
    return priors


def n_components(asked, n_classes, n_features):
    """The number of columns that `transform` returns at most."""
    most = min(n_classes - 1, n_features)
    if asked is None:
        return most
    if asked > most:
        raise ValueError(
            "n_components cannot be larger than min(n_features, n_classes - 1) = "
            f"{most}; got {asked}."
        )
    return asked


def check_mergeable(lda, other):
    """Raise unless two estimators can be merged: the same columns, classes in order."""
    names = [getattr(each, "feature_names_in_", None) for each in (lda, other)]
    if lda.n_features_in_ != other.n_features_in_ or not np.array_equal(*names):
        raise ValueError(
            "The two were fitted to different columns: "
            f"{lda.n_features_in_} and {other.n_features_in_} features"
            + (", of different names." if names[0] is not names[1] else ".")
        )
    for each in (lda, other):
        check_classes(each.classes_, in_order=True)


def require_statistics(lda, purpose):
    """Return the statistics of the rows seen, or raise where the fit kept none."""
    if lda.statistics_ is None:
        raise ValueError(
            f"fit kept no covariance that {purpose} could add to, since it had "
            "fewer rows than features; start with partial_fit, or set "
            "store_covariance=True."
        )
    return lda.statistics_
