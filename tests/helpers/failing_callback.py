"""A scikit-learn callback that raises an error."""


class Failing:
    """Callback that raises `error` at the end of iteration `at`."""

    def __init__(self, error, at=2):
        self.error, self.at, self.count = error, at, 0

    def setup(self, estimator, context):
        self.count = 0

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        self.count += 1
        if self.count == self.at:
            raise self.error
