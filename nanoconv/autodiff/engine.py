"""Automatic differentiation of array programs: a tensor, a tape, and one loop over the tape.

    x = Tensor([1.0, 2.0, 3.0])
    with Tape() as tape:
        tape.watch(x)
        y = np.sum(np.exp(x) * x)      # NumPy's own functions, applied to a tensor
    dx = tape.gradient(y, x)           # (1 + x) exp(x)

Reverse mode in three steps:

1. Run the program. Every operation on a tensor computes its result with NumPy, and appends a record
   to the tape: the output, the inputs, and how a gradient goes back from the one to the others.
2. Start with dy = 1 at the target.
3. Read the tape backward. A record turns the gradient dy of its output into the gradients dx of its
   inputs (a vector-Jacobian product). Where a tensor was used twice, its gradients are added.

The operations and their vector-Jacobian products are the table in `rules`.

Reference: Baydin, Pearlmutter, Radul and Siskind, Automatic differentiation in machine learning: a
survey, https://arxiv.org/abs/1502.05767
"""

from __future__ import annotations

import functools
import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nanoconv.core.arrays import as_array
from nanoconv.core.variable import Variable

#: A NumPy function -> one vector-Jacobian product for each argument, as f(dy, y, *arguments).
RULES: dict[Callable[..., Any], tuple[Callable[..., Any], ...]] = {}
#: The same for functions of a list of arrays, as f(i, dy, y, arrays, ...) for the i-th array.
LIST_RULES: dict[Callable[..., Any], Callable[..., Any]] = {}
#: Functions whose result does not change, or jumps, when an input changes a little: no gradient.
CONSTANT: set[Callable[..., Any]] = set()


class Tensor(np.lib.mixins.NDArrayOperatorsMixin):
    """An array whose operations are recorded by the tapes that watch it.

    Operators and NumPy's functions work on it as on the array, where `rules` has a rule for them.

    Args:
        value: the array, or what NumPy makes an array of.

    Example:
        >>> (Tensor([1.0, 2.0]) * 3).numpy().tolist()
        [3.0, 6.0]

    Reference: https://numpy.org/doc/stable/user/basics.dispatch.html
    """

    __slots__ = ("__weakref__", "value")
    __hash__ = object.__hash__  # by identity: the mixin compares elementwise

    def __init__(self, value: Any) -> None:
        self.value = np.asarray(raw(value))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options.get("out") is not None:
            return NotImplemented  # a tensor is never written to
        return apply(ufunc, *inputs, **options)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, inputs: Any, options: Any
    ) -> Any:
        return apply(function, *inputs, **options)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype=dtype, copy=copy)

    shape = property(lambda self: self.value.shape, doc="The sizes of all axes.")
    ndim = property(lambda self: self.value.ndim, doc="The number of axes.")
    size = property(lambda self: self.value.size, doc="The number of elements.")
    dtype = property(lambda self: self.value.dtype, doc="NumPy's type of the elements.")
    T = property(lambda self: np.transpose(self), doc="The tensor with its axes reversed.")

    @classmethod
    def of(cls, variable: Variable) -> Tensor:
        """Return a tensor of a variable's array, through which the variable gets its gradient."""
        return apply(np.positive, variable)

    @staticmethod
    def recording() -> bool:
        """Tell whether a tape is recording in this thread."""
        return bool(_active.tapes)

    def numpy(self) -> Any:
        """Return the plain array, or a scalar where there is no axis."""
        return self.value[()]

    def __getitem__(self, index: Any) -> Any:
        return apply(operator.getitem, self, index)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return self.value.__index__()

    def __format__(self, form: str) -> str:
        return format(self.numpy(), form)

    def __repr__(self) -> str:
        return f"Tensor({np.array2string(self.value, separator=', ', prefix='Tensor(')})"

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return the sum over some axes."""
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return the mean over some axes."""
        return np.mean(self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Any:
        """Return the same elements in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """Return the elements in another type."""
        return apply(cast, self, dtype)


class Record(NamedTuple):
    """One operation on a tape."""

    output: Tensor
    inputs: Sequence[Any]  # those whose gradient is wanted: tensors and variables
    backward: Callable[[Any, bool], Sequence[Any]]  # (dy, differentiable again) -> one dx for each


class _Active(threading.local):
    """The tapes that record at the moment; every thread has its own."""

    def __init__(self) -> None:
        self.tapes: list[Tape] = []


_active = _Active()


class Tape:
    """Records what happens to the tensors it watches, inside a `with` block.

    Args:
        persistent: whether `gradient` may be called more than once.
        watch_accessed_variables: whether trainable variables are watched without being asked for.

    Reference: https://www.tensorflow.org/api_docs/python/tf/GradientTape
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.persistent = persistent
        self.watch_accessed_variables = watch_accessed_variables
        self.records: list[Record] | None = []
        self._watched: dict[int, Any] = {}  # by id; the tensors are kept, so that ids stay theirs

    def __enter__(self) -> Tape:
        _active.tapes.append(self)
        return self

    def __exit__(self, *error: Any) -> None:
        _active.tapes.remove(self)

    def watch(self, *tensors: Any) -> None:
        """Record what is done with these tensors from now on."""
        for tensor in tensors:
            for one in tensor if isinstance(tensor, (list, tuple)) else [tensor]:
                if not isinstance(one, (Tensor, Variable)):
                    raise TypeError(
                        f"a tape cannot watch a {type(one).__name__}; write "
                        "x = ops.convert_to_tensor(x), then tape.watch(x)."
                    )
                self._watched[id(one)] = one

    def watches(self, x: Any) -> bool:
        """Tell whether the gradient of x can be asked for."""
        if isinstance(x, Variable) and x.trainable and self.watch_accessed_variables:
            self._watched[id(x)] = x
        return id(x) in self._watched

    def record(self, output: Tensor, inputs: Sequence[Any], backward: Any) -> None:
        """Append one operation. See `Record`."""
        if self.records is not None:
            self._watched[id(output)] = output
            self.records.append(Record(output, inputs, backward))

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = "none",
    ) -> Any:
        """Return the gradient of the target with respect to each source.

        Args:
            target: a tensor, or a list of them; the sum of their elements is differentiated.
            sources: a watched tensor or variable, or a list or dictionary of them.
            output_gradients: dy to begin with, of the target's shape; ones by default.
            unconnected_gradients: `"zero"` gives zeros where the target does not depend on a
                source, `"none"` gives None.

        Returns:
            Arrays in the form of `sources`, or tensors where another tape is recording: these
            can be differentiated again.

        Raises:
            RuntimeError: where the tape is used up; write Tape(persistent=True).
        """
        if self.records is None:
            raise RuntimeError(
                "this tape has given its gradient already; write GradientTape(persistent=True) to "
                "ask more than once."
            )
        again = any(tape is not self for tape in _active.tapes)
        targets = list(target) if isinstance(target, (list, tuple)) else [target]
        if output_gradients is None:
            output_gradients = [np.ones_like(raw(y)) for y in targets]
        elif not isinstance(target, (list, tuple)):
            output_gradients = [output_gradients]
        gradients: dict[int, Any] = {}
        for y, dy in zip(targets, output_gradients, strict=True):
            dy = Tensor(dy) if again else raw(dy)
            gradients[id(y)] = gradients[id(y)] + dy if id(y) in gradients else dy
        kept = {id(source) for source in _leaves(sources)}
        for output, inputs, backward in reversed(self.records):
            key = id(output)
            dy = gradients.get(key) if key in kept else gradients.pop(key, None)
            if dy is None:
                continue
            for x, dx in zip(inputs, backward(dy, again), strict=True):
                if dx is not None:
                    dx = unbroadcast(dx, x.shape)
                    known = gradients.get(id(x))
                    gradients[id(x)] = dx if known is None else known + dx
        if not self.persistent:
            self.records = None

        def found(source: Any) -> Any:
            dx = gradients.get(id(source))
            if dx is None and unconnected_gradients == "zero":
                dx = np.zeros_like(raw(source))
            return dx if dx is None or isinstance(dx, Tensor) else as_array(dx)

        return _like(sources, found)


def apply(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call a function of `rules` on arrays, variables and tensors, and record it.

    Args:
        function: a key of RULES, LIST_RULES or CONSTANT.
        arguments, options: what the function takes.

    Raises:
        TypeError: where there is no rule for the function.
    """
    y = function(*map(raw, arguments), **{name: raw(value) for name, value in options.items()})
    if function in CONSTANT:
        return as_array(y)
    output = Tensor(y)
    if function in LIST_RULES:
        rule, inputs = LIST_RULES[function], list(arguments[0])
        products = [lambda *a, i=i, **o: rule(i, *a, **o) for i in range(len(inputs))]
    elif function in RULES:
        products, inputs = list(RULES[function]), list(arguments[: len(RULES[function])])
    else:
        name = getattr(function, "__name__", str(function))
        raise TypeError(
            f"{name} has no rule for its gradient; write it with the functions of nanoconv.ops, or "
            "add its vector-Jacobian product to nanoconv.autodiff.rules."
        )
    for tape in _active.tapes:
        wanted = [i for i, x in enumerate(inputs) if tape.watches(x)]
        if wanted:

            def backward(dy: Any, again: bool, wanted: list[int] = wanted) -> list[Any]:
                given = (output, *arguments) if again else (output.value, *map(raw, arguments))
                return [products[i](dy, *given, **options) for i in wanted]

            tape.record(output, [inputs[i] for i in wanted], backward)
    return output


def node(name: str, y: Any, inputs: Sequence[Any], backward: Callable[[Any], Sequence[Any]]) -> Any:
    """Return a computed result as one record: a layer, or a kernel, with a backward of its own.

    Args:
        name: for messages.
        y: the result.
        inputs: the tensors and variables it was computed from.
        backward: from dy to the gradient of each input (None where there is none), as arrays.
    """
    output = Tensor(y)

    def once(dy: Any, again: bool, wanted: list[int]) -> list[Any]:
        if again:
            raise NotImplementedError(
                f"the gradient of {name} cannot be differentiated again, because it is computed by "
                "a kernel; write what the outer tape watches with matmul, reshape and elementwise "
                "functions of nanoconv.ops."
            )
        gradients = backward(dy)
        return [gradients[i] for i in wanted]

    for tape in _active.tapes:
        wanted = [i for i, x in enumerate(inputs) if tape.watches(x)]
        if wanted:
            tape.record(output, [inputs[i] for i in wanted], functools.partial(once, wanted=wanted))
    return output


def vjp(function: Callable[[Any], Any], x: Any, dy: Any = None) -> np.ndarray:
    """Return the gradient of sum(function(x) dy) with respect to x.

    Args:
        function: of a tensor, in functions that have a rule.
        x: an array. dy: an array of the result's shape; ones by default.

    Raises:
        ValueError: where the function's result does not come from x by recorded operations.
    """
    x = Tensor(x)
    with Tape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = function(x)
    dx = tape.gradient(y, x, None if dy is None else np.broadcast_to(dy, np.shape(raw(y))))
    if dx is None:
        name = getattr(function, "__name__", "the function")
        raise ValueError(
            f"the gradient of {name} is not known, because its result was not computed from its "
            "argument by operators and functions of nanoconv.ops; write it with those."
        )
    return np.asarray(raw(dx))


def _on_tape(function: Callable[..., Any], inputs: Any, options: Any) -> Any:
    """Compute a function of variables where a tape is recording; see `Variable.on_tape`."""
    return apply(function, *inputs, **options) if _active.tapes else NotImplemented


Variable.on_tape = staticmethod(_on_tape)


def unbroadcast(dx: Any, shape: tuple[int, ...]) -> Any:
    """Return dx summed over the axes along which an input of this shape was broadcast.

    Math: y[i, j] = x[j] for every i copies x, so dx[j] = sum over i of dy[i, j]: the adjoint of
          copying is adding. An axis of size 1 that was stretched is summed and kept.
    """
    if dx.shape == shape:
        return dx
    new = tuple(range(dx.ndim - len(shape)))  # axes that broadcasting put in front
    stretched = tuple(len(new) + i for i, n in enumerate(shape) if n == 1 != dx.shape[len(new) + i])
    return np.reshape(np.sum(dx, axis=new + stretched), shape)


def raw(value: Any) -> Any:
    """Return the plain array of a tensor or variable, also inside lists; others as they are."""
    if isinstance(value, (Tensor, Variable)):
        return value.value
    if isinstance(value, (list, tuple)) and any(isinstance(v, (Tensor, Variable)) for v in value):
        return type(value)(raw(v) for v in value)
    return value


def put_item(dy: Any, index: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return zeros of a shape with dy added at an index: the adjoint of x[index]."""
    dx = np.zeros(shape, dy.dtype)
    np.add.at(dx, index, dy)  # an element that was taken twice gets both gradients
    return dx


def cast(x: Any, dtype: Any) -> np.ndarray:
    """Return x in another type."""
    return np.asarray(x).astype(dtype)


def _leaves(sources: Any) -> list[Any]:
    if isinstance(sources, dict):
        sources = list(sources.values())
    return (
        [x for s in sources for x in _leaves(s)]
        if isinstance(sources, (list, tuple))
        else [sources]
    )


def _like(sources: Any, found: Callable[[Any], Any]) -> Any:
    if isinstance(sources, dict):
        return {name: _like(source, found) for name, source in sources.items()}
    if isinstance(sources, (list, tuple)):
        return type(sources)(_like(source, found) for source in sources)
    return found(sources)
