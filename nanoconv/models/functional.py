"""A model that is a graph: any inputs, any outputs, forks and joins.

Reference: https://keras.io/guides/functional_api/
"""

from __future__ import annotations

from typing import Any

from nanoconv.core import registry
from nanoconv.core.graph import map_structure
from nanoconv.core.registry import register
from nanoconv.models.functional_config import GraphReader, GraphWriter
from nanoconv.models.model import Model


@register("")
class Functional(Model):
    """The layers between symbolic inputs and symbolic outputs.

    Args:
        inputs: a symbolic tensor, or a list or dictionary of them.
        outputs: likewise.
        name: the model's name.

    Raises:
        ValueError: where the inputs do not lead to the outputs.

    Example:
        >>> from nanoconv import Input, Model
        >>> from nanoconv.layers import Dense
        >>> x = Input(shape=(4,))
        >>> model = Model(inputs=x, outputs=Dense(2)(x))
        >>> model.output_shape
        (None, 2)

    Reference: https://keras.io/guides/functional_api/
    """

    lists_layers = True
    keras_module = "keras.src.models.functional"  # the only name by which Keras finds it

    def __init__(
        self, inputs: Any, outputs: Any, name: str | None = None, trainable: bool = True
    ) -> None:
        super().__init__(inputs, outputs, name=name)
        self._listed_layers = self.graph.layers
        if not trainable:
            self.trainable = False

    def get_config(self) -> dict[str, Any]:
        """Return layers, calls, inputs and outputs as plain data, in Keras' format."""
        graph = self.graph
        write = GraphWriter(graph)
        return {
            "name": self.name,
            "trainable": self.trainable,
            "layers": [write.layer(layer) for layer in graph.layers],
            "input_layers": map_structure(lambda x: write.place(x, True), graph.input),
            "output_layers": map_structure(lambda y: write.place(y, True), graph.output),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Functional:
        """Make a model from `get_config()`'s dictionary.

        Args:
            config: the dictionary; files of Keras are read the same way.
            custom_objects: the user's own classes by name.

        Raises:
            ValueError: where something in it is not known, or is not of that form.
        """
        with registry.custom_object_scope(custom_objects):
            graph = GraphReader(config)
        trainable = config.get("trainable") is not False
        return cls(graph.inputs, graph.outputs, config.get("name"), trainable)


Model.graph_class = Functional
