"""``python -m lmpmeso`` is ``lmpmeso``."""

import sys

from lmpmeso.cli import main

sys.exit(main())
