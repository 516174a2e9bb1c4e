"""The result of a diagnosis: findings, worst first."""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass
from typing import Any

from skmlp.base.optional import require
from skmlp.base.plotting import axes_or_new, colours_on, finish, inks_on
from skmlp.base.types import Axes, DataFrame
from skmlp.diagnosis.finding import Finding

__all__ = ["Diagnosis"]

_COLUMNS = ("name", "severity", "evidence", "cause", "cure", "improves", "source")


@dataclass(frozen=True)
class Diagnosis:
    """Findings about a fit, worst first.

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

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the findings as bars, the most severe on top (needs matplotlib).

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.

        Returns
        -------
        ax : matplotlib Axes
            A bar for each finding, as long as its severity (from 0 to 1).
        """
        ax = axes_or_new(ax, (7, 1.2 + 0.45 * max(1, len(self))))
        inks, colour = inks_on(ax.get_facecolor()), colours_on(ax.get_facecolor())[0]
        rows = range(len(self))
        ax.barh(rows, [each.severity for each in self], color=colour, height=0.6)
        ax.set_yticks(rows, [textwrap.fill(name, 22) for name in self.names])
        ax.set_xlim(0, 1)
        ax.set_ylim(max(1, len(self)) - 0.4, -0.6)
        if not self.findings:
            text = "nothing wrong was found"
            ax.text(0.5, 0, text, ha="center", va="center", color=inks.text)
        return finish(
            ax,
            title=f"Findings in {self.subject}",
            x="severity (0 to 1)",
            spines=("bottom",),
        )

    def _repr_html_(self) -> str:
        """Return an HTML table, for notebooks."""
        title = f"<caption>Diagnosis of {html.escape(self.subject)}</caption>"
        if not self.findings:
            return f"<table>{title}<tr><td>Nothing wrong was found.</td></tr></table>"
        head = "".join(f"<th>{name}</th>" for name in ("", "what", "evidence", "cure"))
        rows = "".join(
            f"<tr><td>{number}</td><td><b>{html.escape(each.name)}</b><br>"
            f"{html.escape(each.cause)}</td><td>{html.escape(each.evidence)}</td>"
            f"<td style='text-align: left'><pre>{html.escape(each.cure)}</pre></td>"
            "</tr>"
            for number, each in enumerate(self.findings, 1)
        )
        return f"<table>{title}<tr>{head}</tr>{rows}</table>"
