"""`python -m nanoconv script.py`: run a Keras script with nanoconv in Keras' place."""

import sys

from nanoconv.dropin.run import main

sys.exit(main())
