"""The variables of a layer: made in `build`, ordered as Keras orders them, read and overwritten.

Reference: https://keras.io/api/layers/base_layer/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import constraints, initializers, regularizers
from nanoconv.core import allocation
from nanoconv.core.arrays import as_plain
from nanoconv.core.variable import Variable
from nanoconv.random import SeedGenerator


class Weights:
    """The half of a layer that owns variables.

    Args:
        trainable: whether optimizers may change the parameters.
    """

    name: str
    dtype: str
    seed_generator: SeedGenerator | None = None  # of layers that draw random numbers

    def __init__(self, trainable: bool = True) -> None:
        self._trainable = trainable
        self._own_variables: list[Variable] = []

    def add_weight(
        self,
        shape: Sequence[Any] | None = None,
        initializer: Any = None,
        dtype: str | None = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Create a variable of this layer.

        Args:
            shape: of the array; a scalar by default.
            initializer: Glorot's uniform by default.
            dtype: the layer's by default.
            trainable: a parameter (True) or state that forward keeps (False).
            regularizer, constraint: as in Keras.
            name: inside this layer, such as `"kernel"`.
        """
        start = initializers.get(initializer or "glorot_uniform")
        path = f"{self.name}/{name or 'variable'}"
        variable = Variable(
            allocation.new_array(path, tuple(shape or ()), dtype or self.dtype, start),
            name=name or "variable",
            trainable=trainable,
            regularizer=regularizers.get(regularizer),
            constraint=constraints.get(constraint),
            path=path,
        )
        self._own_variables.append(variable)
        return variable

    def keep_options(
        self, name: str, initializer: Any, regularizer: Any = None, constraint: Any = None
    ) -> None:
        """Keep a parameter's arguments as `self.<name>_initializer` and so on, for `add_parameter`.

        Args:
            name: what the arguments' names begin with, such as `"kernel"`.
            initializer: how the parameter begins.
            regularizer: a penalty that joins the loss, or None.
            constraint: a projection after each update, or None.
        """
        setattr(self, f"{name}_initializer", initializers.get(initializer))
        setattr(self, f"{name}_regularizer", regularizers.get(regularizer))
        setattr(self, f"{name}_constraint", constraints.get(constraint))

    def add_parameter(
        self, shape: Sequence[int], name: str, options: str | None = None
    ) -> Variable:
        """Create a parameter with the arguments that `keep_options` kept.

        Args:
            shape: of the array.
            name: inside this layer, such as `"kernel"`.
            options: the name under which they were kept; `name` by default.
        """
        options = options or name
        return self.add_weight(
            shape,
            getattr(self, f"{options}_initializer"),
            regularizer=getattr(self, f"{options}_regularizer"),
            constraint=getattr(self, f"{options}_constraint"),
            name=name,
        )

    @property
    def trainable(self) -> bool:
        """Whether optimizers may change this layer's parameters."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def weights(self) -> list[Variable]:
        """Parameters, then state, as Keras orders them."""
        own = self._own_variables
        return [v for v in own if v.trainable] + [v for v in own if not v.trainable]

    @property
    def variables(self) -> list[Variable]:
        """All weights, and the random state of layers that have one."""
        return self.weights + ([self.seed_generator.state] if self.seed_generator else [])

    @property
    def trainable_variables(self) -> list[Variable]:
        """The parameters that optimizers change: none while the layer is frozen."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All variables that optimizers leave alone."""
        trained = set(self.trainable_variables)
        return [v for v in self.variables if v not in trained]

    @property
    def trainable_weights(self) -> list[Variable]:
        """Same as `trainable_variables`."""
        return self.trainable_variables

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that optimizers leave alone."""
        trained = set(self.trainable_variables)
        return [v for v in self.weights if v not in trained]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weights, in the order of `weights`."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Overwrite all weights in place.

        Args:
            weights: arrays in the order of `get_weights()`.

        Raises:
            ValueError: where number or shapes differ; nothing is written then.
        """
        variables, arrays = self.weights, [as_plain(w) for w in weights]
        shapes = [a.shape for a in arrays]
        expected = [v.shape for v in variables]
        if shapes != expected:
            raise ValueError(
                f"{self.name}.set_weights got arrays of shapes {shapes}, but {expected} are needed"
                + (
                    "; build the model first, with model.build(input_shape)."
                    if not expected
                    else f"; write {self.name}.set_weights(other.get_weights()) of an equal layer."
                )
            )
        for variable, array in zip(variables, arrays, strict=True):
            variable.value[...] = array

    def count_params(self) -> int:
        """Return the number of single numbers in all weights."""
        return sum(v.size for v in self.weights)
