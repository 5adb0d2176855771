"""Layers in front of a model: rescaling, and random changes of images while training."""
