"""Units of the losses that a training reports, where it minimises another one."""

from dataclasses import dataclass, field
from math import copysign, isfinite
from sys import float_info

__all__ = ["AffineUnits", "ReportedUnits"]


@dataclass(frozen=True)
class AffineUnits:
    """Conversion of numbers x of the training to reported ones: factor·x + offset.

    A reported number that overflows, though x is finite, is the largest float.
    """

    factor: float = 1.0
    offset: float = 0.0

    def of(self, number):
        """Return the reported number; None stays None."""
        if number is None:
            return None
        reported = self.factor * float(number) + self.offset
        if isfinite(reported) or not isfinite(number):
            return reported
        return copysign(float_info.max, reported)

    def undo(self, number):
        """Return the number of the training that is reported as `number`."""
        return (number - self.offset) / self.factor


@dataclass(frozen=True)
class ReportedUnits:
    """Units of reported losses and of scores; by default those of the training.

    A training compares epochs, and notices progress, by its own numbers.
    """

    loss: AffineUnits = field(default_factory=AffineUnits)
    score: AffineUnits = field(default_factory=AffineUnits)

    def of_record(self, record):
        """Return an EpochRecord, of numbers of the training, with reported numbers."""
        loss, score = self.loss, self.score
        gradient = AffineUnits(loss.factor)  # the offset has no derivative
        return record._replace(
            loss=loss.of(record.loss),
            training_loss=loss.of(record.training_loss),
            validation_loss=loss.of(record.validation_loss),
            validation_score=score.of(record.validation_score),
            gradient_norm=gradient.of(record.gradient_norm),
        )
