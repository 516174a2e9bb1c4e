"""Proof of the diagnosis: networks made ill on purpose, healthy ones, and cures."""
