"""Where a model begins: the shape of one input.

Reference: https://keras.io/api/layers/core_layers/input/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.core.graph import Node, Shape, SymbolicTensor
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import refuse
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


@register("layers")
class InputLayer(Layer):
    """The layer that stands for a model's input; it passes it on.

    Args:
        shape: of one input, without the batch size.
        batch_size: where it is fixed; None by default.
        dtype: the type that inputs are cast to.
        batch_shape: the shape with the batch size, instead of the two arguments above.
        sparse, ragged, input_tensor, optional: not supported, their defaults only.
        name: for messages and files.

    Raises:
        ValueError: where no shape is given, or an unsupported argument is.

    Shapes:
        x (N, ...), y (N, ...)

    Math:
        y = x,  dx = dy

    Example:
        >>> InputLayer((28, 28, 1)).output.shape
        (None, 28, 28, 1)

    Reference: https://keras.io/api/layers/core_layers/input/
    """

    per_image = True
    keeps_shape = True

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: Any = None,
        ragged: Any = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if dtype is not None and np.dtype(dtype).kind in "iub":
            dtype = None  # integer images are cast to the model's float type on entry
        shape = kwargs.pop("input_shape", shape)
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        super().__init__(dtype=dtype, name=name, **kwargs)
        refuse(
            self.name, sparse=sparse, ragged=ragged, input_tensor=input_tensor, optional=optional
        )
        if batch_shape is None:
            if shape is None:
                raise ValueError(
                    f"{self.name} got no shape, but a model's input needs one; "
                    "write Input(shape=(28, 28, 1))."
                )
            shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
            batch_shape = (batch_size, *shape)
        self.batch_shape: Shape = tuple(batch_shape)
        self.sparse, self.ragged, self.optional = False, False, False
        self.built = True
        node = Node(self, [])
        self._nodes.append(node)
        node.add_output(self.batch_shape, self.dtype)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Return x."""
        return x

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Return dy."""
        return dy

    def get_config(self) -> dict[str, Any]:
        """Return what Keras writes for an input layer."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": False,
        }


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: Any = None,
    ragged: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> SymbolicTensor:
    """Return a symbolic tensor to build a model from.

    Args:
        shape: of one input, without the batch size, such as `(28, 28, 1)`.
        batch_size: where it is fixed.
        dtype: the type that inputs are cast to.
        batch_shape: the shape with the batch size, instead of the two above.
        sparse, ragged, tensor, optional: not supported, their defaults only.
        name: for messages and files.

    Example:
        >>> Input((28, 28, 1)).shape
        (None, 28, 28, 1)

    Reference: https://keras.io/api/layers/core_layers/input/
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        input_tensor=tensor,
        optional=optional,
        name=name,
    )
    return layer.output
