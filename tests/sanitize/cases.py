"""Draw random cases: estimator, parameters, arrays, fault, and calls.

A case depends on its number only, and `draw` makes no arrays: `draw(17)` is always
equal. `run.py` makes the arrays and calls the estimator.
"""

import random
from dataclasses import asdict, dataclass

from skmlp.activations import Activation
from skmlp.initializers import Initializer
from skmlp.losses import ClassifierLoss, Loss
from skmlp.solvers import Schedule, UpdateRule

CLASSIFIERS = ("Perceptron", "LinearDiscriminantAnalysis", "LogisticRegression")
CLASSIFIERS += ("MLPClassifier",)
ESTIMATORS = (*CLASSIFIERS, "MLPRegressor")
NETWORKS = ("MLPClassifier", "MLPRegressor")
KERNELS = ("gradient_step", "momentum_step", "adam_step", "amsgrad_step", "nadam_step")
KERNELS += ("rmsprop_step", "adagrad_step", "adadelta_step", "class_moments")
KERNELS += ("perceptron_epochs", "coordinate_sweeps", "column_products", "violations")
KERNELS += ("log_loss", "train_batches", "objective_sums", "network_scores")
KERNELS += ("curvature_sums", "limited_memory_direction", "run_program")

# Sizes near multiples of the vector length, where vectorised loops end.
WIDTHS = (1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 40, 64, 70)
ROWS = (1, 2, 3, 4, 5, 8, 16, 17, 31, 33, 60, 63, 64, 65, 128, 200, 257, 300)
DTYPES = ("float64", "float32", "float16", "longdouble", "int64", "int8", "uint16")
DTYPES += ("bool", ">f8", ">f4", "<i4", "object")
LAYOUTS = ("C", "Fortran", "reversed rows", "reversed columns", "broadcast row")
LAYOUTS += ("broadcast column", "sliding windows", "every other row")
LAYOUTS += ("every other column", "middle columns", "unaligned", "record field")
LAYOUTS += ("read-only", "memory-mapped", "no rows", "one row", "nested lists")
FORMATS = ("csr_matrix", "csr_array", "csc_matrix", "csc_array", "coo_matrix")
FORMATS += ("coo_array",)
# Valid matrices in an unusual form.
ODD_SPARSE = ("duplicates", "unsorted indices", "explicit zeros", "64-bit indices")
ODD_SPARSE += ("room after the entries", "no entries")
# Malformed matrices: estimators must raise an error.
BAD_SPARSE = ("index past the width", "index far out", "negative index")
BAD_SPARSE += ("index that wraps to 32 bits", "pointer past the end")
BAD_SPARSE += ("pointers go down", "negative pointer", "first pointer not zero")
BAD_SPARSE += ("data too short", "indices too short", "pointers too short")
ATTRIBUTES = {
    "Perceptron": ("coef_", "intercept_", "classes_"),
    "LinearDiscriminantAnalysis": (
        *("coef_", "intercept_", "classes_", "means_", "xbar_", "scalings_"),
        *("covariance_", "priors_"),
    ),
    "LogisticRegression": ("coef_", "intercept_", "classes_"),
    "MLPClassifier": ("coefs_", "intercepts_", "classes_", "n_layers_", "n_outputs_"),
    "MLPRegressor": ("coefs_", "intercepts_", "n_layers_", "n_outputs_"),
}
CHANGES = ("first row only", "last column cut", "transposed", "float16", "float32")
CHANGES += ("objects", "None", "list", "scalar", "flat", "empty", "one more row")
CHANGES += ("reversed view", "NaN", "integers", "strings", "Fortran", "deleted")
CHANGES += ("fewer layers", "one layer more", "layers reversed")
KERNEL_FAULTS = ("none", "wrong length", "odd layout", "other dtype")
SOLVERS = ("lbfgs", "newton-cg", "newton-cholesky", "liblinear", "sag", "saga")


@dataclass(frozen=True)
class Case:
    """Description of a case by names and numbers; see `draw`."""

    number: int
    subject: str  # an estimator, or 'kernel ...'
    fault: str  # the group of faults: a row of the table
    settings: dict
    data: dict
    calls: tuple

    @property
    def kind(self):
        """Pair (estimator or kernel, group of faults): a row of the printed table."""
        return self.subject, self.fault

    def __str__(self):
        """Return all fields as text, one per line."""
        lines = [f"case {self.number}: {self.subject}, {self.fault}"]
        for name in ("settings", "data"):
            lines += [f"  {name}:"]
            lines += [f"    {key} = {v!r}" for key, v in asdict(self)[name].items()]
        return "\n".join([*lines, f"  calls: {', '.join(self.calls)}"])


def draw(number):
    """Return the Case of a number."""
    rng = random.Random(number)
    if rng.random() < 0.2:
        return _kernel_case(number, rng)
    subject = rng.choice((*ESTIMATORS, *NETWORKS, "LogisticRegression"))
    data = _data(rng, subject)
    fault = rng.choice(("no fault", "layout", "layout", "sparse", "bad sparse"))
    if rng.random() < 0.2:
        fault = "attribute"
        data["attribute"] = rng.choice(ATTRIBUTES[subject])
        data["change"] = rng.choice(CHANGES)
        data["all_items"] = rng.random() < 0.5
    if fault == "layout":
        data["layout"] = rng.choice(LAYOUTS)
        if rng.random() < 0.5:  # other dtypes are copied, which loses the layout
            data["dtype"] = rng.choice(DTYPES)
    if fault.endswith("sparse") or (fault == "attribute" and rng.random() < 0.3):
        data["format"] = rng.choice(FORMATS if rng.random() < 0.6 else FORMATS[:2])
        data["density"] = rng.choice((0.02, 0.2, 0.5, 1.0))
    if fault == "sparse" and rng.random() < 0.8:
        data["sparse_fault"] = rng.choice(ODD_SPARSE)
    if fault == "bad sparse":
        data["sparse_fault"] = rng.choice(BAD_SPARSE)
    if data["format"] is None and data["layout"] == "C" and rng.random() < 0.8:
        data["rows"] = max(data["rows"], 2 * data["classes"])
    calls = _calls(rng, subject)
    # The faulty X is passed at once, or after a fit to valid data.
    data["faulty_from"] = rng.choice((0, 1)) if len(calls) > 1 else 0
    settings = _settings(rng, subject, data)
    if rng.random() < 0.95:  # else parameters may contradict, and the fit is refused
        _reconcile(subject, settings, data, calls, rng)
    return Case(number, subject, fault, settings, data, calls)


def _kernel_case(number, rng):
    kernel = rng.choice(KERNELS)
    fault = rng.choice(KERNEL_FAULTS)
    data = {
        "rows": rng.choice(ROWS),
        "columns": rng.choice(WIDTHS),
        "outputs": rng.choice((1, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17)),
        "dtype": rng.choice(("float64", "float32")),
        "scale": rng.choice((1.0, 1.0, 1e3, 1e-30, 1e30)),
        "sparse": rng.random() < 0.4,
        "hidden": _hidden(rng),
        "activation": rng.randrange(len(Activation.table)),
        "loss": rng.randrange(13),
        "rule": rng.randrange(7),
        "options": [rng.random() < 0.5 for _ in range(8)],
        "argument": rng.randrange(20),
    }
    group = "no fault" if fault == "none" else "odd arguments"
    return Case(number, f"kernel {kernel}", group, {"fault": fault}, data, ("kernel",))


# Parameters that the solver 'lbfgs' does not support.
_NOT_BY_LBFGS = ("dropout", "input_dropout", "input_noise", "clip_value", "clip_norm")
_NOT_BY_LBFGS += ("max_norm", "l1_ratio")


def _reconcile(subject, settings, data, calls, rng):
    """Remove parameters that contradict each other, so that the fit is not refused."""

    def leave_out(*names):
        for name in names:
            settings.pop(name, None)

    if "partial_fit" in calls or data["rows"] < 20:
        leave_out("early_stopping")
    if data["target"] in ("multilabel", "several labels"):
        leave_out("class_weight")
    if data["format"]:
        leave_out("input_noise")
    if subject in NETWORKS and settings["solver"] == "lbfgs":
        leave_out(*_NOT_BY_LBFGS)
    if subject in NETWORKS and settings["solver"] == "gd":
        leave_out("batch_size")
    if subject == "LinearDiscriminantAnalysis":
        if settings.get("solver", "svd") == "svd":
            leave_out("shrinkage", "shrinkage_target")
        if settings.get("shrinkage") is None:
            leave_out("shrinkage_target")
        if settings.get("n_components", 1) > min(data["columns"], data["classes"] - 1):
            leave_out("n_components")
    if subject == "LogisticRegression":
        _reconcile_logistic(settings, data, calls, rng, leave_out)


def _reconcile_logistic(settings, data, calls, rng, leave_out):
    bounded = {"lower_bounds", "upper_bounds"} & set(settings)
    if "inference" in calls or "bias_reduction" in settings:
        data["columns"], data["rows"] = min(data["columns"], 5), max(data["rows"], 60)
    if "inference" in calls:  # needs the optimum
        leave_out("l1_ratio", "tol", "bias_reduction", *bounded)
        settings |= {"solver": "newton-cholesky", "C": float("inf"), "max_iter": 30}
        settings |= {"class_weight": None}
    elif "bias_reduction" in settings:
        leave_out("l1_ratio", *bounded)
        settings |= {"solver": "newton-cholesky", "class_weight": None}
        data["classes"] = 2
    elif bounded:
        settings |= {"solver": rng.choice(("lbfgs", "saga"))}
    if settings["solver"] == "liblinear":
        data["classes"] = 2
        if "l1_ratio" in settings:
            settings |= {"l1_ratio": 1.0, "dual": False}
    else:
        leave_out("dual", *([] if settings["solver"] == "saga" else ["l1_ratio"]))
    if settings["solver"] == "gd":
        leave_out("batch_size")
    if settings["solver"] not in UpdateRule.table:
        leave_out("learning_rate", "learning_rate_init", "batch_size")


def _data(rng, subject):
    classifies = subject in CLASSIFIERS
    data = {
        "rows": rng.choice(ROWS),
        "columns": rng.choice(WIDTHS),
        "classes": rng.choice((2, 2, 3, 4, 5, 8, 9, 12)),
        "target": "labels" if classifies else "numbers",
        "scale": rng.choice((1.0, 1.0, 1.0, 1.0, 1e4, 1e-8, 1e18, 1e-40)),
        "constant_column": rng.random() < 0.1,
        "dtype": rng.choice(("float64", "float32")),
        "layout": "C",
        "format": None,
        "sparse_fault": None,
        "attribute": None,
        "weights": rng.choice((None, None, "ones", "random", "some zero", "float32")),
    }
    if subject == "MLPClassifier" and rng.random() < 0.2:
        data["target"] = rng.choice(("multilabel", "several labels"))
    if subject == "MLPRegressor" and rng.random() < 0.3:
        data["target"] = "several numbers"
    if subject in CLASSIFIERS and rng.random() < 0.1:
        data["target"] = "texts"
    return data


def _calls(rng, subject):
    first = ["fit"]
    if rng.random() < 0.3:
        first = ["partial_fit"] * rng.choice((1, 2, 3))
    others = ["predict", "decision_function", "predict_proba", "predict_log_proba"]
    others += ["score", "fit", "partial_fit", "pickle", "refit with warm start"]
    if subject in (*NETWORKS, "LinearDiscriminantAnalysis"):
        others += ["transform"] * 2
    if subject in NETWORKS:
        others += ["input_gradient"] * 2
    if subject == "LogisticRegression":
        others += ["inference"] * 2
    if subject == "LinearDiscriminantAnalysis":
        others += ["loo_predict_proba", "mahalanobis", "merge"]
    return (*first, *rng.sample(others, rng.choice((1, 2, 3))))


def _hidden(rng):
    return tuple(rng.choice(WIDTHS[:17]) for _ in range(rng.choice((0, 1, 1, 2, 3))))


def _settings(rng, subject, data):
    settings = {"random_state": rng.randrange(5), "max_iter": rng.choice((1, 2, 3))}
    settings |= {"warm_start": rng.random() < 0.3}
    settings |= {"class_weight": rng.choice((None, None, "balanced"))}
    return globals()[f"_settings_of_{subject}"](rng, settings, data)


def _random_choices(rng, p, **choices):
    """Return {name: random value}, which contains each name with probability p."""
    return {k: rng.choice(v) for k, v in choices.items() if rng.random() < p}


def _settings_of_Perceptron(rng, settings, data):
    return settings | _random_choices(
        rng,
        0.4,
        penalty=("l1", "l2", "elasticnet"),
        alpha=(0, 1e-4, 0.5, 10.0),
        l1_ratio=(0.0, 0.5, 1.0),
        fit_intercept=(False,),
        tol=(None, 0.0),
        shuffle=(False,),
        eta0=(0.1, 100.0),
        early_stopping=(True,),
        validation_fraction=(0.2, 0.5, 0.9),
        average=(True,),
        multi_class=("joint",),
        margin=(0.5, 10.0),
        n_jobs=(2,),
    )


def _settings_of_LinearDiscriminantAnalysis(rng, settings, data):
    uniform = [1 / data["classes"]] * data["classes"]
    return _random_choices(
        rng,
        0.4,
        solver=("svd", "lsqr", "eigen"),
        shrinkage=("auto", "oas", 0.0, 0.3, 1.0),
        priors=(uniform, uniform[:-1] + [0.5]),
        n_components=(1, 2, 5),
        store_covariance=(True,),
        tol=(0.0, 0.1),
        shrinkage_target=("identity", "diagonal"),
        ddof=(0, 1, 1.5),
        store_loo=(True,),
    )


def _settings_of_LogisticRegression(rng, settings, data):
    solver = rng.choice((*SOLVERS, *SOLVERS, *UpdateRule.table))
    penalised = rng.random() < 0.4 and solver in (
        "saga",
        "liblinear",
        *UpdateRule.table,
    )
    settings |= {"solver": solver}
    if penalised:
        settings |= {"l1_ratio": rng.choice((0.5, 1.0))}
    settings |= _random_choices(
        rng,
        0.3,
        C=(1e-3, 1.0, 100.0, float("inf")),
        fit_intercept=(False,),
        intercept_scaling=(0.1, 10.0),
        dual=(True,) if solver == "liblinear" else (False,),
        tol=(0.0, 1e-2, 1e-9),
    )
    if rng.random() < 0.2:
        settings |= _random_choices(
            rng, 0.7, lower_bounds=(-0.1, 0.0), upper_bounds=(0.0, 0.1, 1.0)
        )
    if rng.random() < 0.15:
        settings |= {"bias_reduction": "firth", "C": float("inf")}
    if solver in UpdateRule.table:
        settings |= _random_choices(
            rng,
            0.5,
            learning_rate=tuple(Schedule.table),
            learning_rate_init=(1e-3, 0.1, 10.0),
            batch_size=(1, 2, 7, 32, 1000),
        )
    return settings


def _settings_of_network(rng, settings):
    hidden = _hidden(rng)
    settings |= {"hidden_layer_sizes": hidden}
    names = (*Activation.table, "LeakyReLU(0.3)", "ELU(2.0)", "Sign(0.5)")
    settings |= {"activation": rng.choice(names)}
    if hidden and rng.random() < 0.15:
        settings |= {"activation": [rng.choice(names[:-3]) for _ in hidden]}
    settings |= {"solver": rng.choice(("lbfgs", *UpdateRule.table, "adam", "sgd"))}
    settings |= _random_choices(
        rng,
        0.25,
        alpha=(0.0, 1.0),
        batch_size=(1, 2, 5, 16, 64, 1000),
        learning_rate=tuple(Schedule.table),
        learning_rate_init=(1e-6, 0.1, 100.0),
        shuffle=(False,),
        tol=(0.0, 0.5),
        momentum=(0.0, 1.0),
        nesterovs_momentum=(False,),
        early_stopping=(True,),
        validation_fraction=(0.2, 0.5),
        n_iter_no_change=(1, 2),
        on_divergence=("raise", "backoff"),
        restore_best=(False,),
        record=("batches", "epoch"),
        weight_init=tuple(Initializer.table),
        n_init=(2,),
        l1_ratio=(0.5, 1.0),
        dropout=(0.2, 0.9),
        input_dropout=(0.3,),
        input_noise=(0.1,),
        clip_value=(1e-3, 1.0),
        clip_norm=(1e-3, 1.0),
        max_norm=(0.1, 1.0),
    )
    return settings


def _settings_of_MLPClassifier(rng, settings, data):
    loss = rng.choice((*ClassifierLoss.table, "LogLoss(0.1)", "FocalLoss(0.5)"))
    return _settings_of_network(rng, settings | {"loss": loss})


def _settings_of_MLPRegressor(rng, settings, data):
    loss = rng.choice(
        (*Loss.regression_table, "Huber(0.3)", "Quantile([0.1, 0.5, 0.8])")
    )
    del settings["class_weight"]
    return _settings_of_network(rng, settings | {"loss": loss})
