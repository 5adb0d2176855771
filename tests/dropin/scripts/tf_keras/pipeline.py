import tensorflow as tf
from tensorflow.keras import layers, models

gpus = tf.config.list_physical_devices("GPU")
print("Number of GPUs:", len(gpus), tf.test.is_gpu_available())
for gpu in gpus:
    tf.config.experimental.set_memory_growth(gpu, True)

(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()


def prepare(image, label):
    image = tf.cast(image, tf.float32) / 255.0
    return tf.expand_dims(image, -1), tf.one_hot(label, depth=10)


AUTOTUNE = tf.data.AUTOTUNE
train_ds = (
    tf.data.Dataset.from_tensor_slices((x_train, y_train))
    .map(prepare, num_parallel_calls=AUTOTUNE)
    .cache()
    .shuffle(1000)
    .batch(32)
    .prefetch(tf.data.experimental.AUTOTUNE)
)
test_ds = tf.data.Dataset.from_tensor_slices((x_test, y_test)).map(prepare).batch(32)

strategy = tf.distribute.MirroredStrategy()
print("Replicas:", strategy.num_replicas_in_sync)
with strategy.scope():
    model = models.Sequential()
    model.add(layers.Conv2D(8, 3, activation=tf.nn.relu, input_shape=(28, 28, 1)))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation=tf.nn.softmax))
    model.compile(
        optimizer=tf.keras.optimizers.Adam(1e-3),
        loss=tf.keras.losses.CategoricalCrossentropy(),
        metrics=[tf.keras.metrics.CategoricalAccuracy(name="acc")],
    )

history = model.fit(train_ds, epochs=2, validation_data=test_ds)
assert sorted(history.history) == ["acc", "loss", "val_acc", "val_loss"]
for images, labels in train_ds.take(1):
    print(images.shape, labels.numpy()[:2])
print(len(train_ds), tf.data.experimental.cardinality(test_ds).numpy())
prediction = model.predict(test_ds)
print(tf.math.confusion_matrix(labels=y_test, predictions=tf.argmax(prediction, axis=1)))
model.save("digits.model")
again = tf.keras.models.load_model("digits.model")
assert (again.predict(test_ds) == prediction).all()
