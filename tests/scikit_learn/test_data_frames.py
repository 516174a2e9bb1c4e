"""Tables of pandas, polars and pyarrow as input and as output."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.discriminant_analysis
from estimator_pairs import ours, outputs, over_all, over_classifiers
from numpy.testing import assert_allclose
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from versions import LIKE_THEIR_SVD, POLARS_WITHOUT_NAMES

import skmlp

pytestmark = [
    # Few iterations on purpose.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("one_thread"),
]


FEATURES = ["sepal length", "sepal width", "petal length", "petal width"]
FRAMES = {
    "pandas": lambda X, names: pd.DataFrame(X, columns=names),
    "polars": lambda X, names: pl.DataFrame(X, schema=list(names)),
    "pyarrow": lambda X, names: pa.table(dict(zip(names, X.T, strict=True))),
}
NO_NAMES = pytest.mark.skipif(
    POLARS_WITHOUT_NAMES,
    reason="scikit-learn before 1.9 reads no names from a newer polars",
)
POLARS = pytest.param("polars", marks=NO_NAMES)
over_frames = pytest.mark.parametrize("library", ["pandas", POLARS, "pyarrow"])


@over_frames
@over_all
def test_a_table_gives_the_feature_names_and_the_result_of_its_array(
    name, library, rows
):
    X, y = rows("classes")
    table = FRAMES[library](X, FEATURES)
    fitted = ours(name).fit(table, y)
    assert list(fitted.feature_names_in_) == FEATURES
    assert_allclose(
        outputs(fitted, table), outputs(ours(name).fit(X, y), X), rtol=1e-10, atol=1e-12
    )


@over_frames
@over_all
def test_other_feature_names_are_refused_at_predict(name, library, rows):
    X, y = rows("classes")
    fitted = ours(name).fit(FRAMES[library](X, FEATURES), y)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(FRAMES[library](X[:, ::-1], FEATURES[::-1]))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        fitted.predict(X)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@over_classifiers
def test_labels_may_come_in_a_column(name, library, rows):
    X, y = rows("classes")
    words = np.array(["setosa", "versicolor", "virginica"])[y]
    column = {"pandas": pd.Series, "polars": pl.Series}[library](words)
    fitted = ours(name).fit(FRAMES[library](X, FEATURES), column)
    assert list(fitted.classes_) == ["setosa", "versicolor", "virginica"]
    assert np.mean(fitted.predict(FRAMES[library](X, FEATURES)) == words) > 0.8


@pytest.mark.parametrize(
    ("library", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)]
)
@pytest.mark.parametrize("where", ["alone", "pipeline", "columns"])
def test_discriminants_come_out_as_a_table(where, library, kind, rows):
    if (library, where) == ("polars", "columns") and POLARS_WITHOUT_NAMES:
        pytest.skip(NO_NAMES.kwargs["reason"])
    X, y = rows("classes")
    table = FRAMES[library](X, FEATURES)
    lda = skmlp.LinearDiscriminantAnalysis(**LIKE_THEIR_SVD)
    transformer = {
        "alone": lda,
        "pipeline": make_pipeline(StandardScaler(), lda),
        "columns": ColumnTransformer(
            [("lda", lda, FEATURES)], verbose_feature_names_out=False
        ),
    }[where].set_output(transform=library)
    out = transformer.fit_transform(table, y)
    assert isinstance(out, kind)
    assert list(out.columns) == [
        "lineardiscriminantanalysis0",
        "lineardiscriminantanalysis1",
    ]
    plain = sklearn.discriminant_analysis.LinearDiscriminantAnalysis()
    if where != "pipeline":
        expected = np.abs(plain.fit_transform(X, y))
        assert_allclose(np.abs(out.to_numpy()), expected, rtol=1e-6, atol=1e-9)
