"""What has become of a state point, in the words of the tables."""

DONE, WAITING, REFUSED = "done", "waiting", "not equilibrated"
"""Summarised; not yet; or left out because it is no equilibrium liquid."""
OTHERS = (
    "the results in the folder are of other parameters or of an earlier lmpmeso; `lmpmeso run` renews "
    "what differs"
)
"""Why a state point that had a summary is not finished."""
