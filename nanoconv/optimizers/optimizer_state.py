"""What an optimizer remembers from step to step: its variables, their number, its learning rate.

Reference: https://keras.io/api/optimizers/
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nanoconv import config, initializers
from nanoconv.core.variable import Variable
from nanoconv.optimizers import optimizer_checks
from nanoconv.optimizers.schedules import LearningRateSchedule

LearningRate = float | LearningRateSchedule | Callable[[], Any]


class OptimizerState:
    """The lower half of every optimizer.

    Args:
        name: of the optimizer.
        learning_rate: a number, which becomes a variable, a schedule, or a function.
    """

    gradient_accumulation_steps: int | None = None
    built = False

    def __init__(self, name: str, learning_rate: LearningRate) -> None:
        self.name = name
        self._variables: list[Variable] = []
        self._iterations = self._keep("iteration", np.int64(0))
        self._learning_rate: Variable | LearningRateSchedule | Callable[[], Any]
        if callable(learning_rate):
            self._learning_rate = learning_rate
        else:
            rate = optimizer_checks.check_learning_rate(learning_rate)
            self._learning_rate = self._keep("learning_rate", np.array(rate, config.floatx()))

    # ---- learning rate and iterations -----------------------------------------------------------

    @property
    def learning_rate(self) -> Any:
        """The rate of the next step; assign a number, or a schedule."""
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        return np.array(self._current_learning_rate(), config.floatx())[()]

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> None:
        old = self._learning_rate
        if callable(value):
            self._learning_rate = value
            self._variables = [v for v in self._variables if v is not old]
        elif isinstance(old, Variable):
            old.assign(optimizer_checks.check_learning_rate(value))
        else:
            raise TypeError(
                f"{self.name} follows {old!r}, so that its learning rate cannot be set to "
                f"{value!r}; write {type(self).__name__}(learning_rate={value!r})."
            )

    def _current_learning_rate(self) -> float:
        rate = self._learning_rate
        if isinstance(rate, Variable):
            return float(rate.value)
        if isinstance(rate, LearningRateSchedule):
            return float(rate(int(self._iterations.value)))
        return float(rate())

    @property
    def lr(self) -> Any:
        """Old spelling of `learning_rate`."""
        optimizer_checks.warn_lr()
        return self.learning_rate

    @lr.setter
    def lr(self, value: LearningRate) -> None:
        optimizer_checks.warn_lr()
        self.learning_rate = value

    @property
    def iterations(self) -> Any:
        """How many steps were made."""
        steps = self.gradient_accumulation_steps
        return self._iterations // steps if steps else self._iterations

    @property
    def step_number(self) -> int:
        """The number of the step under way, from 1: the t of the equations."""
        return int(self._iterations.value) // (self.gradient_accumulation_steps or 1) + 1

    # ---- variables ------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """All that the optimizer remembers, in the order in which Keras' files hold it."""
        return list(self._variables)

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: str | None = None,
        name: str | None = None,
    ) -> Variable:
        """Create a variable of the optimizer's own.

        Args:
            shape: of the array.
            initializer: its first values.
            dtype: `config.floatx()` by default.
            name: what it is called.
        """
        start = initializers.get(initializer)
        return self._keep(name or "variable", start(tuple(shape), dtype=dtype))

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Create a variable of the shape and type of a model's.

        Args:
            reference_variable: the model's.
            name: such as `"momentum"`; the model's path is put in front.
            initializer: its first values.
        """
        full_name = f"{reference_variable.path.replace('/', '_')}_{name or 'var'}"
        shape, dtype = reference_variable.shape, reference_variable.dtype
        return self.add_variable(shape, initializer, dtype, full_name)

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Create one variable, or several, for each of the model's.

        Args:
            trainable_variables: the model's.
            name: a name, or a list of names.
            initializer: the first values of all of them.

        Returns:
            A list in the order of `trainable_variables`; for several names, a tuple of lists.
        """
        names = [name] if isinstance(name, str) else name
        made = [
            [self.add_variable_from_reference(v, n, initializer) for n in names]
            for v in trainable_variables
        ]
        lists = tuple([row[i] for row in made] for i in range(len(names)))
        return lists[0] if isinstance(name, str) else lists

    def _keep(self, name: str, value: Any) -> Variable:
        variable = Variable(value, name=name, trainable=False, path=f"{self.name}/{name}")
        self._variables.append(variable)
        return variable

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Overwrite all that is remembered, in the order of `variables`.

        Raises:
            ValueError: where number or shapes differ; nothing is written then.
        """
        arrays = [np.asarray(w) for w in weights]
        shapes, expected = [a.shape for a in arrays], [v.shape for v in self._variables]
        if shapes != expected:
            raise ValueError(
                f"{self.name}.set_weights got arrays of shapes {shapes}, but remembers {expected}; "
                "write optimizer.build(model.trainable_variables) first."
            )
        for v, array in zip(self._variables, arrays, strict=True):
            v.value[...] = array

    def save_own_variables(self, store: Any) -> None:
        """Write the variables into a dictionary-like store under "0", "1", ..."""
        for i, v in enumerate(self._variables):
            store[str(i)] = v.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote; another number of variables is told and skipped."""
        if len(store) != len(self._variables):
            warnings.warn(
                f"{self.name} remembers {len(self._variables)} variables, but the file holds "
                f"{len(store)}, so that they are not loaded; compile with the optimizer that was "
                "saved.",
                stacklevel=2,
            )
            return
        self.set_weights([store[str(i)] for i in range(len(self._variables))])
