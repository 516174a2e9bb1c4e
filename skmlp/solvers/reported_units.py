"""Units of the losses that a training reports, where it minimises another one."""

from dataclasses import dataclass, field

__all__ = ["AffineUnits", "ReportedUnits"]


@dataclass(frozen=True)
class AffineUnits:
    """Conversion of numbers x of the training to reported ones: factor·x + offset."""

    factor: float = 1.0
    offset: float = 0.0

    def of(self, number):
        """Return the reported number; None stays None."""
        return None if number is None else self.factor * number + self.offset

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
        gradient = record.gradient_norm
        return record._replace(
            loss=loss.of(record.loss),
            training_loss=loss.of(record.training_loss),
            validation_loss=loss.of(record.validation_loss),
            validation_score=score.of(record.validation_score),
            gradient_norm=None if gradient is None else loss.factor * gradient,
        )
