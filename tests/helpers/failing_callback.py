"""A scikit-learn callback that raises an error."""


class Failing:
    """Callback that raises `error` at the end of the second iteration."""

    def __init__(self, error):
        self.error, self.count = error, 0

    def setup(self, estimator, context):
        self.count = 0

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        self.count += 1
        if self.count == 2:
            raise self.error
