"""Tools for looking at a network, and for finding out what is wrong with one.

    from nanoconv import study

    study.check_gradients(layer, (2, 5, 5, 1))     which gradient is wrong, and by how much
    study.explain(layer, x, (0, 3, 4, 7))          the products behind one output value
    study.activations(model, x)                    every layer's output; also model.activations(x)
    study.saliency(model, x)                       which pixels count

and a plot of each; every `plot_` function returns the matplotlib figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nanoconv.core import absent
from nanoconv.models.layer_outputs import activations
from nanoconv.study.explain import Explanation, Product, explain
from nanoconv.study.gradient_check import check_gradients
from nanoconv.study.gradient_report import GradientReport, GradientRow
from nanoconv.study.saliency import saliency

if TYPE_CHECKING:
    from nanoconv.plots.plot_confusion import confusion_matrix, plot_confusion
    from nanoconv.plots.plot_explanation import plot_explanation
    from nanoconv.plots.plot_history import plot_history
    from nanoconv.plots.plot_model import plot_diagram
    from nanoconv.plots.plot_tiles import (
        plot_feature_maps,
        plot_filters,
        plot_misread,
        plot_saliency,
    )

__all__ = [
    "Explanation",
    "GradientReport",
    "GradientRow",
    "Product",
    "activations",
    "check_gradients",
    "confusion_matrix",
    "explain",
    "plot_confusion",
    "plot_diagram",
    "plot_explanation",
    "plot_feature_maps",
    "plot_filters",
    "plot_history",
    "plot_misread",
    "plot_saliency",
    "saliency",
]

# The plots draw what is computed here, so that their modules are loaded afterwards.
_PLOTS = {
    "confusion_matrix": "plot_confusion",
    "plot_confusion": "plot_confusion",
    "plot_diagram": "plot_model",
    "plot_explanation": "plot_explanation",
    "plot_feature_maps": "plot_tiles",
    "plot_filters": "plot_tiles",
    "plot_history": "plot_history",
    "plot_misread": "plot_tiles",
    "plot_saliency": "plot_tiles",
}
__getattr__, __dir__ = absent.public(
    __name__, {name: f"nanoconv.plots.{module}:{name}" for name, module in _PLOTS.items()}
)
