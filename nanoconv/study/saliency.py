"""Which pixels a network looks at: the gradient of a class's score with respect to the image.

Reference: Simonyan, Vedaldi and Zisserman, Deep inside convolutional networks,
https://arxiv.org/abs/1312.6034
"""

from __future__ import annotations

from typing import Any

import numpy as np


def saliency(model: Any, x: Any, labels: Any = None) -> np.ndarray:
    """Return how each input value moves the score of a class, at inference.

    Math:
        s = z[label] - mean(z),  saliency = ds/dx

    z are the logits: what the final softmax is given (its own gradient vanishes where the network
    is sure), or the output of a model without softmax. Their mean is taken off because adding one
    value to all logits changes no probability (a single logit stays as it is).

    Args:
        model: with one input and one output of K classes.
        x: inputs (N, ...).
        labels: a class for each input, or one for all; by default the predicted ones.

    Returns:
        An array of the inputs' shape. Times `x`, it tells to first order how much of the score
        would be lost without that pixel.

    Raises:
        ValueError: where the model has several outputs, or a label is no class of it.

    Example:
        >>> import numpy as np
        >>> from nanoconv import Input, Sequential, layers, study
        >>> model = Sequential([Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, "softmax")])
        >>> study.saliency(model, np.ones((2, 28, 28, 1)), labels=3).shape
        (2, 28, 28, 1)
    """
    program = model.program_for(x)
    if len(program.outputs) != 1 or len(program.inputs) != 1:
        raise ValueError(
            f"{model.name} has {len(program.inputs)} inputs and {len(program.outputs)} outputs, "
            "but saliency needs one of each; write saliency(Model(inputs, one_output), x)."
        )
    ys, tape = program.forward(
        model.prepare_inputs(x), keep=True, logits=program.logit_calls, need_dx=True
    )
    N, K = ys[0].shape
    chosen = np.broadcast_to(ys[0].argmax(axis=1) if labels is None else labels, (N,))
    if not np.isin(chosen, np.arange(K)).all():
        raise ValueError(
            f"labels holds {chosen.tolist()}, but {model.name} tells {K} classes apart; "
            f"write labels from 0 to {K - 1}."
        )
    dz = np.full_like(ys[0], -1 / K if K > 1 else 0)  # ds/dz
    dz[np.arange(N), chosen.astype(int)] += 1
    dxs, _ = program.backward([dz], tape)
    assert dxs[0] is not None  # asked for by need_dx
    return dxs[0]
