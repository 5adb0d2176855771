"""Plots of models, training curves, filters and feature maps; every function returns a figure."""
