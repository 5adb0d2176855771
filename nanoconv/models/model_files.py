"""What a model does with files and configurations; the work is done in `nanoconv.saving`.

Reference: https://keras.io/api/models/model_saving_apis/
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from nanoconv.core import registry
from nanoconv.layers.base.layer_serialization import sharing


class Files:
    """The part of a model that is saved and loaded. See `Model` for the rest."""

    compile_arguments: dict[str, Any] | None
    graph_class: ClassVar[Any]
    #: Whether the configuration lists the layers, or they are attributes of the user's class.
    lists_layers: ClassVar[bool] = False

    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Save architecture, weights, compile settings and optimizer state as one file.

        The file appears under its name when it is complete, so that a program killed while saving
        leaves the previous file as it was.

        Args:
            filepath: ending in `.keras`, or in `.h5` or `.hdf5` for Keras' older format.
            overwrite: whether an existing file may be replaced.
            zipped: only True or None.
            kwargs: `include_optimizer=False` leaves compile settings and optimizer out.

        Raises:
            ValueError: for another ending.
            FileExistsError: where the file exists and overwrite is False.

        Reference: https://keras.io/api/models/model_saving_apis/model_saving_and_loading/
        """
        from nanoconv import saving

        saving.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        """Save the weights alone, and the optimizer's state.

        Args:
            filepath: ending in `.weights.h5`.
            overwrite: whether an existing file may be replaced.

        Raises:
            ValueError: for another ending, or where the model is not built.
            FileExistsError: where the file exists and overwrite is False.

        Reference: https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/
        """
        from nanoconv import saving

        saving.save_weights(self, filepath, overwrite=overwrite, **kwargs)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Read the weights from a file; nothing is written into the model where they do not fit.

        Args:
            filepath: a `.weights.h5`, `.keras` or older `.h5` file.
            skip_mismatch: whether layers that do not fit are left alone, with a warning.
            kwargs: `by_name=True` looks layers up by name (older `.h5` files only).

        Raises:
            ValueError: where the file is damaged, or does not fit.

        Reference: https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/
        """
        from nanoconv import saving

        saving.load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a model from `get_config()`'s dictionary.

        Args:
            config: with the layers of a graph, or with the arguments of the class.
            custom_objects: the user's own classes by name.
        """
        if "input_layers" in config:
            return cls.graph_class.from_config(config, custom_objects)
        return cls(**config)

    def to_json(self, **kwargs: Any) -> str:
        """Return architecture and compile settings as JSON text.

        Args:
            kwargs: for `json.dumps`, such as `indent=2`.

        Reference: https://keras.io/api/models/model_saving_apis/model_config_serialization/
        """
        with sharing():
            return json.dumps(registry.serialize(self), **kwargs)

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return what `compile` was told, as plain data; None before `compile`."""
        return registry.serialize(self.compile_arguments)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as `get_compile_config()` tells.

        Args:
            config: the dictionary; files of Keras are read the same way.

        Raises:
            ValueError: where something in it is not known; the model stays as it was.
        """
        from nanoconv.saving.compile_config import compile_from_config

        compile_from_config(self, config)
