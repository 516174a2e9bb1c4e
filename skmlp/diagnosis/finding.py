"""One finding of a diagnosis: what is wrong, how it shows, and what cures it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a fit or its data.

    Parameters
    ----------
    name : str
        Name of the illness, such as 'vanishing gradients'.
    severity : float
        How much it explains, from 0 to 1; findings are sorted by it.
    evidence : str
        Sentence with the numbers that show it.
    cause : str
        Sentence that says how it comes about.
    cure : str
        Lines of code that define another `model`, or prepare the data.
    source : str
        Where the rule comes from.
    improves : str
        What the cure improves: 'validation loss', 'balanced accuracy', 'calibration
        error' or 'seconds'; '' if nothing is to be fitted anew.
    numbers : mapping of str to float, default={}
        The evidence as numbers.
    """

    name: str
    severity: float
    evidence: str
    cause: str
    cure: str
    source: str
    improves: str = "validation loss"
    numbers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """Return the finding as lines of text."""
        cure = "\n".join(f"    {line}" for line in self.cure.splitlines())
        return (
            f"{self.name}: {self.evidence}\n  Cause: {self.cause}\n  Cure:\n{cure}\n"
            f"  Source: {self.source}"
        )
