"""What one call of a layer leaves behind for its backward pass.

Layers hold parameters; everything about one particular pass over one particular chunk of a batch
travels in a `Cache` that the caller makes. That is why layers can be shared, can run in several
threads, and can predict while another thread trains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nanoconv.core.variable import Variable


class Cache:
    """One call on one chunk: its circumstances, what forward keeps, the gradients of backward.

    Args:
        training: whether this is a training pass (dropout drops, batch statistics are used).
        first: index, within the batch, of the first image of this chunk.
        seed: the random seed of the layer for this call.
        call: the number of this call, so that each batch gets another random mask.
        need_dx: whether backward must compute the gradient of the input.
        from_logits: whether the loss takes the logits: forward keeps z, the values before the
            activation, and the gradient that backward is given is theirs.

    Layers set further attributes freely in forward (`cache.x = x`) and read them in backward.
    """

    def __init__(
        self,
        training: bool = False,
        first: int = 0,
        seed: int = 0,
        call: int = 0,
        need_dx: bool = True,
        from_logits: bool = False,
    ) -> None:
        self.training = training
        self.first = first
        self.seed = seed
        self.call = call
        self.need_dx = need_dx
        self.from_logits = from_logits
        self.mask: np.ndarray | None = None  # where y > 0, of a layer whose kernel applies relu
        self.gradients: dict[Variable, np.ndarray] = {}  # what backward adds up

    def add_gradient(self, variable: Variable | None, gradient: np.ndarray) -> None:
        """Add to the gradient of a parameter.

        Args:
            variable: the parameter, or None, such as the bias of a layer without bias.
            gradient: an array of its shape that the layer gives away.
        """
        if variable is None:
            return
        if variable in self.gradients:
            self.gradients[variable] += gradient
        else:
            self.gradients[variable] = gradient

    def gradient(self, variable: Variable) -> np.ndarray:
        """Return what backward has added up for a parameter."""
        return self.gradients[variable]

    if TYPE_CHECKING:  # layers may set the attributes they like

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"this cache holds no {name!r}; call layer.forward(x, cache) before "
            "layer.backward(dy, cache), with the same cache."
        )
