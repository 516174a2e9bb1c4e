"""Checks of the parameters of discriminant analysis, and their default values."""

import numpy as np

from skmlp.base.fitted_attributes import check_classes
from skmlp.base.label_encoding import require_two_classes
from skmlp.base.warn import warn
from skmlp.discriminant_analysis.gaussian_classes import round_to

RULES = ("auto", "oas")  # values of `shrinkage` that estimate its strength


def check(lda):
    """Raise ValueError if parameters of the estimator contradict each other."""
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
    """Return the reason why `partial_fit` and `merge` are not available, or None."""
    if lda.shrinkage in RULES or lda.covariance_estimator is not None:
        return (
            "partial_fit keeps sums and not rows, but shrinkage='auto' or 'oas' and "
            "covariance_estimator need all rows at once; use fit, or give shrinkage "
            "None or a number."
        )
    return None


def refuse_transform(lda):
    """Return the reason why `transform` is not available, or None."""
    if lda.solver == "lsqr":
        return "transform not implemented for 'lsqr' solver (use 'svd' or 'eigen')."
    return None


def refuse_leave_one_out(lda):
    """Return the reason why leave-one-out has no closed form, or None."""
    estimated = lda.shrinkage in RULES or lda.covariance_estimator is not None
    if estimated or (lda.shrinkage and target(lda) == "diagonal"):
        return (
            "leaving one row out has a closed form only without shrinkage or with a "
            "number towards the identity; else use sklearn.model_selection."
            "cross_val_predict(lda, X, y, cv=LeaveOneOut(), method='predict_proba')."
        )
    return None


def target(lda):
    """Return the target of shrinkage: 'identity' or 'diagonal'."""
    if lda.shrinkage_target is not None:
        return lda.shrinkage_target
    return "diagonal" if lda.shrinkage in RULES else "identity"


def check_number_of_rows(rows):
    """Raise ValueError unless `LabelledRows` have two classes, and more rows than that.

    Only rows of positive weight count as rows, but a class without them is a class.
    """
    require_two_classes(rows.classes)
    if rows.n_present > rows.n_classes_present:
        return
    weighted = ""
    if rows.n_present < len(rows.weights):
        weighted = f" Only {rows.n_present} of the rows have a weight above zero."
    raise ValueError(
        f"The number of samples must be more than the number of classes.{weighted}"
    )


def divisor(class_weights, ddof):
    """Return the divisor of the covariance within classes: Σₖ (wₖ − ddof)."""
    total, n_classes = class_weights.sum(), np.count_nonzero(class_weights)
    residual_df = total - ddof * n_classes
    if residual_df <= 0:
        raise ValueError(
            f"ddof={ddof:g} is too large: the weights of the rows sum to {total:g} in "
            f"{n_classes} classes, and the covariance has no positive divisor; give "
            "more rows, or ddof=0."
        )
    return residual_df


def round_covariance(covariance, dtype):
    """Return a covariance (d, d) as numbers of type `dtype`, or float64 if needed.

    That is if numbers overflow, or if variances underflow.
    """
    rounded = round_to(covariance, dtype)
    variances = np.diag(covariance)[np.diag(covariance) > 0]
    fits = np.all(variances >= float(np.finfo(dtype).smallest_normal))
    return rounded if fits else covariance


def resolve_priors(priors, class_weights):
    """Return the prior probabilities (K,): `priors`, or the class shares if None.

    Raise ValueError unless `priors` are finite and non-negative, one for each class;
    warn and renormalise if they do not sum to 1.
    """
    if priors is None:
        return class_weights / class_weights.sum()
    try:
        priors = np.asarray(priors)
        if priors.dtype.kind == "c":
            raise TypeError("they are complex")
        priors = priors.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"priors must be finite numbers: {error}.") from None
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
    with np.errstate(over="ignore"):
        total = priors.sum()
    if abs(total - 1.0) > 1e-5:
        warn("The priors do not sum to 1. Renormalizing", UserWarning)
        priors = priors / priors.max()  # their sum might overflow or underflow
        priors = priors / priors.sum()
    return priors


def n_components(requested, n_classes, n_features):
    """Return the maximum number of columns of `transform`; `requested` may be None.

    Raise ValueError if more components are requested than there are directions.
    """
    maximum = min(n_classes - 1, n_features)
    if requested is None:
        return maximum
    if requested > maximum:
        raise ValueError(
            "n_components cannot be larger than min(n_features, n_classes - 1) = "
            f"{maximum}; got {requested}."
        )
    return requested


def check_mergeable(lda, other):
    """Raise ValueError unless two estimators have equal columns and sorted classes."""
    names = [getattr(each, "feature_names_in_", None) for each in (lda, other)]
    if lda.n_features_in_ != other.n_features_in_ or not np.array_equal(*names):
        raise ValueError(
            "The two estimators were fitted to different columns: "
            f"{lda.n_features_in_} and {other.n_features_in_} features"
            + (", of different names." if names[0] is not names[1] else ".")
        )
    for each in (lda, other):
        check_classes(each.classes_, in_order=True)


def require_statistics(lda, purpose):
    """Return `lda.statistics_`; raise ValueError if the fit kept none.

    `purpose` is the method that needs them, for the message.
    """
    if lda.statistics_ is None:
        raise ValueError(
            f"fit kept no covariance that {purpose} could add to, since it had "
            "fewer rows than features; start with partial_fit, or set "
            "store_covariance=True."
        )
    return lda.statistics_
