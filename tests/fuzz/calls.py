"""Run a case: call the estimator, and check what every call leaves behind."""

import copy
import pickle

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

import skmlp
import skmlp.activations
import skmlp.initializers
import skmlp.losses
import skmlp.solvers

from . import oracle
from .cases import NETWORKS, label_names
from .data import make

# Curves of time, which differ between runs.
_TIMES = "seconds"
# Parameters of the quick fit by which an estimator shows that it can still be used.
_QUICK = {
    "MLPClassifier": {"hidden_layer_sizes": (3,), "max_iter": 3},
    "MLPRegressor": {"hidden_layer_sizes": (3,), "max_iter": 3},
    "LogisticRegressionCV": {"cv": 2, "Cs": 2, "use_legacy_attributes": False},
}
_QUICK["LogisticRegressionCV"] |= {"l1_ratios": (0.0,), "scoring": "accuracy"}


def component(value):
    """Return a parameter; convert a text such as 'Huber(0.3)' to the object."""
    if isinstance(value, str) and value.endswith(")"):
        names = vars(skmlp.losses) | vars(skmlp.activations)
        names |= vars(skmlp.solvers) | vars(skmlp.initializers)
        return eval(value, {"__builtins__": {}}, names)
    return value


class Run:
    """One case: its estimator, the program so far, and its findings."""

    def __init__(self, case):
        self.case, self.data = case, case.data
        self.program = ["import skmlp", "from tests.fuzz.data import make"]
        self.program += [f"data = {case.data}"]
        self.findings, self.outcome = [], "refused"
        self.model = self.make_model()
        self.final = self.model
        if case.estimator == "AssociationUnits":
            self.final = self.model[-1]
        self.fitted = self.streams = self.diverged = False

    def make_model(self):
        """Return the unfitted estimator of the case."""
        case, settings = self.case, dict(self.case.settings)
        settings = {name: component(value) for name, value in settings.items()}
        if case.estimator == "AssociationUnits":
            last = getattr(skmlp, settings.pop("then"))
            final = {"class_weight": settings.pop("class_weight", None)}
            units = skmlp.AssociationUnits(**settings, random_state=0)
            text = f"{units!r}, {last(**final)!r}"
            self.program.append(f"model = make_pipeline({text})")
            return make_pipeline(units, last(**final))
        kind = getattr(skmlp, case.estimator)
        if case.estimator != "LinearDiscriminantAnalysis":
            settings = {"random_state": 0} | settings
        text = ", ".join(
            f"{n}={v}" if isinstance(v, str) and v.endswith(")") else f"{n}={v!r}"
            for n, v in ({"random_state": 0} | case.settings).items()
            if n in settings
        )
        self.program.append(f"model = skmlp.{case.estimator}({text})")
        return kind(**settings)

    def run(self):
        """Make all calls of the case."""
        for number, call in enumerate(self.case.calls):
            getattr(self, "_do_" + call.split()[0].replace("-", "_"))(call, number)
        self.check_usable()
        return self

    def found(self, findings, call):
        """Keep findings of a call."""
        named = [(kind, f"{call}: {text}") for kind, text in findings]
        self.findings += [each for each in named if each not in self.findings]

    def arrays(self, call):
        """Return X, y and weights for a call, and note them in the program."""
        seed = self.case.number + ("other y" in call) + 2 * ("other weights" in call)
        more = 7 if "more rows" in call else 0
        data = self.data
        text = "data"
        if "other weights" in call:
            data, text = data | {"weights": "random"}, "data | {'weights': 'random'}"
        n_rows = data["rows"] + more if more else None
        self.program.append(f"X, y, weights = make({text}, {seed}, {n_rows})")
        return make(data, seed, n_rows)

    def spoil(self, call, X, y, weights):
        """Return the arrays with the fault of the call, and whether it must raise."""
        kind = call.partition(" ")[2]
        raises = True
        if kind == "NaN":
            X = np.array(X.toarray() if self.data["format"] else X, dtype=float)
            X[0, 0] = np.nan
        elif kind == "one class":
            y, raises = np.repeat(y[:1], len(y), axis=0), False
        elif kind == "wrong weights":
            weights = np.ones(len(y) + 1)
        elif kind == "negative weight":
            weights = np.r_[-1.0, np.ones(len(y) - 1)]
        elif kind == "fewer columns":
            X, raises = X[:, 1:] if self.data["format"] != "coo" else X, False
        elif kind == "text":
            X = np.full(X.shape, "x")
        else:
            raises = False
        return X, y, weights, raises

    def _do_fit(self, call, number):
        X, y, weights = self.arrays(call)
        X, y, weights, raises = self.spoil(call, X, y, weights)
        done = self.fit("fit", call, X, y, weights)
        if raises and done:
            self.findings.append(("accepted", f"{call} was accepted"))
        if number == 0 and done:
            self.check_repeated(X, y, weights)

    def _do_initialize(self, call, number):
        X, y, _ = self.arrays(call)
        self.fit("initialize", call, X, y, None)

    def _do_partial_fit(self, call, number):
        if not hasattr(self.model, "partial_fit"):
            return None if number else self._do_fit("fit", 0)
        X, y, weights = self.arrays(call)
        if "one row" in call:
            X, y = X[:1] if self.data["format"] != "coo" else X.tocsr()[:1], y[:1]
            weights = None if weights is None else weights[:1]
        return self.fit("partial_fit", call, X, y, weights)

    def fit(self, method, call, X, y, weights):
        """Call a method that fits, check all about it, and return True if it did."""
        arguments = {}
        if weights is not None:
            name = "sample_weight"
            if self.case.estimator == "AssociationUnits":
                name = f"{self.model.steps[-1][0]}__{name}"
            arguments[name] = weights
        if method == "partial_fit" and self.case.estimator != "MLPRegressor":
            arguments["classes"] = classes_of(self.data)
        text = ", ".join(f"{n}={_text_of(n, v)}" for n, v in arguments.items())
        self.program.append(f"model.{method}(X, y{', ' * bool(text)}{text})  # {call}")
        before, given = copy.deepcopy(vars(self.final)), copy.deepcopy((X, y, weights))
        np.random.seed(0)  # noqa: NPY002
        error, caught = oracle.observed(
            lambda: getattr(self.model, method)(X, y, **arguments)
        )
        self.found(oracle.check_warnings(caught), call)
        if where := oracle.difference(given, (X, y, weights), "X, y, weights"):
            self.findings.append(("changes its input", f"{call}: {where}"))
        if error is not None:
            names = {name.rpartition("__")[2] for name in self.model.get_params()}
            names |= {"sample_weight", "coef_init", "intercept_init"}
            self.found(oracle.check_error(error, names), call)
            if where := oracle.difference(before, vars(self.final), "model"):
                text = f"{call}: {where} after {type(error).__name__}"
                self.findings.append(("state after error", text))
            return False
        self.fitted = True
        if self.outcome != "warned":
            converged = oracle.has_converged(caught)
            self.outcome = "finite" if converged else "warned"
        # Curves go on from the curves of earlier fits, which may have diverged.
        self.diverged = self.diverged or getattr(self.final, "diverged_", False)
        self.found(oracle.check_attributes(self.final, diverged=self.diverged), call)
        self.check_predictions(X, call)
        if method == "fit" and weights is None and self.has_plain_loss():
            self.found(oracle.check_loss(self.model, X, y), call)
        return True

    def has_plain_loss(self):
        """Return True if `oracle.check_loss` knows the objective of the fit."""
        plain = {"loss", "class_weight", "dropout", "input_dropout", "input_noise"}
        plain |= {"early_stopping", "scale_target"}
        known = self.data["target"] not in ("multilabel", "multioutput")
        given = plain & set(self.case.settings)
        return self.case.estimator in NETWORKS and known and not given

    def check_predictions(self, X, call):
        """Check predictions, and that a copy by pickle makes the same."""
        results, found = oracle.predictions(self.model, X)
        found += oracle.check_predictions(results, self.data)
        again, _ = oracle.predictions(pickle.loads(pickle.dumps(self.model)), X)
        if where := oracle.difference(results, again, "results"):
            found.append(("pickle", f"other predictions: {where}"))
        self.found(found, call)

    def check_repeated(self, X, y, weights):
        """Check that a fit to the same numbers in C order gives the same bits.

        Sums over unsorted or repeated entries of a sparse matrix round differently.
        """
        if self.data["format"] and self.data["form"] in ("unsorted", "duplicates"):
            return
        plain, _, _ = make(self.data, self.case.number, only_C=True)
        other = clone(self.model)
        self.program.append(
            f"# as a fit to X of make(data, {self.case.number}, only_C=True)?"
        )
        name = "sample_weight"
        if self.case.estimator == "AssociationUnits":
            name = f"{self.model.steps[-1][0]}__{name}"
        np.random.seed(0)  # noqa: NPY002
        error, _ = oracle.observed(
            lambda: other.fit(plain, y, **({} if weights is None else {name: weights}))
        )
        if error is not None:
            self.findings.append(("layout", f"X in C order raises {error!r:.200}"))
            return
        last = other[-1] if self.final is not self.model else other
        if where := oracle.difference(public(self.final), public(last), "model"):
            kind = "layout" if X is not plain else "repeated"
            self.findings.append((kind, f"other bits than X in C order: {where}"))

    def check_usable(self):
        """Check that the estimator with default parameters fits as a new one does."""
        if self.final is not self.model:
            return
        kind = type(self.model)
        quick = {**kind().get_params(), **_QUICK.get(self.case.estimator, {})}
        if "random_state" in quick:
            quick["random_state"] = 0
        rng = np.random.default_rng(1)
        X = rng.normal(size=(24, 3))
        y = (
            X[:, 0] + 0.1
            if self.case.estimator == "MLPRegressor"
            else np.arange(24) % 2
        )
        fresh = kind(**quick)
        self.model.set_params(**quick)
        self.program.append("# then with default parameters, on good data")
        for model in (fresh, self.model):
            error, _ = oracle.observed(lambda m=model: m.fit(X, y))
            if error is not None:
                self.findings.append(("unusable", f"a good fit raises {error!r:.200}"))
                return
        if where := oracle.difference(public(fresh), public(self.model), "model"):
            self.findings.append(
                ("unusable", f"a good fit differs from a new: {where}")
            )

    def _do_warm_start(self, call, number):
        self.set_params(warm_start=True)

    def _do_no(self, call, number):
        self.set_params(warm_start=False)

    def _do_other(self, call, number):
        self.set_params(alpha=0.01, C=30.0)

    def set_params(self, **values):
        """Set the parameters that the estimator has."""
        known = self.model.get_params()
        values = {name: value for name, value in values.items() if name in known}
        self.program.append(f"model.set_params(**{values})")
        self.model.set_params(**values)

    def _do_pickle(self, call, number):
        self.program.append("model = pickle.loads(pickle.dumps(model))")
        self.model = pickle.loads(pickle.dumps(self.model))
        self.final = self.model

    def _do_deepcopy(self, call, number):
        self.program.append("model = copy.deepcopy(model)")
        self.model = copy.deepcopy(self.model)
        self.final = self.model


def _text_of(name, value):
    return "weights" if name.endswith("sample_weight") else repr(value)


def public(model):
    """Return the public fitted attributes of an estimator."""
    return {
        name: value
        for name, value in vars(model).items()
        if name.endswith("_") and not name.startswith("_")
    }


def classes_of(data):
    """Return the argument `classes` of partial_fit."""
    if data["target"] == "multioutput":
        return [list(range(data["classes"])), [0, 1, 2]]
    if data["target"] == "multilabel":
        return list(range(data["classes"]))
    return sorted(label_names(data))
