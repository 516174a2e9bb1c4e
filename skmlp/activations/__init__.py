"""Activations σ, each beside its pullback dL/da -> dL/dz.

Read `base`, then `rectifiers`, `bounded` and `gated`.
"""

from skmlp.activations.base import Activation, FunctionPair, Identity
from skmlp.activations.bounded import Logistic, Sign, Softsign, Tanh
from skmlp.activations.gated import GELU, Mish, SiLU
from skmlp.activations.rectifiers import ELU, SELU, LeakyReLU, ReLU, Softplus

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "FunctionPair",
    "Identity",
    "LeakyReLU",
    "Logistic",
    "Mish",
    "ReLU",
    "SiLU",
    "Sign",
    "Softplus",
    "Softsign",
    "Tanh",
]
