"""Compare skmlp with scikit-learn at every size, from 30 rows to a million.

`rows` is the table of what is compared. `fits` times a row and `quality` compares the
two results. `report` prints both.
"""
