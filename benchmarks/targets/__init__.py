"""Compare the seconds in which libraries train to a given accuracy on test rows.

`tasks` has the data and their accuracies, `settings` has five settings of each library.
`race` trains one of them: `learners` are those of skmlp and scikit-learn,
`torch_training` those of PyTorch. `report` prints the results.
"""
