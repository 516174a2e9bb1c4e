"""Time networks in PyTorch: eager mode with fused Adam, and a compiled step."""

from itertools import pairwise
from time import perf_counter

import numpy as np

from benchmarks.contestants import Run

_ADAM = {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8}


def eager_epochs(layer_sizes, *, batch_size, n_epochs, l2=1e-4):
    """Time epochs of Adam in eager mode, in seconds per step."""

    def prepare(data):
        import torch

        X, y = torch.from_numpy(data.X), torch.from_numpy(data.y)
        model = relu_network(layer_sizes, X.dtype)
        adam = torch.optim.Adam(
            model.parameters(), fused=True, weight_decay=l2 / batch_size, **_ADAM
        )
        loss_of = torch.nn.functional.cross_entropy

        def step(rows):
            adam.zero_grad(set_to_none=True)
            loss_of(model(X[rows]), y[rows]).backward()
            adam.step()

        return _timed_epochs(step, len(X), batch_size, n_epochs)

    return prepare


def compiled_epochs(layer_sizes, *, batch_size, n_epochs, l2=1e-4):
    """Time epochs of Adam, in seconds per step, with the step in a compiled function.

    The function contains the forward pass, the backward pass and the update.
    """

    def prepare(data):
        import torch

        torch.compiler.reset()  # other networks would count for its compilation limit
        X, y = torch.from_numpy(data.X), torch.from_numpy(data.y)
        parameters = [
            p.detach().clone() for p in relu_network(layer_sizes, X.dtype).parameters()
        ]
        means, squares = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
        beta_1, beta_2 = _ADAM["betas"]

        affine = torch.nn.functional.linear

        def loss_of(parameters, rows):
            a = X[rows]
            for layer in range(0, len(parameters) - 2, 2):
                a = torch.relu(affine(a, *parameters[layer : layer + 2]))
            scores = affine(a, *parameters[-2:])
            return torch.nn.functional.cross_entropy(scores, y[rows])

        @torch.compile(dynamic=False)
        def update(rows, step_size):
            gradients = torch.func.grad(loss_of)(parameters, rows)
            for p, g, m, v in zip(parameters, gradients, means, squares, strict=True):
                g = g + (l2 / batch_size) * p
                m.mul_(beta_1).add_(g, alpha=1 - beta_1)
                v.mul_(beta_2).addcmul_(g, g, value=1 - beta_2)
                p.sub_(step_size * m / (v.sqrt() + _ADAM["eps"]))

        n_steps = 0

        def step(rows):
            nonlocal n_steps
            n_steps += 1
            correction = np.sqrt(1 - beta_2**n_steps) / (1 - beta_1**n_steps)
            with torch.no_grad():
                update(rows, torch.tensor(_ADAM["lr"] * correction, dtype=X.dtype))

        # A shorter last batch would be compiled separately: its rows are left out.
        n_rows = len(X) // batch_size * batch_size
        return _timed_epochs(step, n_rows, batch_size, n_epochs)

    return prepare


def eager_evaluations(layer_sizes, *, calls):
    """Time evaluations of the mean squared error and its gradient over all rows."""

    def prepare(data):
        import torch

        X, y = torch.from_numpy(data.X), torch.from_numpy(data.y)[:, None]
        model = relu_network(layer_sizes, X.dtype)

        def run():
            start = perf_counter()
            for _ in range(calls):
                model.zero_grad(set_to_none=True)
                torch.nn.functional.mse_loss(model(X), y).backward()
            return Run((perf_counter() - start) / calls)

        return run

    return prepare


def eager_predictions(layer_sizes, *, n_rows, calls=1):
    """Time predictions of the classes of the first `n_rows` rows, per call."""

    def prepare(data):
        import torch

        X = torch.from_numpy(data.X[:n_rows])
        model = relu_network(layer_sizes, X.dtype)

        def run():
            start = perf_counter()
            with torch.inference_mode():
                for _ in range(calls):
                    model(X).argmax(dim=1)
            return Run((perf_counter() - start) / calls)

        return run

    return prepare


def relu_network(layer_sizes, dtype, seed=0):
    """Return a network of fully connected layers with ReLU between them."""
    import torch

    torch.manual_seed(seed)
    layers = []
    for fan_in, fan_out in pairwise(layer_sizes):
        layers += [torch.nn.Linear(fan_in, fan_out, dtype=dtype), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def _timed_epochs(step, n_rows, batch_size, n_epochs):
    """Return a run of `n_epochs` epochs, which shuffle the rows."""
    import torch

    def run():
        start = perf_counter()
        for _ in range(n_epochs):
            for rows in torch.randperm(n_rows).split(batch_size):
                step(rows)
        n_steps = n_epochs * -(-n_rows // batch_size)
        return Run((perf_counter() - start) / n_steps)

    return run
