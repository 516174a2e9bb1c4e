"""The compiled kernels under gcc's sanitizers: see "Sanitizers" in CONTRIBUTING.md."""
