"""Keras' switch between float types: nanoconv computes in float32, or in float64.

Half precision saves time on GPUs; a CPU has no fast arithmetic for it.

Reference: https://keras.io/api/mixed_precision/
"""

from __future__ import annotations

from nanoconv import config
from nanoconv.core import absent


class DTypePolicy:
    """The type in which layers compute and keep their variables.

    Args:
        name: `"float32"` or `"float64"`.

    Raises:
        ValueError: for half precision.

    Reference: https://keras.io/api/mixed_precision/policy/
    """

    def __init__(self, name: str | None = None) -> None:
        name = name or config.floatx()
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
        policy: `"float32"`, `"float64"`, or a policy.

    Raises:
        ValueError: for half precision.
    """
    name = policy if isinstance(policy, str) else policy.name
    config.set_floatx(DTypePolicy(name).name)


def global_policy() -> DTypePolicy:
    """Return the policy of layers made from now on."""
    return DTypePolicy()


set_dtype_policy, dtype_policy = set_global_policy, global_policy
set_policy = set_global_policy  # the name of TensorFlow 2.1

__getattr__, __dir__ = absent.public(__name__)
