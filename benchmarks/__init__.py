"""Side-by-side timings: ours, scikit-learn, PyTorch and the matrix products alone."""
