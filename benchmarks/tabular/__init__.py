"""Compare settings of networks on real tables: ``python -m benchmarks.tabular``.

Read `tables`, `settings`, `runs`, then `report`.
"""
