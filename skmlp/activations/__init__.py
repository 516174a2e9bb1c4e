"""Activations σ of the units, each with its derivative.

Read `base`, then `rectifiers`, `bounded` and `gated`; `display` draws them.
"""

from skmlp.activations.base import Activation, FunctionPair, Identity, PlainFunction
from skmlp.activations.bounded import Logistic, Sign, Softsign, Tanh
from skmlp.activations.display import ActivationsDisplay
from skmlp.activations.gated import GELU, Mish, SiLU
from skmlp.activations.rectifiers import ELU, SELU, LeakyReLU, ReLU, Softplus

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "ActivationsDisplay",
    "FunctionPair",
    "Identity",
    "LeakyReLU",
    "Logistic",
    "Mish",
    "PlainFunction",
    "ReLU",
    "SiLU",
    "Sign",
    "Softplus",
    "Softsign",
    "Tanh",
]
