"""The method `transform`: projections on the discriminant directions."""

from __future__ import annotations

import numpy as np
import scipy.sparse
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skmlp.base.availability import unavailable_when
from skmlp.base.fitted_attributes import fitted_array
from skmlp.base.types import Array, MatrixLike
from skmlp.base.validation import validate_data
from skmlp.discriminant_analysis.parameters import refuse_transform

__all__ = ["DiscriminantDirections"]


class DiscriminantDirections(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Mixin: `transform` projects rows by the attributes `scalings_` and `xbar_`."""

    def transform(self, X: MatrixLike) -> Array:
        """Project rows on the directions that separate the class means best.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to be projected.

        Returns
        -------
        projected : ndarray of shape (n_samples, min(rank, n_components))
            Coordinates of the rows along the directions, the best direction first. With
            solver 'svd', `xbar_` is first subtracted from the rows.

        Raises
        ------
        NotImplementedError
            With solver 'lsqr', which computes no directions and has no `transform`.
        """
        check_is_fitted(self)
        X = validate_data(
            self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False
        )
        scalings = fitted_array("scalings_", self.scalings_, (X.shape[1], None))
        scalings = scalings[:, : self._n_features_out]
        if self.solver == "eigen":
            return X @ scalings
        centre = fitted_array("xbar_", self.xbar_, (X.shape[1],))
        if scipy.sparse.issparse(X):
            return X @ scalings - centre @ scalings
        return (X - centre) @ scalings


# Decorated here, not in the class body, because scikit-learn's `set_output` would wrap
# the decorated method in one that is always available.
for _name in ("transform", "fit_transform"):
    _method = getattr(DiscriminantDirections, _name)
    _method = unavailable_when(refuse_transform)(_method)
    setattr(DiscriminantDirections, _name, _method)
