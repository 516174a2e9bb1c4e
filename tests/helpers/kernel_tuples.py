"""Named tuples that kernels take, made of their fields."""

from skmlp import _kernels

# Arguments that are named tuples: these tables have their fields one by one.
TUPLES = {
    "perceptron_epochs": {
        "rows": _kernels.PerceptronRows,
        "units": _kernels.PerceptronUnits,
        "rule": _kernels.PerceptronRule,
        "plan": _kernels.PerceptronPlan,
        "progress": _kernels.PerceptronProgress,
    },
    "coordinate_sweeps": {
        "columns": _kernels.Columns,
        "model": _kernels.QuadraticModel,
        "penalty": _kernels.ElasticNet,
    },
    "column_products": {"columns": _kernels.Columns},
    "run_program": {"program": _kernels.Program},
}


def bundled(kernel, arguments):
    """Return the arguments as the kernel takes them, with fields in named tuples."""
    arguments = dict(arguments)
    return {
        name: make_tuple(
            **{field: arguments.pop(field) for field in make_tuple._fields}
        )
        for name, make_tuple in TUPLES.get(kernel, {}).items()
    } | arguments
