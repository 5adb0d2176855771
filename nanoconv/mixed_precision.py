"""Keras' switch between float types: nanoconv computes in float32, or in float64.

Half precision saves time on GPUs; a CPU has no fast arithmetic for it. Scripts and files with a
mixed policy keep their variables in float32 anyway, and are computed in float32 here.

Reference: https://keras.io/api/mixed_precision/
"""

from __future__ import annotations

import functools
import warnings

from nanoconv import config
from nanoconv.core import absent

__all__ = [
    "DTypePolicy",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
    "set_policy",
]


def without_half_precision(name: str) -> str:
    """Return the policy that stands in for a mixed one: float32, with one warning.

    Args:
        name: of any policy; all but the mixed ones are returned as they are.
    """
    if name not in ("mixed_float16", "mixed_bfloat16"):
        return name
    _warn_once(name)
    return "float32"


@functools.cache
def _warn_once(name: str) -> None:
    warnings.warn(
        f"the policy is {name!r}, but a CPU computes half precision more slowly than float32, so "
        'float32 is used; write set_global_policy("float32"), or leave the line out.',
        stacklevel=4,
    )


class DTypePolicy:
    """The type in which layers compute and keep their variables.

    Args:
        name: `"float32"` or `"float64"`; the mixed policies become `"float32"`, with a warning.

    Raises:
        ValueError: for half precision alone.

    Reference: https://keras.io/api/mixed_precision/policy/
    """

    def __init__(self, name: str | None = None) -> None:
        name = without_half_precision(name or config.floatx())
        if name not in ("float32", "float64"):
            raise ValueError(
                f"the policy is {name!r}, but a CPU computes half precision more slowly than "
                'float32; write set_global_policy("float32"), or leave the line out.'
            )
        self.name = name

    @property
    def compute_dtype(self) -> str:
        """The type in which layers compute."""
        return self.name

    @property
    def variable_dtype(self) -> str:
        """The type of their variables."""
        return self.name

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


Policy = DTypePolicy


def set_global_policy(policy: str | DTypePolicy) -> None:
    """Set the type of layers made from now on.

    Args:
        policy: `"float32"`, `"float64"`, or a policy; see `DTypePolicy` for the mixed ones.

    Raises:
        ValueError: for half precision alone.
    """
    name = policy if isinstance(policy, str) else policy.name
    config.set_floatx(DTypePolicy(name).name)


def global_policy() -> DTypePolicy:
    """Return the policy of layers made from now on."""
    return DTypePolicy()


set_dtype_policy, dtype_policy = set_global_policy, global_policy
set_policy = set_global_policy  # the name of TensorFlow 2.1

__getattr__, __dir__ = absent.public(__name__)
