"""nanoconv in Keras' place: `import keras` and `import tensorflow` give nanoconv.

    python -m nanoconv train.py --epochs 5

Reading order: `finder` answers imports, `paths` knows Keras' modules and their old places,
`tensorflow` is what Keras scripts use of TensorFlow; `old_arguments`, `old_names` and
`old_files` are what Keras 1 and 2 wrote otherwise, added by `monkey_patching`; `run`
runs a script.
"""

from nanoconv.core import absent
from nanoconv.dropin.finder import install_as_keras
from nanoconv.dropin.run import run

__all__ = ["install_as_keras", "run"]

__getattr__, __dir__ = absent.public(__name__)
