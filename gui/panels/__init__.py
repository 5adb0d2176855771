"""Panels: the parts of the window that the user touches. They call functions that the app gives."""
