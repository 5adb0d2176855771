"""`python -m gui` opens the window."""

import sys

from .command import main

sys.exit(main())
