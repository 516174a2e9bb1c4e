"""Derivative of einsum: again an einsum, of the gradient and the other operands."""

import string
from typing import Any

import numpy as np

from skmlp.graph.engine import Primitive, shape_of
from skmlp.graph.errors import refusal

__all__ = ["EINSUM"]


def _einsum(subscripts, *operands, optimize=False, **settings):
    if not isinstance(subscripts, str):
        raise refusal(
            "np.einsum with lists of axes",
            "Write the subscripts as a string: 'ij,j->i'.",
        )
    if settings:
        raise refusal(
            f"np.einsum with {', '.join(settings)}=", "Leave the argument away."
        )
    return CONTRACT(*operands, subscripts=_explicit(subscripts, operands))


def _explicit(subscripts, operands):
    """Return subscripts with letters instead of dots, and with the output."""
    subscripts = subscripts.replace(" ", "")
    left, arrow, output = subscripts.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise ValueError(
            f"subscripts={subscripts!r} is for {len(terms)} operands, and there are "
            f"{len(operands)}."
        )
    unused = [c for c in string.ascii_letters if c not in subscripts]
    n_dots = [
        len(shape_of(operand)) - len(term.replace("...", ""))
        for term, operand in zip(terms, operands, strict=True)
        if "..." in term
    ]
    dots = unused[: max(n_dots, default=0)]
    counts = iter(n_dots)
    if not arrow:
        letters = left.replace(",", "").replace(".", "")
        output = "..." * ("..." in left) + "".join(
            letter for letter in sorted(set(letters)) if letters.count(letter) == 1
        )
    terms = [
        term.replace("...", "".join(dots[len(dots) - next(counts) :]))
        if "..." in term
        else term
        for term in terms
    ]
    return f"{','.join(terms)}->{output.replace('...', ''.join(dots))}"


def _pullback(position):
    """Return the pullback of an operand."""

    def pullback(g, u, *operands, subscripts):
        left, _, output = subscripts.partition("->")
        terms = left.split(",")
        lengths = {}
        for term, operand in zip(terms, operands, strict=True):
            for letter, length in zip(term, shape_of(operand), strict=True):
                lengths[letter] = max(length, lengths.get(letter, 1))
        inputs = [(output, g)]
        inputs += [
            pair
            for i, pair in enumerate(zip(terms, operands, strict=True))
            if i != position
        ]
        unused = (c for c in string.ascii_letters if c not in subscripts)
        wanted = ""
        for letter in terms[position]:
            if letter in wanted:  # a diagonal, as in 'ii': zero elsewhere
                other = next(unused)
                inputs.append((letter + other, np.eye(lengths[letter], dtype=g.dtype)))
                lengths[other] = lengths[letter]
                wanted += other
                continue
            wanted += letter
            if not any(letter in term for term, _ in inputs):  # summed by itself
                inputs.append((letter, np.ones(lengths[letter], dtype=g.dtype)))
        for term, array in list(inputs):  # axes of length 1 may stand for longer ones
            for letter, length in zip(term, shape_of(array), strict=True):
                if letter in wanted and length != lengths[letter]:
                    inputs.append((letter, np.ones(lengths[letter], dtype=g.dtype)))
        names = ",".join(term for term, _ in inputs)
        return np.einsum(f"{names}->{wanted}", *(array for _, array in inputs))

    return pullback


CONTRACT = Primitive(
    "einsum",
    lambda *operands, subscripts: np.einsum(subscripts, *operands, optimize=True),
    _pullback,
)
EINSUM: dict[Any, Any] = {np.einsum: _einsum}
