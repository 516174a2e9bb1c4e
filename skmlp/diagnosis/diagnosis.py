"""The result of a diagnosis: findings, worst first."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from skmlp.base.optional import require
from skmlp.base.types import DataFrame
from skmlp.diagnosis.finding import Finding

__all__ = ["Diagnosis"]

_COLUMNS = ("name", "severity", "evidence", "cause", "cure", "improves", "source")


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a fit, worst first.

    Printing it prints every finding with its evidence, cause and cure.

    Parameters
    ----------
    subject : str
        Name of the estimator.
    findings : tuple of Finding
        Findings, the most severe first; empty if nothing was found.
    """

    subject: str
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        """Return the number of findings."""
        return len(self.findings)

    def __iter__(self) -> Any:
        """Return an iterator over the findings."""
        return iter(self.findings)

    def __getitem__(self, index: int) -> Finding:
        """Return a finding by its rank, from 0."""
        return self.findings[index]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the findings."""
        return tuple(finding.name for finding in self.findings)

    def __repr__(self) -> str:
        """Return one line with the names of the findings."""
        found = ", ".join(self.names) or "nothing found"
        return f"<Diagnosis of {self.subject}: {found}>"

    def __str__(self) -> str:
        """Return all findings as text."""
        if not self.findings:
            return f"{self.subject}: nothing wrong was found."
        parts = [
            f"{number}. {finding}" for number, finding in enumerate(self.findings, 1)
        ]
        return "\n\n".join([f"Diagnosis of {self.subject}, worst first:", *parts])

    def to_frame(self) -> DataFrame:
        """Return a data frame with a row for each finding (needs pandas)."""
        pandas = require("pandas", "a data frame")
        rows = [[getattr(each, name) for name in _COLUMNS] for each in self.findings]
        return pandas.DataFrame(rows, columns=list(_COLUMNS))

    def _repr_html_(self) -> str:
        """Return an HTML table, for notebooks."""
        title = f"<caption>Diagnosis of {html.escape(self.subject)}</caption>"
        if not self.findings:
            return f"<table>{title}<tr><td>Nothing wrong was found.</td></tr></table>"
        head = "".join(f"<th>{name}</th>" for name in ("", "what", "evidence", "cure"))
        rows = "".join(
            f"<tr><td>{number}</td><td><b>{html.escape(each.name)}</b><br>"
            f"{html.escape(each.cause)}</td><td>{html.escape(each.evidence)}</td>"
            f"<td style='text-align: left'><pre>{html.escape(each.cure)}</pre></td></tr>"
            for number, each in enumerate(self.findings, 1)
        )
        return f"<table>{title}<tr>{head}</tr>{rows}</table>"
