"""One peer in a process of its own: reads jobs as lines of JSON, answers each with a line of JSON.

Started by `processes.Worker`. A process measures one framework only: thread pools and memory of
the others are not in its way, and nothing is loaded that the framework does not load itself.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any

from networks import build_keras, build_torch, network

started = float(os.environ["BENCHMARK_STARTED"])  # when the parent asked for this process


class Images:
    """Real digits in the shape that a network wants, as many as are asked for."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.made: dict[tuple[int, ...], tuple[Any, Any]] = {}

    def bytes(self, count: int) -> tuple[Any, Any]:
        """Return (x uint8 (count, 28, 28, 1), y): the digits of the file, over and over."""
        import numpy as np

        with np.load(self.path) as file:
            x, y = file["x"], file["y"]
        chosen = np.arange(count) % len(x)
        return x[chosen][..., None], y[chosen]

    def floats(self, name: str, count: int) -> tuple[Any, Any]:
        """Return (x float32 (count, H, W, C) from 0 to 1, y) for a network."""
        import numpy as np

        H, W, C = shape = network(name).shape
        if shape not in self.made or len(self.made[shape][0]) < count:
            x, y = self.bytes(count)
            rows, columns = (H - 28) // 2, (W - 28) // 2
            x = np.pad(x, ((0, 0), (rows, rows), (columns, columns), (0, 0))).repeat(C, axis=3)
            self.made[shape] = x.astype("float32") / 255, y
        x, y = self.made[shape]
        return x[:count], y[:count]


class KerasPeer:
    """nanoconv, or Keras on any backend: they have the same interface."""

    def __init__(self, module: str) -> None:
        self.keras: Any = importlib.import_module(module)
        self.models: dict[str, Any] = {}

    def model(self, name: str) -> Any:
        """Return a network, built once."""
        if name not in self.models:
            self.models[name] = build_keras(name, self.keras)
        return self.models[name]

    def seed(self, number: int) -> None:
        """Make the next network and its training repeatable."""
        self.keras.utils.set_random_seed(number)

    def train(self, name: str, x: Any, y: Any, batch: int, **options: Any) -> None:
        """Train for one epoch."""
        self.model(name).fit(x, y, batch_size=batch, epochs=1, verbose=0, **options)

    def train_steps(self, name: str, x: Any, y: Any, batch: int, steps: int) -> None:
        """Train for some steps on a large array."""
        self.train(name, x, y, batch, steps_per_epoch=steps)

    def first_step(self, name: str, x: Any, y: Any, batch: int) -> float:
        """Return the moment at which the first step of a `fit` was done."""
        moments: list[float] = []

        class Watch(self.keras.callbacks.Callback):  # type: ignore[name-defined]
            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                moments.append(time.perf_counter())

        self.train(name, x, y, batch, callbacks=[Watch()])
        return moments[0]

    def predict(self, name: str, x: Any, batch: int) -> Any:
        """Return the probabilities as a NumPy array."""
        return self.model(name).predict(x, batch_size=batch, verbose=0)


class TorchPeer:
    """PyTorch as its users write it: eager, channels first, fused Adam."""

    def __init__(self) -> None:
        import torch

        self.torch = torch
        self.models: dict[str, tuple[Any, Any]] = {}
        self.loss = torch.nn.CrossEntropyLoss()

    def model(self, name: str) -> tuple[Any, Any]:
        """Return a network and its optimizer, built once."""
        if name not in self.models:
            model = build_torch(name)
            adam = self.torch.optim.Adam(model.parameters(), fused=True)
            self.models[name] = model, adam
        return self.models[name]

    def seed(self, number: int) -> None:
        """Make the next network and its training repeatable."""
        self.torch.manual_seed(number)

    def tensor(self, x: Any) -> Any:
        """Return images (N, H, W, C) as a tensor (N, C, H, W)."""
        return self.torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()

    def train(self, name: str, x: Any, y: Any, batch: int, steps: int | None = None) -> None:
        """Train for one epoch, or for fewer steps."""
        torch = self.torch
        model, adam = self.model(name)
        model.train()
        images, labels = self.tensor(x), torch.from_numpy(y).long()
        for chosen in torch.randperm(len(images)).split(batch)[:steps]:
            adam.zero_grad(set_to_none=True)
            self.loss(model(images[chosen]), labels[chosen]).backward()
            adam.step()

    train_steps = train

    def first_step(self, name: str, x: Any, y: Any, batch: int) -> float:
        """Return the moment at which the first step was done."""
        self.train(name, x, y, batch, steps=1)
        return time.perf_counter()

    def predict(self, name: str, x: Any, batch: int) -> Any:
        """Return the probabilities as a NumPy array."""
        torch = self.torch
        model, _ = self.model(name)
        model.eval()
        with torch.inference_mode():
            ys = [model(images).softmax(1) for images in self.tensor(x).split(batch)]
            return torch.cat(ys).numpy()


# Jobs: each takes the words of its line, and returns what becomes the answer ---------------------


class Jobs:
    """What a worker can be asked. Methods that begin with an underscore are not jobs."""

    def __init__(self, module: str, digits: str) -> None:
        self._module, self._images = module, Images(digits)
        self._peer_made: Any = None
        self._counts: dict[tuple[str, str, int], int] = {}  # images that fill the wished time

    @property
    def _peer(self) -> Any:
        if self._peer_made is None:
            self._peer_made = TorchPeer() if self._module == "torch" else KerasPeer(self._module)
        return self._peer_made

    def versions(self, packages: list[str]) -> dict[str, str]:
        """Return the versions of packages."""
        from importlib.metadata import version

        return {package: version(package) for package in packages}

    def rate(
        self,
        task: str,
        network: str,
        batch: int,
        seconds: float = 0.0,
        images: int = 0,
        most: int = 16384,
    ) -> float:
        """Return images a second of "train" or "predict".

        Args:
            task: what to do.
            network: its name.
            batch: images in a step.
            seconds: how long to do it, about: decides, at the first call, how many images are used.
            images: or the number of images.
            most: the largest number of images.
        """
        key = task, network, batch
        if key not in self._counts:
            self._run(task, network, batch, batch * 2)  # kernels are compiled, buffers are made
            trial = batch * max(1, 512 // batch)
            wished = seconds * trial / self._run(task, network, batch, trial)
            self._counts[key] = max(1, int(min(wished, most)) // batch) * batch
        count = images or self._counts[key]
        return count / self._run(task, network, batch, count)

    def _run(self, task: str, network: str, batch: int, count: int) -> float:
        """Return the seconds that a task takes."""
        x, y = self._images.floats(network, count)
        start = time.perf_counter()
        if task == "train":
            self._peer.train(network, x, y, batch)
        else:
            self._peer.predict(network, x, batch)
        return time.perf_counter() - start

    def predict_one(self, network: str, calls: int) -> float:
        """Return the median seconds of predicting a single image."""
        x, _ = self._images.floats(network, 1)
        times = []
        for _ in range(calls + 1):
            start = time.perf_counter()
            self._peer.predict(network, x, 1)
            times.append(time.perf_counter() - start)
        return sorted(times[1:])[calls // 2]

    def first_step(self, network: str, batch: int) -> float:
        """Return the seconds from the call of `fit` to the end of its first step."""
        x, y = self._images.floats(network, 2 * batch)
        self._peer.model(network)
        start = time.perf_counter()
        return self._peer.first_step(network, x, y, batch) - start

    def memory(self, images: int, batch: int, steps: int) -> float:
        """Return the peak memory in bytes of a process that trains on so many images of bytes."""
        x, y = self._images.bytes(images)
        self._peer.train_steps("mnist-bytes", x, y, batch, steps)
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM"))
        return 1024.0 * int(line.split()[1])

    def sgemm(self, seconds: float, size: int = 2048) -> float:
        """Return the best rate of a float32 matrix product, in operations a second."""
        import numpy as np

        A, B = np.ones((2, size, size), np.float32)
        out = A @ B
        best, end = float("inf"), time.perf_counter() + seconds
        while True:
            start = time.perf_counter()
            np.matmul(A, B, out=out)
            best = min(best, time.perf_counter() - start)
            if time.perf_counter() > end:
                return 2 * size**3 / best

    def learn(
        self, data: str, seed: int, batch: int, every: int, goal: float, epochs: int
    ) -> list[list[float]]:
        """Train until a test accuracy is reached.

        Args:
            data: a file with x_train, y_train, x_test, y_test as bytes.
            seed: of weights, dropout and the order of the images.
            batch: images in a step.
            every: steps between two looks at the test set.
            goal: the accuracy that ends the training.
            epochs: or so many times through the data.

        Returns:
            (seconds since the process was asked for, test accuracy) for each look.
        """
        import numpy as np

        with np.load(data) as file:
            arrays = {name: file[name] for name in file.files}
        x, x_test = (arrays[n][..., None].astype("float32") / 255 for n in ("x_train", "x_test"))
        self._peer.seed(seed)
        order = np.random.default_rng(seed)
        curve: list[list[float]] = []
        for _ in range(epochs):
            chosen = order.permutation(len(x))
            for start in range(0, len(x), batch * every):
                some = chosen[start : start + batch * every]
                self._peer.train("mnist", x[some], arrays["y_train"][some], batch)
                guess = self._peer.predict("mnist", x_test, 256).argmax(axis=1)
                accuracy = float((guess == arrays["y_test"]).mean())
                curve.append([time.time() - started, accuracy])
                if accuracy >= goal:
                    return curve
        return curve


def main() -> None:
    """Answer jobs until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a framework prints must not mix with the answers
    jobs = Jobs(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"answer": getattr(jobs, job.pop("job"))(**job)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
