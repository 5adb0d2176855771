"""F-scores: one number for precision and recall, counted for each class."""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.config import epsilon
from nanoconv.core.arrays import Number, as_array
from nanoconv.core.registry import register
from nanoconv.losses.label_shapes import weights_like
from nanoconv.metrics.metric import Metric

COUNTS = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


@register("metrics")
class FBetaScore(Metric):
    """The weighted harmonic mean of precision P and recall R.

    Math: F = (1 + b^2) P R / (b^2 P + R), with P = TP / (TP + FP) and R = TP / (TP + FN).

    Args:
        average: None (a score for each class), `"micro"` (all classes counted together), `"macro"`
            (the plain mean over classes) or `"weighted"` (weighted by each class's labels).
        beta: b; how many times recall matters more than precision.
        threshold: scores above it are positive answers; None for the best score only.
        name: the key in History.
        dtype: the float type of the counts.

    Raises:
        ValueError: for another average, a beta or a threshold that is not a fitting float.

    Reference: https://keras.io/api/metrics/classification_metrics/#fbetascore-class
    """

    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                f"average is {average!r}, but None, 'micro', 'macro' or 'weighted' is needed; "
                'write average="macro".'
            )
        if not isinstance(beta, float) or beta <= 0:
            raise ValueError(f"beta is {beta!r}, but a float above 0 is needed; write beta=1.0.")
        if threshold is not None and not (isinstance(threshold, float) and 0 < threshold <= 1):
            raise ValueError(
                f"threshold is {threshold!r}, but None or a float above 0, up to 1, is needed; "
                "write threshold=0.5."
            )
        self.average, self.beta, self.threshold = average, beta, threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch.

        Args:
            y_true: labels, 0 or 1, shape (N, C).
            y_pred: scores, shape (N, C).
            sample_weight: None, or one weight for each sample, shape (N,).

        Raises:
            ValueError: where the shapes are not both (N, C), or the weights do not fit.
        """
        y, p = np.asarray(y_true, self.dtype), np.asarray(y_pred, self.dtype)
        if y.ndim != 2 or y.shape != p.shape:
            raise ValueError(
                f"{self.name} got y_true of shape {y.shape} and y_pred of shape {p.shape}, but "
                "both must be (samples, classes); write to_categorical(y_true) for integer labels."
            )
        w = np.asarray(1 if sample_weight is None else sample_weight, self.dtype)
        w = weights_like(w[:, None] if w.ndim == 1 else w, p.shape)
        if not self._variables:
            shape = () if self.average == "micro" else (p.shape[-1],)
            for name in COUNTS:
                self.add_variable(shape, name=name)
        if self.threshold is None:
            a = (p >= p.max(-1, keepdims=True)) & (np.abs(p) > 1e-9)
        else:
            a = p > self.threshold
        axis = None if self.average == "micro" else 0
        for count, hits in zip(self._variables, (a * y, a * (1 - y), (1 - a) * y, y), strict=True):
            count.value[...] += (hits * w).sum(axis)

    def result(self) -> Any:
        """Return the score: a number, or one for each class where average is None."""
        if not self._variables:
            return Number(0.0)
        tp, fp, fn, labels = (count.value for count in self._variables)
        precision = tp / (tp + fp + epsilon())
        recall = tp / (tp + fn + epsilon())
        b2 = self.beta**2
        score = (1 + b2) * precision * recall / (b2 * precision + recall + epsilon())
        if self.average is None:
            return as_array(score)
        if self.average == "weighted":
            return Number((score * labels / (labels.sum() + epsilon())).sum())
        return Number(score.mean())


@register("metrics")
class F1Score(FBetaScore):
    """The harmonic mean of precision and recall; `FBetaScore` with beta = 1.

    Args: see `FBetaScore`.

    Reference: https://keras.io/api/metrics/classification_metrics/#f1score-class
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)
