"""Train a convolutional network on handwritten digits, and look at what it learnt.

    python examples/train_mnist.py

Without internet it starts at once, on the 5,000 digits that come with nanoconv. With the full MNIST
on this machine (see --help) it reaches more than 99 % on the test set.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import nanoconv as keras
from nanoconv import datasets, layers

FASHION = ["t-shirt", "trouser", "pullover", "dress", "coat",
           "sandal", "shirt", "sneaker", "bag", "boot"]  # fmt: skip


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""\
where the data come from
  --dataset sample    the 4,000 + 1,000 digits inside nanoconv
  --dataset mnist     full MNIST: from --data, a cache of Keras or nanoconv, or a download
  without --dataset   full MNIST where it is on this machine already, else the sample

things to try
  --optimizer sgd --lr 0.1              plain gradient descent
  --optimizer adadelta --lr 0.001       Keras' default step: why it learns so slowly
  --epochs 30 --constant                watch the two loss curves part: overfitting
  --dataset fashion_mnist               clothes instead of digits
""",
    )
    add = parser.add_argument
    add("--epochs", type=int, help="times through the data (default: 12 on the sample, else 5)")
    add("--batch-size", type=int, default=128, help="images in one step (default: 128)")
    add("--optimizer", default="adam", help="adam, sgd, adadelta, rmsprop, ... (default: adam)")
    add("--lr", type=float, help="learning rate (default: the optimizer's own)")
    add("--constant", action="store_true", help="keep the learning rate; do not let it fall")
    add("--dataset", choices=["mnist", "fashion_mnist", "sample"], help="what to learn")
    add("--data", metavar="FOLDER", help="folder with the four IDX files, or an .npz file")
    add("--seed", type=int, default=0, help="same seed, same result (default: 0)")
    add("--output", type=Path, default=Path("output"), help="folder for model and plots")
    add("--no-plots", action="store_true", help="draw no plots")
    return parser.parse_args()


def load(options: argparse.Namespace) -> tuple[str, Any]:
    """Return the name of the data set and its arrays; say in one line what is used."""
    name = options.dataset or ("mnist" if options.data else None)
    if name == "sample":
        data = datasets.mnist.load_sample()
    elif name is not None:
        module: ModuleType = getattr(datasets, name)
        data = module.load_data(options.data) if options.data else module.load_data()
    else:
        try:
            name, data = "mnist", datasets.mnist.load_local()
        except datasets.DatasetNotFound:
            name, data = "sample", datasets.mnist.load_sample()
    (x, _), (x_test, _) = data
    used = f"Using {name}: {len(x):,} images to learn from, {len(x_test):,} to test on."
    hint = " Full MNIST (99 %): add --dataset mnist." if name == "sample" else ""
    print(used + hint)
    return name, data


def build_model() -> keras.Sequential:
    """Build the network: two convolutions see strokes, two dense layers name the digit."""
    return keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def draw(history: Any, model: Any, x: Any, y: Any, names: list[str] | None, folder: Path) -> None:
    """Write the learning curves and the misread images."""
    import matplotlib

    matplotlib.use("Agg")  # files only: no window is needed
    keras.utils.plot_history(history, folder / "loss.png", metrics=["loss"])
    keras.utils.plot_history(history, folder / "accuracy.png", metrics=["accuracy"])
    predictions = model.predict(x, batch_size=256, verbose=0)
    keras.utils.plot_misread(x, y, predictions, folder / "misread.png", names)
    keras.utils.plot_model(model, folder / "model.png", show_shapes=True)


def main() -> None:
    """Load, build, train, test, save, draw."""
    options = parse_arguments()
    keras.utils.set_random_seed(options.seed)
    name, ((x_train, y_train), (x_test, y_test)) = load(options)
    # Bytes 0 ... 255 become values 0 ... 1; the last axis is the one grey channel.
    x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))

    model = build_model()
    model.summary()
    epochs = options.epochs or (12 if name == "sample" else 5)
    optimizer = keras.optimizers.get(options.optimizer)
    rate = float(optimizer.learning_rate) if options.lr is None else options.lr
    if not options.constant:  # large steps first, ever finer ones towards the end
        steps = epochs * math.ceil(len(x_train) / options.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    optimizer.learning_rate = rate
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    start = time.perf_counter()
    history = model.fit(
        x_train,
        y_train,
        batch_size=options.batch_size,
        epochs=epochs,
        validation_data=(x_test, y_test),
    )
    seconds = time.perf_counter() - start
    loss, accuracy = model.evaluate(x_test, y_test, batch_size=256, verbose=0)
    print(f"Trained in {seconds:.0f} s")
    print(f"Test loss: {loss:.4f}")
    print(f"Test accuracy: {accuracy:.4f}")

    options.output.mkdir(parents=True, exist_ok=True)
    model.save(options.output / "mnist.keras")
    if not options.no_plots:
        names = FASHION if name == "fashion_mnist" else None
        draw(history, model, x_test, y_test, names, options.output)
    written = sorted(path.name for path in options.output.iterdir())
    print(f"Written to {options.output}: {', '.join(written)}")


if __name__ == "__main__":
    main()
