"""The types of arrays that the package speaks of.

Names of arrays say their axes by a suffix, each module lists its letters at the top: ``x_nc`` has a row
for each particle and a column for each Cartesian component. Everything that feeds κ, G or the MSD is
float64.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
ComplexArray: TypeAlias = NDArray[np.complex128]
