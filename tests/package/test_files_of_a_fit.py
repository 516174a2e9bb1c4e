"""Limits of the number of files that a fit runs, and of base classes of an estimator.

To understand how an estimator learns, read the files whose functions run in a fit.
`pytest -n 0 -s tests/package/test_files_of_a_fit.py` prints them.
"""

import warnings

import pytest
from files_of_a_call import files_of
from sklearn.base import BaseEstimator

import skmlp
from skmlp import _kernels

# Estimator -> (maximum number of files, parameters that make fits reproducible).
MOST_FILES = {
    "Perceptron": (12, {}),
    "LinearDiscriminantAnalysis": (12, {}),
    "LogisticRegression": (19, {}),
    "MLPClassifier": (28, {"random_state": 0}),
    "MLPRegressor": (28, {"random_state": 0}),
}
# With the reference kernels, the batches of a network run the files of activations,
# loss and update rule, instead of one compiled file. A logistic regression also looks
# for the namespace of its arrays.
MOST_FILES_IN_REFERENCE = {
    "LogisticRegression": 20,
    "MLPClassifier": 31,
    "MLPRegressor": 31,
}
# A fit that warns runs its warnings, the checks of X and y, the advice, and `warn`.
MOST_FILES_OF_A_WARNING = 4
MOST_BASE_CLASSES = 3
ESTIMATORS = sorted(
    name
    for name in skmlp.__all__
    if isinstance(getattr(skmlp, name), type)
    and issubclass(getattr(skmlp, name), BaseEstimator)
)


def files_and_warnings_of(call):
    """Return {file: functions of skmlp that run in it} of a call, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        files = files_of(call)
    return files, [each.category.__name__ for each in caught]


@pytest.mark.parametrize("data", ["iris", "breast_cancer", "wine", "digits"])
@pytest.mark.parametrize("name", MOST_FILES)
def test_a_fit_goes_through_few_files(name, data, bundled):
    X, y = bundled(data)
    most, settings = MOST_FILES[name]
    if _kernels.NAME == "reference":
        most = MOST_FILES_IN_REFERENCE.get(name, most)
    estimator = getattr(skmlp, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator(**settings).fit(X, y)  # runs functions that a process runs only once
    files, caught = files_and_warnings_of(lambda: estimator(**settings).fit(X, y))
    most += MOST_FILES_OF_A_WARNING * bool(caught)
    print(f"\n{name}, {data}: {len(files)} files (limit {most})", *caught)
    for file in sorted(files):
        print(f"  {file}: {', '.join(files[file])}")
    assert len(files) <= most


def test_a_file_in_which_a_function_runs_is_found():
    from skmlp.base.text import listed

    files, caught = files_and_warnings_of(lambda: listed("abc"))
    assert files == {"base/text.py": ["listed"]}
    assert caught == []


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_has_few_base_classes_of_ours(name):
    own, *others = getattr(skmlp, name).__mro__
    ours = [
        base.__name__
        for base in others
        if base.__module__.startswith("skmlp.")
        and base.__module__ != "skmlp.base.compat"  # stands in for scikit-learn's
    ]
    print(f"\n{name}: {', '.join(ours) or 'none'} (at most {MOST_BASE_CLASSES})")
    assert own.__module__.startswith("skmlp.")
    assert len(ours) <= MOST_BASE_CLASSES
