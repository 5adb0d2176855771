"""Random models agree with Keras, and the command that draws them can be trusted.

The long run is a command: `python -m tests.parity.fuzz --count 1000 --seed 0`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import nanoconv
from tests.parity import judge
from tests.parity.drawing import draw
from tests.parity.fuzz import fuzz, parts, smallest
from tests.parity.recipe import Call, Recipe, Step


def test_three_random_models_agree_with_keras(keras):
    tally = fuzz(3, seed=1, keras=keras, loud=False)
    assert not tally.failures, "\n".join(tally.failures)


@pytest.mark.full
def test_forty_random_models_agree_with_keras(keras):
    tally = fuzz(40, seed=2, keras=keras, loud=False)
    assert not tally.failures, "\n".join(tally.failures)
    assert tally.kinds["same"] + tally.kinds["rounding"] >= 30  # refusals prove little


def test_the_same_seed_draws_the_same_models():
    scripts = [draw(5, number).script() for number in range(20)]
    assert scripts == [draw(5, number).script() for number in range(20)]
    assert len(set(scripts)) == 20


def test_the_dice_reach_every_table():
    found = set().union(*(parts(draw(0, number)) for number in range(400)))
    for path in ("Conv2D", "DepthwiseConv2D", "BatchNormalization", "Add", "Concatenate", "Dense"):
        assert f"layers.{path}" in found
    for name in ("sgd", "adam", "adamw", "rmsprop", "adadelta", "adagrad", "adamax", "nadam"):
        assert f"optimizer {name}" in found
    assert {"model Sequential", "model functional", "model of two outputs"} <= found
    assert {"fit sample_weight", "fit class_weight", "fit validation_split"} <= found


def one_layer() -> Recipe:
    """A tiny recipe with more in it than its fault needs."""
    steps = (
        Step(Call("layers.Flatten"), (0,)),
        Step(Call("layers.Dense", {"units": 3, "activation": "relu"}), (1,)),
        Step(Call("layers.Dense", {"units": 2}), (2,)),
    )
    return Recipe(
        shapes=((4, 3, 2),),
        steps=steps,
        outputs=(3,),
        labels=("numbers",),
        learning={"optimizer": Call("optimizers.Adam"), "loss": "mse", "metrics": ["mae"]},
        fit={"epochs": 2, "batch_size": 4},
        data={"samples": 6, "inputs": "float32", "trains": True, "seed": 0},
        sequential=True,
    )


def test_a_wrong_gradient_is_found_and_shrunk(monkeypatch):
    """nanoconv is compared with itself, where Dense forgets the bias's gradient on one side."""
    right = nanoconv.layers.Dense.backward

    def wrong(self, dy, cache):
        dx = right(self, dy, cache)
        if faulty:
            cache.add_gradient(self.bias, np.ones_like(self.bias.value))
        return dx

    class Other:
        """Keras' part, played by nanoconv with its fault."""

        def __getattr__(self, name):
            return getattr(nanoconv, name)

    faulty: set[object] = set()
    monkeypatch.setattr(nanoconv.layers.Dense, "backward", wrong)
    theirs = Other()

    def gradient(run, sound=judge.Run.gradient):
        faulty.update({run} if run.k is theirs else ())
        try:
            return sound(run)
        finally:
            faulty.clear()

    def start(run, **other):
        run.model = run.experiment.network(run.k)
        run.model.set_weights(run.weights)
        run.model.compile(**{**run.experiment.learning(run.k), **other})

    monkeypatch.setattr(judge.Run, "gradient", gradient)
    monkeypatch.setattr(judge.Run, "start", start)
    recipe = one_layer()
    verdict = judge.judge(judge.load(recipe.script()), theirs)
    assert (verdict.kind, verdict.stage) == ("different", "gradient")
    least = smallest(recipe, verdict, theirs)
    assert [step.call.path for step in least.steps] == ["layers.Dense"]
    assert least.steps[0].call.arguments == {"units": 1}
    assert least.data["samples"] == 1 and least.shapes == ((1, 1, 1),)
    assert least.fit == {} and "metrics" not in least.learning


def test_a_refusal_by_one_alone_is_a_difference():
    recipe = one_layer()
    wrong = replace(recipe, learning={**recipe.learning, "loss": "no_such_loss"})
    experiment = judge.load(wrong.script())
    run = judge.Run(experiment, nanoconv, None)
    run.build()
    refused = judge.attempt(run.forward)
    assert isinstance(refused, ValueError) and "no_such_loss" in str(refused)
    assert judge._refused("fit", refused, {}).kind == "different"
    assert judge._refused("fit", {}, ValueError("no")).kind == "different"
    assert judge._refused("fit", refused, ValueError("no")).kind == "refused by both"
    assert judge._refused("fit", {}, RuntimeError("inside")).kind == "Keras fails"


def test_only_extreme_probabilities_under_a_cross_entropy_count_as_clipped(keras):
    recipe = one_layer()
    last = Step(Call("layers.Dense", {"units": 2, "activation": "softmax"}), (2,))
    for loss, extreme in (("categorical_crossentropy", True), ("mse", False)):
        sorts = replace(
            recipe,
            steps=(*recipe.steps[:2], last),
            labels=("one_hot",),
            learning={"optimizer": "sgd", "loss": loss},
        )
        run = judge.Run(judge.load(sorts.script()), nanoconv, None)
        run.build()
        run.start()
        assert not judge._clipped(run, keras)
        run.weights = [1000 * w for w in run.weights]
        run.start()
        assert judge._clipped(run, keras) == extreme


def test_deviation_is_a_share_of_the_largest_value():
    assert judge.deviation([1.0, 2.0], [1.0, 2.0]) == 0
    assert judge.deviation([np.array([100.0, 1.0])], [np.array([101.0, 1.0])]) == pytest.approx(
        1 / 101
    )
    assert judge.deviation(["loss"], ["val_loss"]) == np.inf
    assert judge.deviation([1.0], [1.0, 2.0]) == np.inf
    assert judge.deviation([np.nan], [np.nan]) == 0
    assert judge.deviation([np.nan], [1.0]) == np.inf


def test_models_compute_in_double_precision_only_inside_the_block(keras):
    def types():
        dense = [k.layers.Dense(1) for k in (nanoconv, keras)]
        for layer in dense:
            layer.build((None, 2))
        return [str(layer.weights[0].dtype) for layer in dense]

    with judge.double_precision(keras):
        assert types() == ["float64", "float64"]
    assert types() == ["float32", "float32"]
