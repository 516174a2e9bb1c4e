"""The rows of the benchmark table, each with its data, contestants and targets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import sklearn.discriminant_analysis
import sklearn.linear_model
import sklearn.neural_network
from sklearn.model_selection import GridSearchCV

import skmlp
from benchmarks import contestants as run
from benchmarks import datasets, penalised, torch_networks

ALL = None  # the library's own default number of threads
_N_EPOCHS = 30


@dataclass(frozen=True)
class Work:
    """A row of the table: a unit of work that several contestants do.

    `ours`, `theirs` and the other roles are {name of a variant: prepare}, where
    `prepare(data)` returns `run`. Of all variants and numbers of threads of a role, the
    one with the lowest median counts.
    """

    name: str
    unit: str
    data: Callable
    quick_data: Callable
    ours: dict
    theirs: dict
    torch_eager: dict = field(default_factory=dict)
    torch_compiled: dict = field(default_factory=dict)
    floor: dict = field(default_factory=dict)
    default_threads: bool = False  # default number of threads only, not also one
    times_faster: float | None = None  # lower limit of theirs ÷ ours
    of_floor: float | None = None  # upper limit of ours ÷ floor
    bytes_beyond_input: float | None = None  # upper limit
    measures_memory: bool = True
    compares: str | None = None  # "loss" or "predictions"

    def contestants(self, role):
        """Return the variants of a role, and the numbers of threads to run them on."""
        fixed = self.default_threads and role in ("ours", "theirs")
        return getattr(self, role), (ALL,) if fixed else (1, ALL)


def our_run(name, make, **settings):
    """Return `prepare` of our estimator, which is constructed in `prepare(data)`.

    A revision may lack the estimator or a parameter; then only this row fails.
    """
    return lambda data: make(getattr(skmlp, name)(**settings))(data)


def both_libraries(name, make, **settings):
    """Return the contestants of both libraries from an estimator's name and parameters.

    The result has the keys 'ours' and 'theirs'.
    """
    theirs = next(
        getattr(module, name)
        for module in (
            sklearn.neural_network,
            sklearn.linear_model,
            sklearn.discriminant_analysis,
        )
        if hasattr(module, name)
    )
    return {
        "ours": {"": our_run(name, make, **settings)},
        "theirs": {"": make(theirs(**settings))},
    }


def network_steps(
    name,
    sizes,
    *,
    batch_size,
    data,
    quick_data=None,
    solver="adam",
    **targets,
):
    """Return a row of the steps of a stochastic fit of 30 epochs.

    A fit costs one pass over all rows beside its epochs, for the loss at the weights
    that it keeps: the more epochs, the less of a step this is.
    """
    settings = {
        "hidden_layer_sizes": sizes[1:-1],
        "solver": solver,
        "batch_size": batch_size,
        "max_iter": _N_EPOCHS,
        "tol": 0.0,
        "n_iter_no_change": np.inf,
        "random_state": 0,
    }
    torch = {"batch_size": batch_size, "n_epochs": _N_EPOCHS}
    adam = solver == "adam"
    n_parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    return Work(
        name=name,
        unit="step",
        data=data,
        quick_data=quick_data or data,
        **both_libraries(
            "MLPClassifier",
            lambda estimator: run.epochs(estimator, batch_size=batch_size),
            **settings,
        ),
        torch_eager={"": torch_networks.eager_epochs(sizes, **torch)} if adam else {},
        torch_compiled=(
            {"": torch_networks.compiled_epochs(sizes, **torch)} if adam else {}
        ),
        floor={"": run.products(sizes, np.float32, rows=batch_size)},
        # Parameters, gradient, two moments, and two batches of all layers' outputs.
        bytes_beyond_input=1.2 * 4 * (4 * n_parameters + 2 * batch_size * sum(sizes)),
        compares="loss",
        **targets,
    )


def grid_search(classifier):
    """Return a grid search over 24 networks with 3 folds, in two processes."""
    return GridSearchCV(
        classifier,
        {
            "hidden_layer_sizes": [(32,), (64,), (100,), (64, 32)],
            "alpha": [1e-4, 1e-3, 1e-2],
            "learning_rate_init": [0.001, 0.005],
        },
        cv=3,
        n_jobs=2,
    )


def searches(classifier):
    """Return `prepare` of a whole grid search."""
    return run.fits(grid_search(classifier))


def block_variants(sizes, dtype, *, rows, trains=True):
    """Return matrix products over all rows at once, and over blocks that fit the cache.

    BLAS splits each product between its threads, except in the last variant, where
    each Python thread computes products of its own.
    """
    variants = {
        f"blocks of {block}" if block else "in one go": run.products(
            sizes, dtype, rows=rows, block=block, trains=trains
        )
        for block in (None, 512, 2048)
    }
    variants["shared blocks of 512"] = run.shared_products(
        sizes, dtype, rows=rows, block=512, trains=trains
    )
    return variants


def discriminants(name, *, theirs, data, quick_data, weighted=False, **targets):
    """Return a row of a fit of linear discriminant analysis.

    `theirs` are the parameters of scikit-learn's estimator. Ours has these parameters,
    but its default solver. With `weighted` only ours has sample weights, since
    scikit-learn's takes none.
    """
    name_of_both = "LinearDiscriminantAnalysis"
    settings = {key: value for key, value in theirs.items() if key != "solver"}
    ours = both_libraries(
        name_of_both,
        lambda e: run.fits(e, predicts=True, weighted=weighted),
        **settings,
    )
    others = both_libraries(
        name_of_both, lambda e: run.fits(e, predicts=True), **theirs
    )
    return Work(
        name=name,
        unit="fit",
        data=data,
        quick_data=quick_data,
        ours=ours["ours"],
        theirs=others["theirs"],
        floor={"": run.rank_k_product},
        compares="predictions",
        **targets,
    )


def perceptron(name, n_classes, *, average=False, **targets):
    """Return a row of ten epochs of a perceptron, in seconds per epoch.

    scikit-learn's perceptron of several classes also runs with n_jobs=-1. With
    `average`, theirs is SGDClassifier, and the floor is our perceptron without average.
    """
    settings = {"max_iter": 10, "tol": None, "random_state": 0}
    contestants = both_libraries("Perceptron", run.iterations, **settings)
    if average:
        contestants = {
            "ours": {
                "": our_run("Perceptron", run.iterations, average=True, **settings)
            },
            "theirs": {
                "": run.iterations(
                    sklearn.linear_model.SGDClassifier(
                        "perceptron",
                        penalty=None,
                        learning_rate="constant",
                        eta0=1.0,
                        average=True,
                        **settings,
                    )
                )
            },
            "floor": {"": our_run("Perceptron", run.iterations, **settings)},
        }
    elif n_classes > 2:
        threaded = both_libraries("Perceptron", run.iterations, **settings, n_jobs=-1)
        contestants["theirs"]["n_jobs=-1"] = threaded["theirs"][""]
    return Work(
        name=name,
        unit="epoch",
        data=lambda: datasets.blobs(200_000, 100, n_classes),
        quick_data=lambda: datasets.blobs(20_000, 100, n_classes),
        **contestants,
        default_threads=True,
        **targets,
    )


def perceptron_on_text(name, n_classes, **targets):
    """Return a row of ten epochs on sparse documents, in seconds per epoch."""
    settings = {"max_iter": 10, "tol": None, "random_state": 0}
    return Work(
        name=name,
        unit="epoch",
        data=lambda: datasets.documents(20_000, 50_000, n_classes),
        quick_data=lambda: datasets.documents(4000, 50_000, n_classes),
        **both_libraries("Perceptron", run.iterations, **settings),
        default_threads=True,
        **targets,
    )


def l1_fits(name, data, C, *, binary=True):
    """Yield rows of l1 fits of equal accuracy: against saga, and the best other."""
    settings = {
        "unit": "fit",
        "data": data,
        "quick_data": data,
        "measures_memory": False,
        "default_threads": True,
    }
    ours = {"": penalised.fit_to_gap(penalised.ours, C)}
    yield Work(
        name=f"l1 {name} / saga",
        ours=ours,
        theirs={"": penalised.fit_to_gap(penalised.saga, C)},
        times_faster=10,
        **settings,
    )
    if binary:
        yield Work(
            name=f"l1 {name} / best other",
            ours=ours,
            theirs=penalised.others(C),
            times_faster=1,
            **settings,
        )


DIGITS = (64, 100, 10)
TABULAR = (20, 64, 64, 3)
REGRESSION = (13, 50, 1)

WORKS = (
    network_steps(
        "MLP 64-100-10, batch 200",
        DIGITS,
        batch_size=200,
        data=datasets.digits,
        times_faster=4.5,
        of_floor=1.4,
    ),
    network_steps(
        "MLP 64-100-10, batch 32",
        DIGITS,
        batch_size=32,
        data=datasets.digits,
        times_faster=12,
        of_floor=1.3,
    ),
    network_steps(
        "MLP 784-100-10, batch 200",
        (784, 100, 10),
        batch_size=200,
        data=lambda: datasets.fashion(2000),
        quick_data=lambda: datasets.fashion(1000),
        times_faster=1.9,
        of_floor=1.6,
    ),
    network_steps(
        "MLP 784-512-256-10, batch 200",
        (784, 512, 256, 10),
        batch_size=200,
        data=lambda: datasets.fashion(1000),
        quick_data=lambda: datasets.fashion(400),
        times_faster=2.7,
        of_floor=1.3,
    ),
    network_steps(
        "MLP 20-64-64-3, batch 256",
        TABULAR,
        batch_size=256,
        data=lambda: datasets.blobs(20_000, 20, 3, dtype=np.float32),
        quick_data=lambda: datasets.blobs(4000, 20, 3, dtype=np.float32),
        times_faster=5,
        of_floor=1.5,
    ),
    *(
        network_steps(
            f"MLP 20-32-2, batch 1, {solver}",
            (20, 32, 2),
            batch_size=1,
            data=lambda: datasets.blobs(1000, 20, 2, dtype=np.float32),
            quick_data=lambda: datasets.blobs(100, 20, 2, dtype=np.float32),
            solver=solver,
            times_faster=100,
        )
        for solver in ("adam", "sgd")
    ),
    Work(
        name="MLPRegressor 13-50-1, L-BFGS",
        unit="evaluation",
        data=lambda: datasets.curve(20_000, 13),
        quick_data=lambda: datasets.curve(20_000, 13),
        **both_libraries(
            "MLPRegressor",
            run.evaluations,
            hidden_layer_sizes=(50,),
            solver="lbfgs",
            max_iter=20,
            tol=1e-12,
            random_state=0,
        ),
        torch_eager={"": torch_networks.eager_evaluations(REGRESSION, calls=20)},
        floor=block_variants(REGRESSION, np.float64, rows=20_000),
        compares="loss",
        times_faster=3,
        of_floor=2,
    ),
    *(
        Work(
            name=f"predict 64-100-10, n = {n_rows:,}",
            unit="call",
            data=lambda n_rows=n_rows: datasets.digits(n_rows=max(n_rows, 2000)),
            quick_data=lambda n_rows=n_rows: datasets.digits(n_rows=max(n_rows, 2000)),
            **both_libraries(
                "MLPClassifier",
                lambda estimator, n_rows=n_rows, calls=calls: run.predictions(
                    estimator, n_rows=n_rows, calls=calls
                ),
                max_iter=2,
                random_state=0,
            ),
            torch_eager={
                "": torch_networks.eager_predictions(DIGITS, n_rows=n_rows, calls=calls)
            },
            floor=block_variants(DIGITS, np.float32, rows=n_rows, trains=False)
            if of_floor
            else {},
            times_faster=times_faster,
            of_floor=of_floor,
        )
        for n_rows, calls, times_faster, of_floor in (
            (100_000, 3, 2, 1.4),
            (1, 300, 1, None),
        )
    ),
    Work(
        name="LogisticRegression, digits",
        unit="fit",
        data=lambda: datasets.digits(np.float64, scale=1),
        quick_data=lambda: datasets.digits(np.float64, scale=1),
        **both_libraries("LogisticRegression", run.fits),
        default_threads=True,
        times_faster=15,
    ),
    Work(
        name="LogisticRegression 200,000 × 100",
        unit="iteration",
        data=lambda: datasets.blobs(200_000, 100, 5),
        quick_data=lambda: datasets.blobs(20_000, 100, 5),
        # Ours chooses new coordinates after 10 iterations; the difference includes it.
        **both_libraries(
            "LogisticRegression",
            lambda estimator: run.later_iterations(estimator, few=10, many=30),
            tol=1e-12,
        ),
        floor=block_variants((100, 5), np.float64, rows=200_000),
        times_faster=5,
        of_floor=2,
    ),
    Work(
        name="LogisticRegression, to 1e-5",
        unit="fit",
        data=lambda: datasets.blobs(200_000, 100, 5),
        quick_data=lambda: datasets.blobs(20_000, 100, 5),
        **both_libraries("LogisticRegression", run.fits, max_iter=1000, tol=1e-5),
        measures_memory=False,
    ),
    *(
        Work(
            name=f"Newton {n_rows:,} × {n_features}, {n_classes} classes",
            unit="iteration",
            data=lambda shape=(n_rows, n_features, n_classes): datasets.blobs(*shape),
            quick_data=lambda shape=(2000, n_features, n_classes): datasets.blobs(
                *shape
            ),
            **both_libraries(
                "LogisticRegression",
                run.iterations,
                solver="newton-cholesky",
                max_iter=5,
                tol=1e-12,
            ),
        )
        for n_rows, n_features, n_classes in ((20_000, 100, 5), (50_000, 50, 2))
    ),
    *l1_fits("digits", datasets.digits_in_units, 1.0, binary=False),
    *l1_fits("breast cancer", datasets.breast_cancer, 1.0),
    *l1_fits("text", lambda: datasets.text(2000, 10_000), 10.0),
    *(
        discriminants(
            f"LDA {what}, {solver}",
            theirs={"solver": solver} | shrinkage,
            weighted=weighted,
            data=lambda: datasets.blobs(200_000, 100, 5),
            quick_data=lambda: datasets.blobs(20_000, 100, 5),
            times_faster=times_faster,
            of_floor=2.5,
        )
        for solver, what, weighted, shrinkage, times_faster in (
            ("svd", "200,000 × 100", False, {}, 8),
            ("lsqr", "200,000 × 100", False, {}, 2),
            ("svd", "weighted", True, {}, 8),
            ("lsqr", "weighted, shrunk", True, {"shrinkage": 0.1}, 2),
            ("lsqr", "weighted, 'auto'", True, {"shrinkage": "auto"}, 2),
        )
    ),
    Work(
        name="LDA leave-one-out",
        unit="all rows",
        data=lambda: datasets.blobs(200_000, 100, 5),
        quick_data=lambda: datasets.blobs(20_000, 100, 5),
        ours={"": our_run("LinearDiscriminantAnalysis", run.leave_one_out)},
        # Their time is that of one fit; a loop over the rows would take 200,000 fits.
        theirs=both_libraries("LinearDiscriminantAnalysis", run.fits)["theirs"],
        times_faster=1,
    ),
    discriminants(
        "LDA 20,000 × 784 float32",
        theirs={"solver": "svd"},
        data=lambda: datasets.fashion(20_000),
        quick_data=lambda: datasets.fashion(4000),
        times_faster=6,
        of_floor=2.5,
    ),
    discriminants(
        "LDA iris",
        theirs={"solver": "svd"},
        data=datasets.iris,
        quick_data=datasets.iris,
        times_faster=1,
        measures_memory=False,
        default_threads=True,
    ),
    perceptron("Perceptron 200,000 × 100, 5", 5, times_faster=8),
    perceptron("Perceptron 200,000 × 100, 2", 2, times_faster=3),
    perceptron("Perceptron averaged, 5", 5, average=True, of_floor=1.3),
    perceptron("Perceptron averaged, 2", 2, average=True, of_floor=1.3),
    perceptron_on_text("Perceptron on text, 2", 2, times_faster=3),
    perceptron_on_text("Perceptron on text, 20", 20, times_faster=3),
    Work(
        name="GridSearchCV, 24 MLPs × 3",
        unit="search",
        data=datasets.digits,
        quick_data=lambda: datasets.digits().head(600),
        **both_libraries("MLPClassifier", searches, max_iter=30, random_state=0),
        default_threads=True,
        measures_memory=False,
        times_faster=5,
    ),
)
