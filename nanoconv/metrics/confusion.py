"""Right and wrong answers, counted by kind: hits, false alarms, misses, and who is taken for whom.

A score above the threshold is a positive answer. Notation: TP true positives (hits), FP false
positives (false alarms), FN false negatives (misses), TN true negatives.

Reference: https://keras.io/api/metrics/classification_metrics/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv.core.arrays import Number, as_array
from nanoconv.core.registry import register
from nanoconv.core.variable import Variable
from nanoconv.losses.label_shapes import check_range, match_ranks, weights_like
from nanoconv.metrics.metric import Metric

KINDS = {  # kind -> (the label is positive, the answer is positive)
    "true_positives": (True, True),
    "false_positives": (False, True),
    "false_negatives": (True, False),
    "true_negatives": (False, False),
}


def confusion_matrix(y_true: Any, y_pred: Any, num_classes: int | None = None) -> np.ndarray:
    """Return how often each class was taken for each other.

    Shapes: y_true (N,), (N, 1) or (N, C), y_pred the same -> (num_classes, num_classes)

    Args:
        y_true: integer labels, or one-hot labels.
        y_pred: predicted integer labels, or scores of the classes.
        num_classes: the number of classes; by default the last axis of scores, else the largest
            label + 1.

    Returns:
        integers; row i, column j counts the samples of class i that were taken for class j.

    Raises:
        ValueError: where the lengths differ or a label is out of range.
    """
    y, p = np.asarray(y_true), np.asarray(y_pred)
    widths = [a.shape[-1] for a in (y, p) if a.ndim == 2 and a.shape[-1] > 1]
    truth, guess = (
        a.argmax(-1) if a.ndim == 2 and a.shape[-1] > 1 else a.reshape(-1) for a in (y, p)
    )
    if len(truth) != len(guess):
        raise ValueError(
            f"confusion_matrix got {len(truth)} labels but {len(guess)} predictions; "
            "give one prediction for each label."
        )
    largest = int(max(truth.max(), guess.max())) + 1 if truth.size else 0
    classes = num_classes or max([largest, *widths])
    for labels in (truth, guess):
        check_range(labels, classes)
    pairs = truth.astype(np.intp) * classes + guess.astype(np.intp)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


class _Counts(Metric):
    """Base of the metrics that count answers by kind, once for each threshold.

    A subclass names the two of `KINDS` that it compares: its result is the share of the first.
    """

    kinds: tuple[str, str]

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        self.init_thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        if thresholds is None:
            thresholds = 0.5 if top_k is None else -np.inf
        elif not all(t is not None and 0 <= t <= 1 for t in np.ravel(thresholds)):
            raise ValueError(
                f"thresholds are {thresholds}, but each must be from 0 to 1; write thresholds=0.5."
            )
        self.thresholds = [float(t) for t in np.ravel(thresholds)]
        self.counts: dict[str, Variable] = {
            kind: self.add_variable((len(self.thresholds),), name=kind) for kind in self.kinds
        }

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch.

        Args:
            y_true: labels, 0 or 1, shape (N,) or (N, C).
            y_pred: scores, 0 to 1, in the same shape.
            sample_weight: None, or one weight for each sample or each label.

        Raises:
            ValueError: where shapes do not fit.
        """
        p, y = match_ranks(np.asarray(y_pred, self.dtype), np.asarray(y_true))
        if p.shape != y.shape:
            raise ValueError(
                f"{self.name} got y_true of shape {y.shape}, but y_pred has shape {p.shape} "
                "and both must be alike; write to_categorical(y_true) for integer labels."
            )
        weights = np.asarray(1 if sample_weight is None else sample_weight, self.dtype)
        if 0 < weights.ndim < y.ndim:
            weights = weights[..., None]
        if self.top_k is not None:
            best = np.argsort(-p, axis=-1, kind="stable")[..., : self.top_k]
            kept = np.full_like(p, -np.inf)
            np.put_along_axis(kept, best, np.take_along_axis(p, best, -1), -1)
            p = kept
        if self.class_id is not None:
            p, y = p[..., self.class_id, None], y[..., self.class_id, None]
        weights = weights_like(weights, p.shape).reshape(-1)  # (M,)
        thresholds = np.array(self.thresholds, self.dtype)[:, None]  # (T, 1)
        answer, label = p.reshape(-1) > thresholds, y.reshape(-1) != 0  # (T, M), (M,)
        for kind, count in self.counts.items():
            positive_label, positive_answer = KINDS[kind]
            hits = (label == positive_label) & (answer == positive_answer)
            count.value[...] += (hits * weights).sum(-1)

    def result(self) -> Any:
        """Return the share: a number, or an array with one for each of several thresholds."""
        some, others = (count.value for count in self.counts.values())
        total = some + others
        share = np.divide(some, total, out=np.zeros_like(some), where=total != 0)
        return Number(share[0]) if len(share) == 1 else as_array(share)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


@register("metrics")
class Precision(_Counts):
    """How many positive answers are right: TP / (TP + FP).

    Args:
        thresholds: None (0.5; with top_k any score), a number, or a list, each from 0 to 1.
        top_k: only the k best scores of a sample can be positive answers; None for all.
        class_id: count this class only; None for all.
        name: the key in History.
        dtype: the float type of the counts.

    Raises:
        ValueError: for a threshold outside 0 ... 1.

    Reference: https://keras.io/api/metrics/classification_metrics/#precision-class
    """

    _direction = "up"
    kinds = ("true_positives", "false_positives")


@register("metrics")
class Recall(_Counts):
    """How many positive labels are found: TP / (TP + FN).

    Args: thresholds, top_k, class_id, name, dtype: see `Precision`.

    Reference: https://keras.io/api/metrics/classification_metrics/#recall-class
    """

    _direction = "up"
    kinds = ("true_positives", "false_negatives")
