"""Free-form code runs and learns what Keras learns: own layers, models, losses, steps, operations.

Real Keras on JAX is the judge where it can write the same; a built-in layer or loss with a gradient
by hand where it cannot.
"""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import layers, ops, study
from nanoconv.autodiff import Tape, Tensor

X = np.random.default_rng(0).normal(size=(60, 8, 8, 2)).astype("float32")
Y = np.random.default_rng(1).normal(size=(60, 3)).astype("float32")
LABELS = np.random.default_rng(2).integers(0, 3, 60)


def trained(keras, build, loss, metrics, weights=None):
    """Weights before and after five steps, the last with an uneven batch, and the history."""
    keras.utils.set_random_seed(5)
    model = build(keras, keras.ops)
    model(X[:2])  # builds what has no input shape
    if weights is not None:
        model.set_weights(weights)
    start = [np.array(w) for w in model.get_weights()]
    model.compile(keras.optimizers.SGD(0.05), loss(keras.ops), metrics=metrics(keras.ops))
    history = model.fit(X, Y, batch_size=13, epochs=1, shuffle=False, verbose=0).history
    return start, model.get_weights(), history


def same_training(keras, build, loss=lambda o: "mse", metrics=lambda o: None):
    """Compare five steps of nanoconv and of real Keras, from the same weights."""
    start, theirs, their_history = trained(keras, build, loss, metrics)
    _, ours, our_history = trained(nanoconv, build, loss, metrics, start)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert any(np.abs(a - b).max() > 1e-3 for a, b in zip(start, theirs, strict=True))
    for name, values in their_history.items():
        np.testing.assert_allclose(our_history[name], values, rtol=1e-4)


def chain(keras, *middle):
    """A model with some layers between a convolution and a dense layer."""
    return keras.Sequential(
        [
            keras.layers.Input((8, 8, 2)),
            keras.layers.Conv2D(3, 3, activation="tanh"),
            *middle,
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )


def scale_layer(keras, ops):
    """A layer of one's own with a parameter, a sub-layer, a loss, and training behaviour."""

    class Scale(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = keras.layers.Dense(3, use_bias=False)

        def build(self, input_shape):
            self.factor = self.add_weight(
                shape=(input_shape[-1],), initializer="ones", name="factor"
            )
            self.inner.build(input_shape)
            self.built = True

        def call(self, x, training=None):
            y = self.inner(x) * self.factor
            self.add_loss(0.01 * ops.sum(ops.square(self.factor)))
            return y + ops.sigmoid(x) if training else y

    return Scale()


def test_an_own_layer_with_parts_and_a_loss_trains_as_in_keras(keras):
    same_training(keras, lambda k, o: chain(k, scale_layer(k, o)))


def test_a_lambda_and_activity_regularizers_train_as_in_keras(keras):
    def build(k, o):
        return chain(
            k,
            k.layers.Lambda(lambda x: o.tanh(x) * 0.5),
            k.layers.ActivityRegularization(l1=0.01, l2=0.02),
            k.layers.Identity(),
            k.layers.Conv2D(2, 3, activity_regularizer="l2"),
        )

    same_training(keras, build)


def test_operations_between_layers_train_as_in_keras(keras):
    def build(k, o):
        x = k.layers.Input((8, 8, 2))
        h = k.layers.Conv2D(2, 3, padding="same")(x)
        h = k.activations.relu(h + x)
        h = o.concatenate([h, x**2], axis=-1)[:, 1:-1]
        g = o.mean(h, axis=(1, 2))
        g = g / (o.sum(o.absolute(g), -1, keepdims=True) + 1e-3)
        g = o.where(g > 0.1, g, 0.2 * g) * np.array([1, 2, 3, 4], "float32")
        y = k.layers.Dense(3)(1.0 / (1.0 + o.exp(-g)))
        return k.Model(x, y)

    same_training(keras, build)


@pytest.mark.parametrize(
    "loss",
    [
        lambda o: lambda t, p: o.mean(o.square(t - p), axis=-1),
        lambda o: lambda t, p: o.mean(o.abs(t - p)),
        lambda o: lambda t, p: o.sum(o.log(1 + o.exp(-t * p)), -1) + 0.1 * o.max(p, -1),
    ],
)
def test_a_loss_in_ops_trains_as_in_keras(keras, loss):
    same_training(keras, lambda k, o: chain(k), loss)


def test_activations_regularizers_and_metrics_in_ops_train_as_in_keras(keras):
    def build(k, o):
        layer = k.layers.Conv2D(
            2,
            3,
            activation=lambda x: o.softplus(x) * 0.5,
            kernel_regularizer=lambda w: 0.01 * o.sum(o.square(w)),
        )
        return chain(k, layer)

    def distance(o):
        def mean_distance(t, p):
            return o.mean(o.abs(t - p), axis=-1)

        return [mean_distance]

    same_training(keras, build, metrics=distance)


def test_a_model_with_pythons_control_flow_trains_as_in_keras(keras):
    def build(k, o):
        class Branching(k.Model):
            def __init__(self):
                super().__init__()
                self.convolution = k.layers.Conv2D(3, 3)
                self.flatten = k.layers.Flatten()
                self.scores = k.layers.Dense(3)

            def call(self, x, training=None):
                x = self.convolution(x)
                if training:
                    x = o.tanh(x)
                for _ in range(2):
                    x = o.max_pool(x, (2, 2), (2, 2))
                return self.scores(self.flatten(x))

        return Branching()

    same_training(keras, build)


def test_the_gradient_check_agrees_with_backward_by_hand(rng):
    class Dense(layers.Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight((input_shape[-1], 4), name="kernel")
            self.bias = self.add_weight((4,), "zeros", name="bias")

        def call(self, x):
            return ops.relu(ops.matmul(x, self.kernel) + self.bias)

    assert "3 of 3 gradients are right" in str(study.check_gradients(Dense(), (5, 6)))
    by_hand, by_tape = layers.Dense(4, activation="relu"), Dense()
    x = rng.normal(size=(5, 6)).astype("float32")
    by_hand(x), by_tape(x)
    by_tape.set_weights(by_hand.get_weights())
    with Tape() as tape:
        t = Tensor(x)
        tape.watch(t)
        y, z = by_hand(t), by_tape(t)
        total = np.sum(y * y) - np.sum(z * z)
    assert np.abs(tape.gradient(total, t)).max() < 1e-5


class TestStep:
    """A `train_step` of one's own."""

    @staticmethod
    def model(kind, **compiled):
        nanoconv.utils.set_random_seed(3)
        x = layers.Input((8, 8, 2))
        h = layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2")(x)
        h = layers.Flatten()(h)
        model = kind(x, layers.Dense(3, activation="softmax")(h))
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **compiled)
        return model

    def test_written_as_keras_writes_it_learns_what_fit_learns(self):
        class Own(nanoconv.Model):
            def train_step(self, data):
                x, y = data
                with Tape() as tape:
                    y_pred = self(x, training=True)
                    loss = self.compute_loss(y=y, y_pred=y_pred)
                gradients = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply_gradients(
                    zip(gradients, self.trainable_variables, strict=True)
                )
                for metric in self.metrics:
                    if metric.name == "loss":
                        metric.update_state(loss)
                    else:
                        metric.update_state(y, y_pred)
                return {metric.name: metric.result() for metric in self.metrics}

        own, built_in = self.model(Own), self.model(nanoconv.Model)
        histories = [
            m.fit(X, LABELS, 20, 2, shuffle=False, verbose=0, validation_data=(X, LABELS)).history
            for m in (own, built_in)
        ]
        for a, b in zip(own.get_weights(), built_in.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)
        for name, values in histories[1].items():
            np.testing.assert_allclose(histories[0][name], values, rtol=1e-5)

    def test_may_call_the_built_in_one(self):
        class Counting(nanoconv.Model):
            steps = 0

            def train_step(self, data):
                self.steps += 1
                return super().train_step(data)

        model = self.model(Counting)
        model.fit(X, LABELS, 20, 2, verbose=0)
        assert model.steps == 6

    def test_compute_loss_may_be_its_own(self):
        class Doubled(nanoconv.Model):
            def train_step(self, data):
                x, y = data
                with Tape() as tape:
                    loss = self.compute_loss(y=y, y_pred=self(x, training=True))
                gradients = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply(gradients, self.trainable_variables)
                return {"loss": loss}

            def compute_loss(self, *args, **options):
                return 2 * super().compute_loss(*args, **options)

        single = self.model(nanoconv.Model).evaluate(X, LABELS, verbose=0)[0]
        logs = self.model(Doubled).train_on_batch(X, LABELS, return_dict=True)
        assert logs["loss"] == pytest.approx(2 * single, rel=1e-5)


def test_a_variational_autoencoder_learns(rng):
    class Sampling(layers.Layer):
        def call(self, inputs):
            mean, log_var = inputs
            noise = rng.normal(size=ops.shape(mean)).astype("float32")
            return mean + ops.exp(0.5 * log_var) * noise

    x = layers.Input((64,))
    h = layers.Dense(16, activation="relu")(x)
    mean, log_var = layers.Dense(2)(h), layers.Dense(2)(h)
    encoder = nanoconv.Model(x, [mean, log_var, Sampling()([mean, log_var])])
    z = layers.Input((2,))
    decoder = nanoconv.Model(z, layers.Dense(64, activation="sigmoid")(z))

    class VAE(nanoconv.Model):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = encoder, decoder
            self.tracker = nanoconv.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.tracker]

        def train_step(self, data):
            with Tape() as tape:
                mean, log_var, z = self.encoder(data)
                made = self.decoder(z)
                wrong = ops.sum(nanoconv.losses.binary_crossentropy(data, made))
                kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var))
                loss = 64 * wrong + kl
            gradients = tape.gradient(loss, self.trainable_weights)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
            self.tracker.update_state(loss)
            return {"loss": self.tracker.result()}

    model = VAE()
    model.compile("adam")
    images = (rng.random((200, 64)) < 0.5).astype("float32") * np.linspace(
        0, 1, 64, dtype="float32"
    )
    losses = model.fit(images, epochs=4, batch_size=50, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and len(model.trainable_weights) == 8


def test_an_adversarial_step_changes_both_networks(rng):
    generator = nanoconv.Sequential([layers.Input((4,)), layers.Dense(6)])
    judge = nanoconv.Sequential([layers.Input((6,)), layers.Dense(5, "relu"), layers.Dense(1)])

    class GAN(nanoconv.Model):
        def compile(self, judge_optimizer, generator_optimizer, loss):
            super().compile()
            self.judge_optimizer, self.generator_optimizer = judge_optimizer, generator_optimizer
            self.loss_fn = loss

        def train_step(self, real):
            noise = rng.normal(size=(len(real), 4)).astype("float32")
            both = ops.concatenate([generator(noise), real], axis=0)
            labels = np.concatenate([np.ones((len(real), 1)), np.zeros((len(real), 1))])
            with Tape() as tape:
                judge_loss = self.loss_fn(labels, judge(both))
            found = tape.gradient(judge_loss, judge.trainable_weights)
            self.judge_optimizer.apply_gradients(zip(found, judge.trainable_weights, strict=True))
            with Tape() as tape:
                loss = self.loss_fn(np.zeros((len(real), 1)), judge(generator(noise)))
            found = tape.gradient(loss, generator.trainable_weights)
            self.generator_optimizer.apply_gradients(
                zip(found, generator.trainable_weights, strict=True)
            )
            return {"d_loss": judge_loss, "g_loss": loss}

    before = [w.copy() for m in (generator, judge) for w in m.get_weights()]
    gan = GAN()
    loss = nanoconv.losses.BinaryCrossentropy(from_logits=True)
    gan.compile(nanoconv.optimizers.Adam(0.01), nanoconv.optimizers.Adam(0.01), loss)
    history = gan.fit(rng.normal(size=(64, 6)).astype("float32"), batch_size=16, verbose=0).history
    assert set(history) == {"d_loss", "g_loss"}
    after = [w for m in (generator, judge) for w in m.get_weights()]
    assert all(not np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_the_gradient_of_an_image_is_the_models_own(rng):
    """Saliency and adversarial examples: a tape around a model gives what `study` computes."""
    model = nanoconv.Sequential(
        [
            layers.Input((8, 8, 2)),
            layers.Conv2D(3, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    image = ops.convert_to_tensor(X[:2])
    with Tape() as tape:
        tape.watch(image)
        loss = nanoconv.losses.sparse_categorical_crossentropy(LABELS[:2], model(image))
    dx = tape.gradient(loss, image)
    for index in [(0, 3, 4, 1), (1, 7, 0, 0)]:
        step = np.zeros_like(X[:2])
        step[index] = 1e-2
        up, down = (
            nanoconv.losses.sparse_categorical_crossentropy(LABELS[:2], model(X[:2] + s)).sum()
            for s in (step, -step)
        )
        assert dx[index] == pytest.approx((up - down) / 2e-2, abs=2e-3)


def test_a_lambda_is_saved_by_the_name_of_its_function_and_never_as_code(tmp_path):
    @nanoconv.saving.register_keras_serializable(package="test")
    def doubled(x):
        return ops.multiply(x, 2)

    model = nanoconv.Sequential([layers.Input((6,)), layers.Lambda(doubled), layers.Dense(2)])
    model.save(tmp_path / "named.keras")
    again = nanoconv.models.load_model(tmp_path / "named.keras")
    x = np.ones((1, 6), "float32")
    assert np.array_equal(model.predict(x, verbose=0), again.predict(x, verbose=0))
    model = nanoconv.Sequential([layers.Input((6,)), layers.Lambda(lambda x: 2 * x)])
    with pytest.raises(ValueError, match="made of a lambda, which a file cannot hold"):
        model.save(tmp_path / "lambda.keras")
    assert not (tmp_path / "lambda.keras").exists()


def test_own_layers_and_models_with_control_flow_are_saved_and_loaded(tmp_path):
    @nanoconv.saving.register_keras_serializable(package="test")
    class Scaled(layers.Layer):
        def __init__(self, units=3, **options):
            super().__init__(**options)
            self.units, self.inner = units, layers.Dense(units)

        def build(self, input_shape):
            self.factor = self.add_weight((self.units,), "ones", name="factor")

        def call(self, x):
            return self.inner(x) * self.factor

    @nanoconv.saving.register_keras_serializable(package="test")
    class Branching(nanoconv.Model):
        def __init__(self, **options):
            super().__init__(**options)
            self.scaled, self.scores = Scaled(), layers.Dense(2)

        def call(self, x, training=None):
            x = self.scaled(x)
            return self.scores(ops.tanh(x) if training else x)

    rows = X.reshape(60, -1)
    model = Branching()
    model.compile("adam", "mse")
    model.fit(rows, Y[:, :2], verbose=0)
    assert len(model.weights) == 5
    model.save(tmp_path / "model.keras")
    again = nanoconv.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(model.predict(rows, verbose=0), again.predict(rows, verbose=0))
    model.save_weights(tmp_path / "model.weights.h5")
    fresh = Branching()
    fresh(rows)
    fresh.load_weights(tmp_path / "model.weights.h5")
    assert np.array_equal(model.predict(rows, verbose=0), fresh.predict(rows, verbose=0))
