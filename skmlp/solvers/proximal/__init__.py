"""Minimise with an l1 penalty: a Newton method of proximal steps on a working set.

Read `problem` and `penalty`, then `proximal_newton`.
"""
