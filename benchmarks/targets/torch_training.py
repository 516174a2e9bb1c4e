"""Train networks in PyTorch until a watch stops them: eager mode, fused optimisers."""

import os
from dataclasses import dataclass

from benchmarks.torch_networks import relu_network

_MOST_EPOCHS = 1000


@dataclass(frozen=True, eq=False)
class Torch:
    """Network of PyTorch with ReLU, and how it is trained.

    `rule` is the name of a class of torch.optim. With `cycle` the rate follows
    OneCycleLR, whose highest rate is `rate` and whose length is `cycle` epochs.
    `batch_size=None` takes all rows in every step.
    """

    name: str
    hidden: tuple
    rule: str
    rate: float
    batch_size: int | None
    cycle: int | None = None
    options: tuple = ()

    def train(self, data, seed, watch, threads):
        """Return the Outcome of a training that ends when the accuracy is reached."""
        import torch

        torch.set_num_threads(threads or os.cpu_count())
        watch.start()
        X, y = torch.from_numpy(data.X), torch.from_numpy(data.y)
        sizes = (X.shape[1], *self.hidden, int(y.max()) + 1)
        model = relu_network(sizes, X.dtype, seed)
        rule = getattr(torch.optim, self.rule)(
            model.parameters(), lr=self.rate, **dict(self.options)
        )
        batch_size = self.batch_size or len(X)
        schedule = None
        if self.cycle:
            n_steps = self.cycle * -(-len(X) // batch_size)
            schedule = torch.optim.lr_scheduler.OneCycleLR(
                rule, self.rate, total_steps=n_steps
            )

        def loss_of(rows):
            rule.zero_grad(set_to_none=True)
            loss = torch.nn.functional.cross_entropy(model(X[rows]), y[rows])
            loss.backward()
            return loss

        def predict(rows):
            with torch.inference_mode():
                return model(torch.from_numpy(rows)).argmax(dim=1).numpy()

        for _ in range(self.cycle or _MOST_EPOCHS):
            for rows in torch.randperm(len(X)).split(batch_size):
                rule.step(lambda rows=rows: loss_of(rows))
                if schedule:
                    schedule.step()
            if watch.epoch_ends(predict):
                break
        return watch.outcome()
