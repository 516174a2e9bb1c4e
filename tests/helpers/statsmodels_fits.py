"""Logistic fits of statsmodels with tight tolerances."""

import warnings

import numpy as np
import statsmodels.api as sm


def fit_quietly(model, **settings):
    """Return the fit of a model of statsmodels, without output and warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(disp=0, maxiter=200, **settings)


def logit(X, y, **settings):
    return fit_quietly(sm.Logit(y, sm.add_constant(X)), method="newton", **settings)


def mnlogit(X, y, **settings):
    codes = np.unique(y, return_inverse=True)[1]
    return fit_quietly(
        sm.MNLogit(codes, sm.add_constant(X)), method="newton", gtol=1e-10, **settings
    )
