"""The fast kernels: compiled by Numba, on several threads, with the same results as `naive`."""
