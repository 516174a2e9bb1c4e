"""Benchmarks of skmlp; `python -m benchmarks` runs them."""
