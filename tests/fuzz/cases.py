"""Draw random cases: estimator, parameters, data and calls.

A case depends on the seed and its number only: `draw(0, 17)` is always equal. No array
is made here; `data.py` makes the arrays, and `calls.py` calls the estimator.
"""

import random
from dataclasses import dataclass
from math import inf, nan

from skmlp.activations import Activation
from skmlp.initializers import Initializer
from skmlp.losses import ClassifierLoss, Loss
from skmlp.solvers import Schedule, UpdateRule

NETWORKS = ("MLPClassifier", "MLPRegressor")
ESTIMATORS = ("Perceptron", "LinearDiscriminantAnalysis", "LogisticRegression")
ESTIMATORS += ("LogisticRegressionCV", *NETWORKS, "AssociationUnits")
# How often each is drawn: those with more parameters more often.
_SHARES = (3, 3, 5, 1, 5, 4, 1)

ROWS = (1, 2, 3, 5, 8, 13, 20, 20, 40, 40, 100, 300)
COLUMNS = (1, 1, 2, 3, 5, 8, 17, 40)
CLASSES = (2, 2, 2, 3, 3, 4, 9, 25)
DTYPES = ("float64", "float64", "float64", "float32", "float32", "int64", "object")
LAYOUTS = ("C", "C", "C", "Fortran", "every other row", "every other column")
LAYOUTS += ("reversed rows", "middle columns", "read-only", "unaligned")
FORMATS = ("csr", "csr", "csc", "coo")
FORMS = ("plain", "plain", "64-bit indices", "duplicates", "unsorted")
# What is done to some columns of X; 'scale' multiplies one by a power of ten.
COLUMN_FAULTS = ("scale", "scale", "scale", "subnormal", "constant", "zeros", "copy")
COLUMN_FAULTS += ("far from zero", "sum of others", "one row only", "huge constant")
SIZES_OF_CLASSES = ("equal", "equal", "one row", "rare", "two rows")
WEIGHTS = (None, None, None, "random", "some zero", "one row", "ten decades", "huge")
WEIGHTS += ("tiny", "class without weight", "all zero", "subnormal", "integers")
LABELS = ("ints", "ints", "texts", "bools", "floats", "from minus three")

_STEPS = ("fit", "fit again", "fit other y", "fit other weights", "fit more rows")
_STREAM = ("partial_fit", "partial_fit one row", "partial_fit other weights")
_REFUSED = ("fit NaN", "fit one class", "fit wrong weights", "fit fewer columns")
_REFUSED += ("fit negative weight", "fit text")
_BETWEEN = ("warm_start", "other alpha", "pickle", "deepcopy", "no warm_start")


@dataclass(frozen=True)
class Power:
    """Drawn as ten to a whole power from `low` to `high`."""

    low: int
    high: int


@dataclass(frozen=True)
class Case:
    """Description of a case by names and numbers; see `draw`."""

    seed: int
    number: int
    estimator: str
    settings: dict
    data: dict
    calls: tuple


def draw(seed, number):
    """Return the Case of a number."""
    rng = random.Random(f"{seed}/{number}")
    (estimator,) = rng.choices(ESTIMATORS, _SHARES)
    data = _data(rng, estimator)
    calls = _calls(rng, estimator)
    settings = _settings(rng, estimator, data)
    if rng.random() < 0.9:  # else parameters may contradict, and the fit is refused
        _reconcile(rng, estimator, settings, data, calls)
    return Case(seed, number, estimator, settings, data, calls)


def _some(rng, share, **choices):
    """Return {name: drawn value}; each name is there with the probability `share`."""
    return {n: _value(rng, v) for n, v in choices.items() if rng.random() < share}


def _value(rng, choices):
    value = rng.choice(choices)
    if isinstance(value, Power):
        return float(f"1e{rng.randint(value.low, value.high)}")
    return value


def _data(rng, estimator):
    data = {
        "rows": rng.choice(ROWS),
        "columns": rng.choice(COLUMNS),
        "dtype": rng.choice(DTYPES),
        "layout": rng.choice(LAYOUTS),
        "separation": rng.choice((0, 1, 1, 20)),
        "weights": rng.choice(WEIGHTS),
        "faults": [],
        "format": None,
    }
    if estimator == "MLPRegressor":
        scale = _value(rng, (1.0, 1.0, 1.0, Power(-300, 300), Power(-8, 8)))
        kind = rng.choice(("numbers", "numbers", "positive", "counts", "constant"))
        data |= {"target": kind, "outputs": rng.choice((0, 0, 1, 3)), "y_scale": scale}
    else:
        data |= {"target": "labels", "classes": rng.choice(CLASSES)}
        data |= {"sizes": rng.choice(SIZES_OF_CLASSES), "labels": rng.choice(LABELS)}
        if data["labels"] == "bools":
            data["classes"] = 2
        data["rows"] = rng.choice((data["rows"], max(data["rows"], data["classes"])))
    if estimator == "MLPClassifier" and rng.random() < 0.2:
        data["target"] = rng.choice(("multilabel", "multioutput"))
    if estimator == "LogisticRegression" and rng.random() < 0.1:
        data["target"] = "soft"
    if rng.random() < 0.25:
        data |= {"format": rng.choice(FORMATS), "form": rng.choice(FORMS)}
        data |= {"density": rng.choice((0.05, 0.3, 1.0))}
        data |= {"dtype": rng.choice(("float64", "float32", "int64"))}
    if rng.random() < 0.5:
        for _ in range(rng.choice((1, 1, 2, 4))):
            fault, limits = rng.choice(COLUMN_FAULTS), (-320, 300)
            if data["dtype"] != "float64":
                limits = (-45, 36) if data["dtype"] == "float32" else (0, 15)
            data["faults"].append((rng.randrange(40), fault, rng.randint(*limits)))
    if rng.random() < 0.1:
        power = rng.randint(-300, 300) if data["dtype"] == "float64" else 10
        data["scale"] = float(f"1e{power}")
    return data


def _calls(rng, estimator):
    """Return the names of the calls, the first of which fits."""
    if estimator in ("AssociationUnits", "LogisticRegressionCV"):
        return ("fit", *rng.sample(("fit again", *_REFUSED), rng.choice((0, 1))))
    first = rng.choice(("fit", "fit", "fit", "partial_fit"))
    if estimator in NETWORKS and rng.random() < 0.1:
        first = "initialize"
    kinds = (*_STEPS, *_STREAM, *_BETWEEN, *rng.sample(_REFUSED, 3))
    return (first, *rng.choices(kinds, k=rng.choice((0, 0, 1, 2, 3))))


def _settings(rng, estimator, data):
    settings = globals()[f"_settings_of_{estimator}"](rng, data)
    if estimator not in (*NETWORKS[1:], "LinearDiscriminantAnalysis"):
        names = label_names(data)
        weight = rng.choice((None, None, None, "balanced", "dict"))
        if weight == "dict":
            values = (1, 0, 2.5, Power(-30, 30), Power(-300, 300))
            weight = {name: _value(rng, values) for name in names}
            if rng.random() < 0.1:
                weight[names[0]] = rng.choice((nan, inf, -1))
        if weight is not None:
            settings["class_weight"] = weight
    return settings


def label_names(data):
    """Return the class labels of the data."""
    numbers = range(data.get("classes", 2))
    make = {
        "ints": int,
        "texts": "class {}".format,
        "bools": bool,
        "floats": float,
        "from minus three": lambda k: k - 3,
    }[data.get("labels", "ints")]
    return [make(number) for number in numbers]


def _settings_of_Perceptron(rng, data):
    return {"max_iter": rng.choice((1, 3, 20, 100))} | _some(
        rng,
        0.3,
        penalty=("l1", "l2", "elasticnet"),
        alpha=(0, 1e-4, 0.5, Power(-300, 300), Power(-6, 6)),
        l1_ratio=(0.0, 0.5, 1.0),
        fit_intercept=(False,),
        tol=(None, 0.0, Power(-12, 12)),
        shuffle=(False,),
        eta0=(0.1, Power(-12, 12), Power(-300, 300)),
        early_stopping=(True,),
        validation_fraction=(0.01, 0.2, 0.5, 0.99),
        n_iter_no_change=(1, 2, 100),
        average=(True,),
        warm_start=(True,),
        multi_class=("joint",),
        margin=(0.5, Power(-300, 300)),
        random_state=(None, 7),
    )


def _settings_of_LinearDiscriminantAnalysis(rng, data):
    n_classes = data["classes"]
    even = [1 / n_classes] * n_classes
    spread = [10.0 ** -(300 * k // n_classes) for k in range(n_classes)]
    return _some(
        rng,
        0.3,
        solver=("svd", "lsqr", "eigen"),
        shrinkage=("auto", "oas", 0.0, 0.3, 1.0, 1e-300),
        priors=(even, [0.0, *even[1:]], spread, [1.0] + [0.0] * (n_classes - 1)),
        n_components=(1, 2),
        store_covariance=(True,),
        tol=(0.0, 0.1, Power(-300, 0)),
        shrinkage_target=("identity", "diagonal"),
        ddof=(0, 1, 0.5, 30),
        store_loo=(True,),
    )


_L1_SOLVERS = ("saga", "liblinear")
_SOLVERS = ("lbfgs", "newton-cg", "newton-cholesky", "liblinear", "sag", "saga")
_C = (1.0, 1e-3, 100.0, inf, Power(-300, 300), Power(-300, 300), Power(-6, 9))


def _rules(rng):
    return rng.choice((*UpdateRule.table, "SGD(momentum=0.99)", "RMSprop(decay=0.0)"))


def _rates(rng):
    return _some(
        rng,
        0.5,
        learning_rate=(*Schedule.table, "WarmUp(3)", "StepDecay(2, 1e-9)"),
        learning_rate_init=(0.1, 0.01, Power(-12, 12), Power(-3, 2)),
        batch_size=(1, 2, 7, 32, 100_000),
    )


def _settings_of_LogisticRegression(rng, data):
    solver = rng.choice((*_SOLVERS, *_SOLVERS, None))
    settings = {"solver": solver or _rules(rng)}
    settings |= {"max_iter": rng.choice((0, 1, 5, 30, 100, 300))}
    settings |= _some(
        rng,
        0.3,
        l1_ratio=(0.5, 1.0, 1e-12, 0.999),
        fit_intercept=(False,),
        intercept_scaling=(10.0, Power(-300, 300)),
        dual=(True,),
        tol=(0.0, 1e-2, Power(-300, 3)),
        warm_start=(True,),
    )
    settings |= _some(rng, 0.5, C=_C)
    if rng.random() < 0.15:
        lower, upper = (-0.1, 0.0, -1e300, -inf), (0.0, 0.1, 1e-300, inf)
        settings |= _some(rng, 0.7, lower_bounds=lower, upper_bounds=upper)
    if rng.random() < 0.1:
        settings |= {"bias_reduction": "firth", "C": inf, "solver": "newton-cholesky"}
    return settings if solver else settings | _rates(rng)


def _settings_of_LogisticRegressionCV(rng, data):
    settings = {"cv": rng.choice((2, 3)), "Cs": rng.choice((2, [1e-3, 1e3], [1e-300]))}
    settings |= {"l1_ratios": (0.0,), "use_legacy_attributes": False}
    settings |= {"solver": rng.choice(_SOLVERS), "max_iter": rng.choice((5, 30))}
    settings["scoring"] = rng.choice(("accuracy", "neg_log_loss", None))
    return settings | _some(
        rng,
        0.3,
        l1_ratios=((0.0, 0.5), (1.0,)),
        fit_intercept=(False,),
        tol=(0.0, Power(-12, 3)),
        refit=(False,),
        Cs=([1e300], [1e-300, 1e300], 3),
    )


def _settings_of_AssociationUnits(rng, data):
    settings = {"n_units": rng.choice((1, 5, 60))}
    settings |= {"then": rng.choice(("Perceptron", "LogisticRegression"))}
    return settings | _some(
        rng,
        0.4,
        n_connections=(1, 3, 40),
        excitatory=(0.0, 0.5, 1.0),
        thresholds=(0.0, Power(-300, 300), -1.0),
        activity=(0.01, 0.5, 0.99),
        sparse_output=(False,),
    )


def _settings_of_network(rng):
    hidden = tuple(rng.choices((1, 2, 5, 16), k=rng.choice((0, 1, 1, 2, 3))))
    names = (*Activation.table, "LeakyReLU(0.3)", "ELU(2.0)", "Sign(0.5)")
    settings = {"hidden_layer_sizes": hidden, "activation": rng.choice(names)}
    if hidden and rng.random() < 0.1:
        settings["activation"] = [rng.choice(names[:-3]) for _ in hidden]
    settings["solver"] = rng.choice(("lbfgs", "adam", "sgd", _rules(rng), _rules(rng)))
    settings["max_iter"] = rng.choice((1, 2, 5, 15, 40))
    settings |= _rates(rng)
    return settings | _some(
        rng,
        0.15,
        alpha=(0.0, 1.0, Power(-300, 300), Power(-6, 6)),
        power_t=(0.0, 2.0, 300.0),
        shuffle=(False,),
        tol=(0.0, 0.5, Power(-12, 12)),
        momentum=(0.0, 0.999, 1.0),
        nesterovs_momentum=(False,),
        beta_1=(0.0, 0.999999),
        beta_2=(0.0, 0.1, 0.999999),
        epsilon=(Power(-300, 3),),
        early_stopping=(True, "loss"),
        validation_fraction=(0.0, 0.01, 0.5, 0.9),
        n_iter_no_change=(1, 2, inf),
        max_fun=(1, 10),
        on_divergence=("raise", "backoff", "backoff"),
        scoring=("loss",),
        restore_best=(False,),
        warm_start=(True,),
        record=("batches", "epoch"),
        weight_init=(*Initializer.table, "Orthogonal(100.0)"),
        n_init=(2,),
        l1_ratio=(0.5, 1.0),
        dropout=(0.2, 0.9),
        input_dropout=(0.3,),
        input_noise=(0.1, 1e30),
        clip_value=(1e-3, Power(-300, 300)),
        clip_norm=(1e-3, Power(-300, 300)),
        max_norm=(0.1, Power(-300, 300)),
    )


def _settings_of_MLPClassifier(rng, data):
    settings = _settings_of_network(rng)
    names = (*ClassifierLoss.table, "LogLoss(0.1)", "FocalLoss(0.5)", "FocalLoss(9.0)")
    return settings | _some(rng, 0.4, loss=names)


def _settings_of_MLPRegressor(rng, data):
    settings = _settings_of_network(rng)
    names = (*Loss.regression_table, "Huber(0.3)", "Quantile([0.1, 0.5, 0.8])")
    settings |= _some(rng, 0.6, loss=(*names, "Huber(1e-300)"))
    return settings | _some(rng, 0.3, scale_target=(True, "auto"))


_NOT_BY_LBFGS = ("dropout", "input_dropout", "input_noise", "clip_value", "clip_norm")
_NOT_BY_LBFGS += ("max_norm", "l1_ratio")
_OF_MINI_BATCHES = ("learning_rate", "learning_rate_init", "batch_size")


def _reconcile(rng, estimator, settings, data, calls):
    """Remove parameters that contradict each other, so that the fit is not refused."""

    def leave_out(*names):
        for name in names:
            settings.pop(name, None)

    stream = any(call.startswith("partial_fit") for call in calls)
    if stream or data["rows"] < 20:
        leave_out("early_stopping")
    if data["target"] in ("multilabel", "multioutput"):
        leave_out("class_weight")
    if data["format"]:
        leave_out("input_noise")
    if settings.get("solver") == "gd":
        leave_out("batch_size")
    if estimator in NETWORKS and settings["solver"] == "lbfgs":
        leave_out(*_NOT_BY_LBFGS)
    if estimator == "MLPRegressor" and settings.get("loss") in ("poisson", "gamma"):
        data["target"] = "positive" if settings["loss"] == "gamma" else "counts"
        leave_out("scale_target")
    if estimator == "LinearDiscriminantAnalysis":
        if settings.get("shrinkage") is None:
            leave_out("shrinkage_target")
        if settings.get("shrinkage") in ("auto", "oas"):
            leave_out("store_loo")
        if settings.get("n_components", 1) > min(data["columns"], data["classes"] - 1):
            leave_out("n_components")
    if estimator.startswith("LogisticRegression"):
        _reconcile_logistic(rng, settings, data, leave_out)


def _reconcile_logistic(rng, settings, data, leave_out):
    if "bias_reduction" in settings:
        leave_out("l1_ratio", "lower_bounds", "upper_bounds")
        data["classes"] = 2
    elif {"lower_bounds", "upper_bounds"} & set(settings):
        settings["solver"] = rng.choice(("lbfgs", "sag", "saga"))
    if settings["solver"] == "liblinear":
        data["classes"] = 2
        if "l1_ratio" in settings:
            settings["l1_ratio"] = 1.0
        if settings.get("C") == inf:
            leave_out("C")
        if settings.get("l1_ratio") == 1.0:
            leave_out("dual")
    else:
        leave_out("dual")
    if settings["solver"] not in _L1_SOLVERS:
        leave_out("l1_ratio")
        if "l1_ratios" in settings:
            settings["l1_ratios"] = (0.0,)
    elif settings["solver"] == "liblinear" and 0.5 in settings.get("l1_ratios", ()):
        settings["l1_ratios"] = (0.0, 1.0)
    if settings["solver"] in _SOLVERS:
        leave_out(*_OF_MINI_BATCHES)
    weight = settings.get("class_weight")
    if isinstance(weight, dict):  # the classes may be fewer now
        settings["class_weight"] = {n: weight[n] for n in label_names(data)}
