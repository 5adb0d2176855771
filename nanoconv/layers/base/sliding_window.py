"""What convolution and pooling share: a window that slides over the image.

Reference: Dumoulin and Visin, A guide to convolution arithmetic, https://arxiv.org/abs/1603.07285
"""

from __future__ import annotations

from typing import Any

from nanoconv.config import check_data_format
from nanoconv.core.graph import Shape
from nanoconv.kernels.shapes import Window, output_length, window
from nanoconv.layers.base.argument_checks import check_image, check_last, padding_name, pair
from nanoconv.layers.base.layer import Layer


class SlidingWindow(Layer):
    """A layer whose output pixel (oh, ow) sees a window of the image.

    Args:
        window_size: (KH, KW), or one size for both.
        strides: (SH, SW), how far the window moves.
        padding: `"valid"` (stay inside) or `"same"` (reach over the edge).
        data_format: `"channels_last"` or None.
        dilation_rate: (DH, DW), the distance between the window's pixels.
        size_argument: what the subclass calls `window_size`, for its messages.

    Raises:
        ValueError: for arguments out of range, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y (N, OH, OW, ...)
        valid: OH = ⌊(H - DH (KH - 1) - 1) / SH⌋ + 1;  same: OH = ⌈H / SH⌉
    """

    per_image = True

    def __init__(
        self,
        window_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        *,
        size_argument: str = "kernel_size",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.window_size = pair(window_size, size_argument, self.name)
        self.strides = pair(strides, "strides", self.name)
        self.padding = padding_name(padding, self.name)
        self.data_format = check_data_format(data_format)
        self.dilation_rate = pair(dilation_rate, "dilation_rate", self.name)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{self.name} got strides={self.strides} and dilation_rate={self.dilation_rate}, "
                "but Keras allows only one of them above 1; leave one out."
            )

    def window(self, x_shape: tuple[int, ...]) -> Window:
        """Return the window's sizes, strides and padding on images of x_shape (N, H, W, C)."""
        _, H, W, _ = x_shape
        return window(self.window_size, self.strides, self.dilation_rate, self.padding, H, W)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, OH, OW, output channels)."""
        N, *image, C = input_shape
        OH, OW = (
            None if n is None else output_length(n, k, s, d, self.padding)
            for n, k, s, d in zip(
                image, self.window_size, self.strides, self.dilation_rate, strict=True
            )
        )
        return (N, OH, OW, self.output_channels(C))

    def output_channels(self, C: int | None) -> int | None:
        """Return how many channels y has where x has C."""
        return C

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check (N, H, W, C): rank, channels, and that the window fits in the image."""
        check_image(input_shape, self.name)
        if self.weights and self.weights[0].ndim == 4:  # a kernel (KH, KW, C, ...)
            check_last(input_shape, self.weights[0].shape[2], self.name, "channels")
        _, OH, OW, _ = self.compute_output_shape(input_shape)
        if any(size is not None and size < 1 for size in (OH, OW)):
            raise ValueError(
                f"{self.name} got an input of shape {tuple(input_shape)}, but its window does not "
                f"fit into {input_shape[1]} x {input_shape[2]} pixels; write padding='same', or "
                "use larger images or fewer pooling layers."
            )
