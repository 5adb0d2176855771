"""The study room: tools for looking at a network, and for finding out what is wrong with one.

    from nanoconv import study

    study.check_gradients(layer, (2, 5, 5, 1))     which gradient is wrong, and by how much
    study.explain(layer, x, (0, 3, 4, 7))          the products behind one output value
    study.activations(model, x)                    every layer's output; also model.activations(x)
    study.saliency(model, x)                       which pixels count

and a picture of each; every `plot_` function returns the matplotlib figure.
"""

from nanoconv.core import absent
from nanoconv.models.layer_outputs import activations
from nanoconv.plots.plot_confusion import confusion_matrix, plot_confusion
from nanoconv.plots.plot_diagram import plot_diagram
from nanoconv.plots.plot_digits import plot_misread
from nanoconv.plots.plot_explanation import plot_explanation
from nanoconv.plots.plot_history import plot_history
from nanoconv.plots.plot_layers import plot_feature_maps, plot_filters, plot_saliency
from nanoconv.study.explain import Explanation, Product, explain
from nanoconv.study.gradient_check import check_gradients
from nanoconv.study.gradient_report import GradientReport, GradientRow
from nanoconv.study.saliency import saliency

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

__getattr__, __dir__ = absent.public(__name__)
