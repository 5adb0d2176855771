"""Where the milliseconds of a training step go: a layer at a time, forward and backward.

    python benchmarks/profile_step.py

The same table for a model of your own:

    from nanoconv.callbacks import Profile
    model.fit(x, y, callbacks=[Profile(to_file="profile.png")])
"""

from __future__ import annotations

import argparse

import numpy as np
from common import Report, parser, positive
from networks import NETWORKS, build_keras, network

import nanoconv
from nanoconv.callbacks import Profile
from nanoconv.kernels.compiled import workers

EXAMPLES = """\
examples
  python benchmarks/profile_step.py --network vgg --batch-size 32
  python benchmarks/profile_step.py --threads 1      how much the second core brings
"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    made = parser(__doc__ or "", EXAMPLES)
    add = made.add_argument
    add("--network", choices=NETWORKS, default="mnist", help="what to train (mnist)")
    add("--batch-size", type=positive, default=128, help="images in a step (128)")
    add("--steps", type=positive, default=50, help="steps that count (50)")
    add("--threads", type=positive, help="threads to use (default: all cores)")
    return made.parse_args()


def main() -> None:
    """Train some steps with the callback, print, save, draw."""
    options = parse_arguments()
    if options.threads:
        workers.set_threads(options.threads)
    wanted = network(options.network)
    threads = f"{workers.get_threads()} thread" + "s" * (workers.get_threads() > 1)
    title = f"One step of {wanted.title}, batch {options.batch_size}, {threads}, milliseconds"
    report = Report("profile_step", options.output, ("nanoconv", "numpy", "numba"), title)

    profile = Profile(warm_up=5, verbose=0)
    rng = np.random.default_rng(0)
    images = options.batch_size * (options.steps + profile.warm_up)
    x = rng.random((images, *wanted.shape), np.float32)
    y = rng.integers(0, 10, images)
    model = build_keras(options.network, nanoconv)
    model.fit(x, y, batch_size=options.batch_size, epochs=1, verbose=0, callbacks=[profile])

    lines = []
    for row in profile.rows():
        both = [f"{number:.2f}" if number else "" for number in (row.forward, row.backward)]
        share = f"{row.total / profile.step_milliseconds:.0%}"
        lines.append([row.name, row.kind, *both, f"{row.total:.2f}", share])
    lines.append(["one step", "", "", "", f"{profile.step_milliseconds:.2f}", ""])
    report.print(("layer", "kind", "forward", "backward", "together", "share"), lines)
    report.save(profile.plot(), rows=profile.rows(), step=profile.step_milliseconds)


if __name__ == "__main__":
    main()
