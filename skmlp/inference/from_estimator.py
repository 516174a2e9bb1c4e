"""Build the fields of a LogisticInference from a fitted estimator and its rows."""

import warnings
from dataclasses import replace

import numpy as np
import scipy.sparse
from sklearn.utils.sparsefuncs import mean_variance_axis
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
)

from skmlp.base.fitted_attributes import check_classes, fitted_linear
from skmlp.base.label_encoding import n_scores, row_weights
from skmlp.base.options import use_one_of
from skmlp.base.rows import dense
from skmlp.base.validation import (
    check_sample_weight,
    require_estimator,
    validate_data,
)
from skmlp.inference.centred_fit import (
    CentredFit,
    contrasts_at,
    less_origins,
    origins_of,
)
from skmlp.inference.contrast_risk import ContrastRisk, minimum_near
from skmlp.inference.covariance import COVARIANCES, estimate_covariance
from skmlp.logistic_regression.penalty import (
    penalty_at,
    penalty_of,
    penalty_per_parameter,
)
from skmlp.logistic_regression.problem import check_offset, loss_of
from skmlp.logistic_regression.separation import separation_at
from skmlp.losses.log_loss import is_log_loss
from skmlp.network import Network

__all__ = ["inference_fields"]

# Largest gradient by the coefficient of a column, divided by the column's root mean
# square, at an optimum. A larger gradient means that the estimator was fitted to
# other rows.
_LARGEST_SLOPE = 1e-3
# Only logistic regressions have all of these parameters.
_IDENTIFYING_PARAMETERS = ("solver", "dual", "fit_intercept", "intercept_scaling")


def inference_fields(
    fitted, X, y, sample_weight, cov, *, groups, offset, reference, feature_names
):
    """Return the fields of a LogisticInference, as a dict from name to value.

    The parameters are those of `LogisticInference.from_estimator`.
    """
    if cov not in COVARIANCES:
        raise ValueError(use_one_of(f"cov={cov!r} is unknown", COVARIANCES, got=cov))
    if (groups is None) == (cov == "cluster"):
        raise ValueError(
            "groups, the cluster of every row, must be given if cov='cluster', and "
            f"only then; got cov={cov!r} and "
            f"groups={'None' if groups is None else 'given'}."
        )
    weight_penalty, intercept_penalty = _ridge_penalties(fitted)
    X = validate_data(fitted, X, accept_sparse="csr", dtype=np.float64, reset=False)
    coef, intercept = fitted_linear(fitted, X.shape[1])
    check_classes(fitted.classes_, in_order=True)
    labels = _class_indices(fitted, X, y)
    names = _feature_names(fitted, feature_names)
    if sample_weight is not None or fitted.class_weight is not None:
        sample_weight = check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
    classes = fitted.classes_
    weight = row_weights(fitted.class_weight, classes, classes[labels], sample_weight)
    reference_index = _reference_index(reference, classes)
    ones = [np.ones((X.shape[0], 1))] if fitted.fit_intercept else []
    stack = scipy.sparse.hstack if scipy.sparse.issparse(X) else np.hstack
    origins = np.zeros(len(ones) + X.shape[1])
    if ones and not intercept_penalty:
        origins[1:] = origins_of(X)
    terms = stack([*ones, less_origins(X, origins[len(ones) :])])
    terms = terms.tocsr() if scipy.sparse.issparse(X) else terms
    K = len(classes)
    risk = ContrastRisk(
        terms=terms,
        y=labels.astype(np.float64)[:, np.newaxis] if K == 2 else labels,
        n_classes=K,
        reference=reference_index,
        l2_per_term=np.concatenate(
            [[intercept_penalty] * len(ones), [weight_penalty] * X.shape[1]]
        ),
        sample_weight=weight,
        offset=check_offset(offset, X.shape[0], n_scores(K), np.float64),
    )
    names = ["intercept"] * len(ones) + names
    coef = dense(coef).astype(np.float64)
    if fitted.fit_intercept:
        coef = np.column_stack([np.broadcast_to(intercept, len(coef)), coef])
    start = contrasts_at(origins, _to_contrasts(coef, reference_index), names)
    if not weight_penalty:
        _raise_if_separated(risk, X, labels, start, names[len(ones) :])
    contrasts = _refine_contrasts(risk, start, fitted, names)
    covariance, df = estimate_covariance(risk, contrasts, cov, groups, names)
    fit = CentredFit(risk, contrasts, covariance, origins)
    return {
        "terms": names,
        "classes": classes,
        "reference": classes[reference_index],
        "coefficients": fit.coefficients,
        "covariance": fit.covariance_of_coefficients,
        "cov": cov,
        "log_likelihood": _log_likelihood(risk, contrasts),
        "null_log_likelihood": _null_log_likelihood(risk, len(ones)),
        "n_observations": risk.total_weight,
        "degrees_of_freedom": df,
        "penalty": weight_penalty,
        "term_deviations": _standard_deviations(terms, weight),
        "_fit": fit,
        "has_intercept": bool(ones),
    }


def _ridge_penalties(fitted):
    """Return the ridge strengths of the weights and of the intercept, as a list.

    Raise TypeError if `fitted` is no logistic regression, and ValueError if it was
    fitted with an l1 penalty, bounds or bias reduction.
    """
    if not all(hasattr(fitted, name) for name in _IDENTIFYING_PARAMETERS):
        wanted = "LogisticRegression or a LogisticRegressionCV"
        require_estimator("fitted", fitted, (), wanted)
    check_is_fitted(fitted, "coef_")
    if hasattr(fitted, "C_"):
        C = float(np.ravel(fitted.C_)[0])
        share = np.ravel(fitted.l1_ratio_)[0] or 0.0
        penalty = penalty_at("elasticnet", C, share)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the fit has already warned
            penalty = penalty_of(fitted)
    if penalty.l1:
        raise ValueError(
            "An l1 penalty selects features, and standard errors that ignore the "
            "selection would be too small; fit with l1_ratio=0, or with C=np.inf on "
            "features that were selected on other rows."
        )
    if getattr(fitted, "bias_reduction", None) is not None:
        raise ValueError(
            "bias_reduction='firth' maximises another likelihood; fit with "
            "bias_reduction=None."
        )
    if not isinstance(getattr(fitted, "loss", "log_loss"), str):  # its only name
        loss = loss_of(fitted, np.shape(fitted.coef_)[0])
        if not (is_log_loss(loss) and loss.is_cross_entropy):
            raise ValueError(
                f"loss={fitted.loss!r} is not minus a log-likelihood that inference "
                "knows; fit with loss='log_loss'."
            )
    bounds = ("lower_bounds", "upper_bounds")
    if any(getattr(fitted, bound, None) is not None for bound in bounds):
        raise ValueError(
            "Estimates at a bound are not normally distributed; fit without "
            "lower_bounds and upper_bounds."
        )
    return penalty_per_parameter(fitted, penalty, Network((1, 1))).l2.tolist()


def _class_indices(fitted, X, y):
    """Return the class index of every row (n,), in the classes of the fit."""
    y = np.asarray(y)
    check_consistent_length(X, y)
    if y.ndim != 1:
        raise ValueError(
            f"Inference needs one label per row, but y has the shape {y.shape}; soft "
            "labels are not observations. Give the observed class of each row."
        )
    unknown = np.setdiff1d(y, fitted.classes_)
    if len(unknown):
        raise ValueError(
            f"y has labels that the estimator was not fitted to: {unknown[:5]}. Give "
            f"the y of its fit, whose classes are {list(fitted.classes_)[:5]}."
        )
    return np.searchsorted(fitted.classes_, y)


def _feature_names(fitted, feature_names):
    """Return the names of the features: given, from the fit, or x0, x1, ..."""
    n_features = fitted.n_features_in_
    if feature_names is None:
        feature_names = getattr(fitted, "feature_names_in_", None)
    if feature_names is None:
        return [f"x{j}" for j in range(n_features)]
    names = [str(name) for name in feature_names]
    if len(names) != n_features:
        raise ValueError(
            f"feature_names has {len(names)} names for {n_features} features; give one "
            "name for each column of X, in their order."
        )
    return names


def _reference_index(reference, classes):
    """Return the index of the class `reference`; None stands for the first class."""
    if reference is None:
        return 0
    found = np.flatnonzero(classes == reference)
    if not len(found) or (len(classes) == 2 and found[0] != 0):
        raise ValueError(
            f"reference={reference!r} must be one of the classes {list(classes)}; with "
            "two classes it must be the first."
        )
    return int(found[0])


def _to_contrasts(coef, reference):
    """Convert coefficients to contrasts: differences from those of the reference.

    With two classes `coef` has one row, and already is the contrast.
    """
    if len(coef) == 1:
        return coef
    return np.delete(coef - coef[reference], reference, axis=0)


def _raise_if_separated(risk, X, labels, contrasts, names):
    """Raise ValueError if the classes are separated: the likelihood has no maximum."""
    scores = risk.scores(contrasts)
    kept = slice(None) if risk.sample_weight is None else risk.sample_weight > 0
    separation = separation_at(
        X[kept],
        labels[kept],
        risk.n_classes,
        risk.terms.shape[1] > X.shape[1],
        scores[kept],
    )
    if separation:
        features = ", ".join(names[j] for j in separation.features[:10])
        raise ValueError(
            f"The classes are separated ({separation.kind} separation, by "
            f"{features or 'the intercept alone'}): the likelihood has no maximum, so "
            "the coefficients have no standard errors. Fit with a finite C, or for two "
            "classes with bias_reduction='firth'."
        )


def _refine_contrasts(risk, contrasts, fitted, names):
    """Return the contrasts that maximise the penalised likelihood.

    Raise ValueError if the `contrasts` of the fit are not near the maximum.
    """
    _, gradient = risk.value_and_gradient(contrasts.ravel())
    squares = (
        risk.terms.power(2) if scipy.sparse.issparse(risk.terms) else (risk.terms**2)
    )
    size = np.sqrt(np.asarray(squares.mean(axis=0)).ravel())
    slope = np.abs(gradient).reshape(contrasts.shape)
    if np.any((slope > 10 * fitted.tol) & (slope > _LARGEST_SLOPE * size)):
        output, term = np.unravel_index(np.argmax(slope), slope.shape)
        raise ValueError(
            "The estimator is not at the optimum of these rows: the mean "
            f"log-likelihood still rises by {slope[output, term]:.1e} per unit of the "
            f"coefficient of {names[term]}. Give the X, y, sample_weight and offset of "
            "its fit, or fit with a smaller tol or a larger max_iter."
        )
    found = minimum_near(risk, contrasts.ravel())
    if not found.converged:
        raise ValueError(
            "Newton's method finds no optimum near the estimator's coefficients: "
            "columns of X may be linearly dependent, or the classes separated. Fit "
            "with a finite C."
        )
    return found.parameters.reshape(contrasts.shape)


def _log_likelihood(risk, contrasts):
    """Return the weighted log-likelihood: Σᵢ sᵢ·log p(yᵢ)."""
    value, _ = risk.class_risk.value_and_gradient(risk.embed(contrasts))
    return -value * risk.total_weight


def _null_log_likelihood(risk, n_intercepts):
    """Return the maximised log-likelihood of a model of intercepts alone.

    Without intercepts, return that of a model whose coefficients are all zero.
    """
    terms = risk.terms[:, :1] if n_intercepts else np.zeros((risk.n_rows, 1))
    null = replace(
        risk, terms=dense(terms), l2_per_term=np.array([0.0 if n_intercepts else 1.0])
    )
    found = minimum_near(null, np.zeros(null.n_parameters))
    return _log_likelihood(null, found.parameters)


def _standard_deviations(terms, weight):
    """Return the weighted standard deviations of the columns of `terms`."""
    if scipy.sparse.issparse(terms):
        _, variances = mean_variance_axis(terms, axis=0, weights=weight)
        return np.sqrt(variances)
    mean = np.average(terms, axis=0, weights=weight)
    return np.sqrt(np.average((terms - mean) ** 2, axis=0, weights=weight))
