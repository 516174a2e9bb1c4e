"""HTML of an inference and of marginal effects, for notebooks."""

from skmlp.base.html import html_of, html_paragraph, html_table
from skmlp.base.text import decimals

__all__ = ["effects_html", "inference_html"]


def inference_html(inference):
    """Return tables of the coefficients, one for each output, as HTML."""
    values = (
        inference.coefficients,
        inference.standard_errors,
        inference.z_values,
        inference.p_values,
        inference.confidence_intervals(),
    )
    two = len(inference.classes) == 2
    tables = [
        _table(
            f"Logistic regression: log-odds of {label}"
            + ("" if two else f" against {inference.reference}"),
            "coef",
            inference.terms,
            [each[k] for each in values],
        )
        for k, label in enumerate(inference.outputs)
    ]
    kind = "ridge" if inference.penalty else "maximum likelihood"
    facts = (
        f"{inference.n_observations:g} observations, fit by {kind}, log-likelihood "
        f"{decimals(inference.log_likelihood)}, AIC {decimals(inference.aic)}, "
        f"standard errors {inference.cov!r}"
    )
    return html_of(*tables, html_paragraph(facts))


def effects_html(effects):
    """Return tables of the average marginal effects, one a class, as HTML."""
    values = (
        effects.effects,
        effects.standard_errors,
        effects.z_values,
        effects.p_values,
        effects.confidence_intervals(),
    )
    tables = [
        _table(
            f"Average marginal effects on Pr({label})",
            "dy/dx",
            effects.features,
            [each[k] for each in values],
        )
        for k, label in enumerate(effects.classes)
    ]
    return html_of(*tables)


def _table(caption, heading, names, columns):
    """Return a table of estimates, errors, z values, p-values and limits."""
    headings = ["", heading, "std err", "z", "P>|z|", "[0.025", "0.975]"]
    estimates, errors, z_values, p_values, limits = columns
    rows = (
        (
            name,
            [
                decimals(estimates[j]),
                decimals(errors[j]),
                f"{z_values[j]:.3f}",
                f"{p_values[j]:.4f}" if p_values[j] >= 1e-4 else "<0.0001",
                *map(decimals, limits[j]),
            ],
        )
        for j, name in enumerate(names)
    )
    return html_table(caption, headings, rows)
