"""Fuzz test of the compiled kernels under gcc's sanitizers; see CONTRIBUTING.md."""
