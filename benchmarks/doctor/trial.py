"""One patient: fitted, diagnosed, cured, and measured again."""

import time
import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import balanced_accuracy_score, log_loss, mean_squared_error

from skmlp.diagnosis import diagnose

RANKS = 2  # an illness is found if it is named first or second


@dataclass(frozen=True)
class Trial:
    """Names of a diagnosis, and the measure before and after the cure."""

    names: tuple
    measure: str = ""
    before: float = np.nan
    after: float = np.nan

    def finds(self, illness):
        """Return True if the illness is named first or second."""
        return illness in self.names[:RANKS]

    @property
    def improves(self):
        """True if the cure made the measure better."""
        return self.after < self.before


def trial(patient, illness=None):
    """Return the Trial of a patient; without an illness there is no cure."""
    data = patient.data
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model = patient.fitted()
        diagnosis = diagnose(model, data.X, data.y, data.X_val, data.y_val)
        finding = next((each for each in diagnosis if each.name == illness), None)
        if finding is None or not finding.improves:
            return Trial(diagnosis.names)
        cured = _cured(finding.cure, patient)
        before, after = (
            _measured(finding.improves, each, patient) for each in (model, cured)
        )
    return Trial(diagnosis.names, finding.improves, before, after)


def _cured(code, patient):
    """Return the model that the code defines, fitted to the rows of the patient."""
    scope = {type(each).__name__: type(each) for each in _objects(patient)}
    own = patient.estimator.get_params(deep=False)
    exec(code, scope)  # the code that a user would paste
    model = scope["model"]
    for step in getattr(model, "steps", [("", model)]):
        for name in own:
            if hasattr(step[1], name) and getattr(step[1], name) is ...:
                step[1].set_params(**{name: own[name]})
    return model.fit(patient.data.X, patient.data.y)


def _objects(patient):
    """Return the objects among the parameters, whose classes the user's code knows."""
    values = patient.estimator.get_params(deep=False).values()
    return [value for value in values if hasattr(value, "get_params")]


def _measured(measure, model, patient):
    """Return a measure on the validation rows; smaller is better."""
    data = patient.data
    if measure == "seconds":
        return min(_seconds(model, data) for _ in range(3))
    if measure == "balanced accuracy":
        return 1 - balanced_accuracy_score(data.y_val, model.predict(data.X_val))
    if measure == "calibration error":
        probabilities = model.predict_proba(data.X_val)
        certainty = probabilities.max(axis=1)
        right = model.classes_[probabilities.argmax(axis=1)] == data.y_val
        bins = np.array_split(np.argsort(certainty), 10)
        gaps = [abs(right[each].mean() - certainty[each].mean()) for each in bins]
        return float(np.mean(gaps))
    if data.is_classification:
        probabilities = np.clip(
            np.nan_to_num(model.predict_proba(data.X_val)), 1e-12, 1
        )
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return log_loss(data.y_val, probabilities, labels=model.classes_)
    predictions = np.nan_to_num(model.predict(data.X_val), posinf=1e150, neginf=-1e150)
    return mean_squared_error(data.y_val, predictions)


def _seconds(model, data):
    """Return the processor time of an epoch, of a fit to the training rows."""
    start = time.process_time()
    model.fit(data.X, data.y)
    fitted = getattr(model, "steps", [("", model)])[-1][1]
    return (time.process_time() - start) / fitted.n_iter_
