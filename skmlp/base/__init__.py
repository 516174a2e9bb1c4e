"""Code that all estimators share: checks of input, labels, callbacks, warnings, text.

Nothing here imports an estimator or a solver.
"""
