"""Tools of scikit-learn that wrap a classifier, and pairs (tool, classifier)."""

from estimator_pairs import CLASSIFIERS
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler
from sklearn.semi_supervised import SelfTrainingClassifier

# Tool -> (kind of rows, function that wraps an estimator e with a grid g).
WRAPPERS = {
    "Pipeline": ("classes", lambda e, g: make_pipeline(MinMaxScaler(), e)),
    "ColumnTransformer": (
        "classes",
        lambda e, g: make_pipeline(
            ColumnTransformer(
                [("m", MinMaxScaler(), [2, 3]), ("r", RobustScaler(), [0, 1])]
            ),
            e,
        ),
    ),
    "GridSearchCV": ("classes", lambda e, g: GridSearchCV(e, g, cv=3)),
    "RandomizedSearchCV": (
        "classes",
        lambda e, g: RandomizedSearchCV(e, g, n_iter=2, cv=3, random_state=0),
    ),
    "HalvingGridSearchCV": (
        "classes",
        lambda e, g: HalvingGridSearchCV(
            e, g, factor=2, cv=3, min_resources=60, random_state=0
        ),
    ),
    "CalibratedClassifierCV": (
        "classes",
        lambda e, g: CalibratedClassifierCV(e, cv=3),
    ),
    "StackingClassifier": (
        "classes",
        lambda e, g: StackingClassifier([("a", e), ("b", e)], cv=3),
    ),
    "VotingClassifier": (
        "classes",
        lambda e, g: VotingClassifier([("a", e), ("b", e)]),
    ),
    "BaggingClassifier": (
        "classes",
        lambda e, g: BaggingClassifier(e, n_estimators=5, random_state=0),
    ),
    "AdaBoostClassifier": (
        "classes",
        lambda e, g: AdaBoostClassifier(e, n_estimators=4, random_state=0),
    ),
    "OneVsRestClassifier": ("classes", lambda e, g: OneVsRestClassifier(e)),
    "OneVsOneClassifier": ("classes", lambda e, g: OneVsOneClassifier(e)),
    "MultiOutputClassifier": ("multilabel", lambda e, g: MultiOutputClassifier(e)),
    "ClassifierChain": (
        "multilabel",
        lambda e, g: ClassifierChain(e, cv=3, random_state=0),
    ),
    "SelfTrainingClassifier": ("unlabelled", lambda e, g: SelfTrainingClassifier(e)),
    "RFE": ("classes", lambda e, g: RFE(e, n_features_to_select=2)),
    "SelectFromModel": (
        "classes",
        lambda e, g: make_pipeline(SelectFromModel(e, threshold="median"), e),
    ),
    "TunedThresholdClassifierCV": (
        "binary",
        lambda e, g: TunedThresholdClassifierCV(e, cv=3, random_state=0),
    ),
}
# Tools that require a method or attribute which some estimators do not have.
WITHOUT_PROBABILITIES = {"SelfTrainingClassifier"}
WITHOUT_COEFFICIENTS = {"RFE", "SelectFromModel"}
PAIRS = [
    (tool, name)
    for tool in WRAPPERS
    for name in CLASSIFIERS
    if not (name == "Perceptron" and tool in WITHOUT_PROBABILITIES)
    and not (name == "MLPClassifier" and tool in WITHOUT_COEFFICIENTS)
]
