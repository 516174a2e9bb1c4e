"""What a multi-layer perceptron is asked to learn: rows, targets and the objective."""

from dataclasses import dataclass
from typing import Any

from skmlp.base.rows import take
from skmlp.objective import EmpiricalRisk

__all__ = ["FitRows", "GivenRows", "NetworkProblem"]


@dataclass(frozen=True)
class FitRows:
    """Rows as they came: labels, targets and weights that no class weight is in."""

    X: Any
    y: Any
    targets: Any
    sample_weight: Any

    def take(self, rows):
        """Return the rows of these numbers."""
        columns = (self.X, self.y, self.targets, self.sample_weight)
        return FitRows(*(None if c is None else take(c, rows) for c in columns))


@dataclass(frozen=True)
class GivenRows:
    """The arguments X_val, y_val and sample_weight_val of a fit."""

    X_val: Any
    y_val: Any
    sample_weight_val: Any

    def __post_init__(self):
        """Raise unless rows and targets come together."""
        arguments = vars(self)
        given = [name for name in arguments if arguments[name] is not None]
        missing = [name for name in ("X_val", "y_val") if arguments[name] is None]
        if missing and given:
            raise ValueError(
                f"{' and '.join(given)} came without {' and '.join(missing)}; pass "
                "X_val and y_val together."
            )

    def __bool__(self):
        """Return whether there are any."""
        return self.X_val is not None


@dataclass(frozen=True)
class NetworkProblem:
    """A network, its loss on the rows, and what tells how well it does.

    Parameters
    ----------
    objective : EmpiricalRisk
        The mean loss and the penalty, with the network and the rows.
    targets : TargetEncoding or NumericTargets
        How targets are encoded, weighed and scored.
    rows : FitRows
        The rows as they came.
    given : FitRows or None
        Rows to validate on, where some were given.
    validation_fraction : float or None
        Share of the rows to set aside; None: set none aside.
    scorer : callable, 'loss' or None
        What scores rows to validate on: (parameters, FitRows) -> float; minus the loss;
        or the score of the targets.
    """

    objective: EmpiricalRisk
    targets: Any
    rows: FitRows
    given: FitRows | None
    validation_fraction: float | None
    scorer: Any

    @property
    def network(self):
        """The network that is trained."""
        return self.objective.network

    def risk_of(self, rows):
        """Return the mean loss on other rows, weighed as those of the objective."""
        return EmpiricalRisk(
            self.network,
            self.objective.loss,
            rows.X,
            rows.targets,
            self.targets.weigh(rows.targets, rows.sample_weight),
        )
