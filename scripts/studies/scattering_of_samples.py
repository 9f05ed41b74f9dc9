"""F_s averaged over independent samples of a liquid, and its relaxation time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lmpmeso.dynamics import relaxation_time
from lmpmeso.errors import StatisticsError

THRESHOLD = 0.2


def mean_scattering(samples: list[dict[str, object]]) -> pd.DataFrame:
    """F_s averaged over samples, with its standard error by sample."""
    f_st = np.array([kept["Fs"] for kept in samples], dtype=np.float64)
    n = len(f_st)
    curve = pd.DataFrame({"t": samples[0]["t"], "Fs": f_st.mean(axis=0)})
    curve["error"] = f_st.std(axis=0, ddof=1) / n**0.5
    curve["n_blocks"] = n
    curve.attrs["run_time"] = 1e9 * curve["t"].max()  # samples are independent: no windows overlap
    return curve


def relaxation(curve: pd.DataFrame) -> dict[str, float]:
    """τ(t_w) with its interval by sample; NaN where F_s does not fall so far."""
    try:
        tau = relaxation_time(curve, THRESHOLD, min_run=0.0)
    except StatisticsError:
        return dict.fromkeys(("tau", "tau_low", "tau_high"), np.nan)
    return {"tau": tau.value, "tau_low": tau.low, "tau_high": tau.high}
