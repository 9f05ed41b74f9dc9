"""Write tests/data/campaign-digests.json: what the small campaigns of the tests come to, with the code at hand.

Run it with the code whose results are to be kept, from the top of the checkout:

    PYTHONPATH=/path/to/old/checkout/src:. python scripts/studies/make_campaign_digests.py

tests/campaign/test_digests.py then holds every later version to these results.
"""

import json
import tempfile
from pathlib import Path

from tests.campaign.digests import arithmetic, described, state_points
from tests.tiny_campaigns import TEXTS, run_campaign

FILE = Path("tests/data/campaign-digests.json")


def main() -> None:
    """Run every campaign, and write what it came to, one line a file."""
    parts = [f' "arithmetic": {json.dumps(arithmetic())}']
    with tempfile.TemporaryDirectory() as folder:
        for name in TEXTS:
            root = run_campaign(Path(folder), name)
            rows = [
                f"{json.dumps(path)}: {json.dumps(row)}" for path, row in described(root).items()
            ]
            points = f'"state_points": {json.dumps(state_points(root))}'
            files = '"files": {\n   ' + ",\n   ".join(rows) + "}"
            parts.append(f" {json.dumps(name)}: {{{points},\n  {files}}}")
    FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
