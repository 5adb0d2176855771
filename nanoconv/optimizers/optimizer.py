"""What every optimizer is: one step, and what is remembered from step to step.

One step of any optimizer is

    optimizer.apply(gradients, variables)

which clips the gradients, applies weight decay, calls `update_step` for each variable, projects
each variable by its constraint, and counts one iteration. A new optimizer is a class with
`remember` (create what is remembered for each variable) and `update_step`.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import numpy as np

from nanoconv import config, initializers
from nanoconv.core import naming, registry
from nanoconv.core.arrays import Number
from nanoconv.core.configuration import arguments_of
from nanoconv.core.variable import Variable
from nanoconv.optimizers import optimizer_checks, schedules
from nanoconv.optimizers.schedules import LearningRateSchedule

# The arguments of all optimizers, in the order in which Keras writes them.
SHARED = [
    "name", "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "ema_momentum",
    "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps",
]  # fmt: skip

LearningRate = float | LearningRateSchedule | Callable[[], Any]


class Optimizer:
    """Base of all optimizers.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        weight_decay: before each step w <- w - w weight_decay learning_rate; None for none.
        clipnorm: the largest norm of each gradient; None for no limit.
        clipvalue: the largest absolute value within a gradient; None for no limit.
        global_clipnorm: the largest norm of all gradients together; None for no limit.
        use_ema: whether to keep a moving average of the weights, which replaces them at the end.
        ema_momentum: how slowly the average follows, 0 to 1.
        ema_overwrite_frequency: replace the weights by their average every so many steps, too.
        loss_scale_factor: what the loss was multiplied by; gradients are divided by it.
        gradient_accumulation_steps: make one step with the mean of so many gradients.
        name: made from the class's name by default.
        kwargs: old spellings: `lr` works with a warning, `decay` is ignored with a warning.

    Raises:
        ValueError: for arguments that are unknown, out of range or exclude each other.

    Reference: https://keras.io/api/optimizers/
    """

    def __init__(
        self,
        learning_rate: LearningRate,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        learning_rate = optimizer_checks.old_spellings(type(self).__name__, learning_rate, kwargs)
        self.name = name or naming.auto_name(type(self).__name__)
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        optimizer_checks.check_options(self)
        self.built = False
        self._variables: list[Variable] = []
        self._trainable_variables: list[Variable] = []
        self._indices: dict[Variable, int] = {}
        self._not_decayed: set[Variable] = set()
        self._not_decayed_names: list[str] = []
        self._iterations = self._keep("iteration", np.int64(0))
        self._learning_rate: Any = learning_rate  # a schedule or a function, else a variable
        if not callable(learning_rate):
            rate = optimizer_checks.check_learning_rate(learning_rate)
            self._learning_rate = self._keep("learning_rate", np.array(rate, config.floatx()))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Show each subclass's own arguments, then those that all optimizers share.

        Subclasses pass the shared ones on as `*shared, **options`; documentation, completion and
        `inspect.signature` name them all the same.
        """
        super().__init_subclass__(**kwargs)
        own = inspect.signature(cls.__init__).parameters.values()
        plain = [p for p in own if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"]
        names = {p.name for p in plain}
        shared = inspect.signature(Optimizer.__init__).parameters.values()
        rest = [p for p in shared if p.name not in names | {"self", "learning_rate"}]
        cls.__signature__ = inspect.Signature(plain + rest)  # type: ignore[attr-defined]

    # ---- what an optimizer defines --------------------------------------------------------------

    def build(self, variables: Sequence[Variable]) -> None:
        """Create what is remembered for each variable, the first time only.

        Args:
            variables: all that this optimizer will ever change, in the model's order.
        """
        if self.built:
            return
        self._trainable_variables = list(variables)
        self._indices = {v: i for i, v in enumerate(self._trainable_variables)}
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._sums = self.add_optimizer_variables(variables, "gradient_accumulator")
        self.remember(variables)
        self.built = True

    def remember(self, variables: Sequence[Variable]) -> None:
        """Create what this kind of optimizer remembers for each variable."""

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Change one variable in place.

        Args:
            gradient: of the variable's shape; it must not be written to.
            variable: what to change.
            learning_rate: for this step.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method "
            "update_step(self, gradient, variable, learning_rate)."
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again.

        An argument that a subclass keeps under another name is the subclass's to add.
        """
        rate = self._learning_rate
        rate = float(rate) if isinstance(rate, Variable) else registry.serialize(rate)
        others = arguments_of(self, SHARED, left_out=["learning_rate"])
        return {"name": self.name, "learning_rate": rate, **others}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Make an optimizer from `get_config()`'s dictionary.

        Args:
            config: the dictionary; it is not changed.
            custom_objects: further names, for schedules of your own.
        """
        config = dict(config)
        if isinstance(config.get("learning_rate"), (dict, str)):
            rate = schedules.deserialize(config["learning_rate"], custom_objects)
            config["learning_rate"] = rate
        return cls(**config)

    # ---- one step -------------------------------------------------------------------------------

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Make one step: clip, decay, update, constrain, count.

        Args:
            grads: one array for each variable, or None where it has no gradient.
            trainable_variables: those that the optimizer was built with, or some of them; needed
                at the first step.

        Raises:
            ValueError: where gradients and variables do not match; nothing is changed then.
        """
        if len(grads) == 0:
            return
        if trainable_variables is None:
            trainable_variables = self._trainable_variables
        check_gradients(grads, trainable_variables)
        self.build(trainable_variables)
        gradients, variables = [], []
        for g, v in zip(grads, trainable_variables, strict=True):
            self._get_variable_index(v)  # refuses a variable of another model
            if g is not None:
                gradients.append(np.asarray(g))
                variables.append(v)
        if self.loss_scale_factor is not None:
            gradients = [g / self.loss_scale_factor for g in gradients]
        if self.gradient_accumulation_steps:
            gradients = self._accumulate(gradients, variables, self.gradient_accumulation_steps)
        if gradients:
            self._step(gradients, variables)
        if self.use_ema:
            self._follow_average()
        for v in variables:
            if v.constraint is not None:
                v.assign(v.constraint(v.value))
        self._iterations.value += 1

    def _step(self, gradients: list[np.ndarray], variables: list[Variable]) -> None:
        """Clip, decay and update.

        Math: clipnorm c:        g <- g c / max(|g|, c)
              global_clipnorm c: g <- g c / max(|all g|, c); NaN where that norm is not finite
              clipvalue c:       g <- min(max(g, -c), c), element by element

        Reference: Pascanu et al. 2013, https://arxiv.org/abs/1211.5063
        """
        learning_rate = self._current_learning_rate()
        if self.clipnorm:
            c = self.clipnorm
            gradients = [g * (c / max(_norm([g]), c)) for g in gradients]
        elif self.global_clipnorm:
            c, norm = self.global_clipnorm, _norm(gradients)
            scale = c / max(norm, c) if np.isfinite(norm) else np.nan
            gradients = [g * scale for g in gradients]
        elif self.clipvalue:
            gradients = [np.clip(g, -self.clipvalue, self.clipvalue) for g in gradients]
        if self.weight_decay is not None:
            for v in filter(self._is_decayed, variables):
                v.value -= v.value * (self.weight_decay * learning_rate)
        for g, v in zip(gradients, variables, strict=True):
            self.update_step(g, v, learning_rate)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Make one step from (gradient, variable) pairs; see `apply`."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(grads, variables)
        return self._iterations

    def _accumulate(
        self, gradients: list[np.ndarray], variables: list[Variable], steps: int
    ) -> list[np.ndarray]:
        """Return the mean gradients where a step is due, else nothing."""
        sums = [self._sums[self._get_variable_index(v)].value for v in variables]
        for total, g in zip(sums, gradients, strict=True):
            total += g
        if (int(self._iterations.value) + 1) % steps:
            return []
        means = [total / steps for total in sums]
        for slot in self._sums:
            slot.value[...] = 0
        return means

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss (or its gradient) times `loss_scale_factor`, which `apply` divides by."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def _get_variable_index(self, variable: Variable) -> int:
        """Return the position of a model's variable among those this optimizer was built with."""
        if variable not in self._indices:
            raise ValueError(
                f"{self.name} was not built with {variable.path}; make a new optimizer for a new "
                f"model: write model.compile(optimizer={type(self).__name__}(), ...)."
            )
        return self._indices[variable]

    # ---- weight decay and moving average --------------------------------------------------------

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        """Leave some variables out of weight decay; each call replaces the one before.

        Args:
            var_list: the variables.
            var_names: regular expressions; a variable whose name contains one is left out.
        """
        self._not_decayed = set(var_list or ())
        self._not_decayed_names = list(var_names or ())

    def _is_decayed(self, variable: Variable) -> bool:
        named = any(re.search(pattern, variable.name) for pattern in self._not_decayed_names)
        return not named and variable not in self._not_decayed

    def _follow_average(self) -> None:
        """Move the averages towards the weights; at times, the weights to the averages."""
        momentum = self.ema_momentum if self.step_number > 1 else 0.0
        for average, v in zip(self._averages, self._trainable_variables, strict=True):
            average.value[...] = momentum * average.value + (1 - momentum) * v.value
        if self.ema_overwrite_frequency and self.step_number % self.ema_overwrite_frequency == 0:
            self.finalize_variable_values(self._trainable_variables)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Replace the weights by their moving average, where there is one; `fit` ends with it.

        Args:
            var_list: the variables that the optimizer was built with.
        """
        if self.use_ema and self.built:
            for v in var_list:
                v.assign(self._averages[self._get_variable_index(v)].value)

    # ---- learning rate and iterations -----------------------------------------------------------

    @property
    def learning_rate(self) -> Any:
        """The rate of the next step; assign a number, or a schedule."""
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        return Number(np.array(self._current_learning_rate(), config.floatx()))

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
        """Read what `save_own_variables` wrote; warn where the numbers differ."""
        if len(store) != len(self._variables):
            warnings.warn(
                f"{self.name} remembers {len(self._variables)} variables, but the file holds "
                f"{len(store)}, so that they are not loaded; compile with the optimizer that was "
                "saved.",
                stacklevel=2,
            )
            return
        self.set_weights([store[str(i)] for i in range(len(self._variables))])


def check_gradients(grads: Sequence[Any], variables: Sequence[Variable]) -> None:
    """Refuse gradients that do not fit the variables; warn where some are missing."""
    if len(grads) != len(variables):
        raise ValueError(
            f"{len(grads)} gradients came for {len(variables)} variables; "
            "write optimizer.apply(gradients, model.trainable_variables)."
        )
    for g, v in zip(grads, variables, strict=True):
        if g is not None and np.shape(g) != v.value.shape:
            raise ValueError(
                f"the gradient of {v.path} has shape {np.shape(g)}, but {v.shape} is needed; "
                "give the gradients in the order of the variables."
            )
    missing = [v.path for g, v in zip(grads, variables, strict=True) if g is None]
    if len(missing) == len(variables):
        raise ValueError("no variable got a gradient; give the model a loss with compile(loss=).")
    if missing:
        warnings.warn(f"no gradient came for {missing}; they stay as they are.", stacklevel=3)


def _norm(gradients: Sequence[np.ndarray]) -> float:
    """Return the square root of the sum of all squares."""
    return float(np.sqrt(sum(float(np.vdot(g, g)) for g in gradients)))
