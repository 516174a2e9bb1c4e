"""What all estimators owe scikit-learn, and users: checks, labels, callbacks.

Nothing here knows an estimator or a solver.
"""
