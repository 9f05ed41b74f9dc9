"""Write tests/data/campaign-digests.json: what the small campaigns of the tests come to, with the code at hand.

Run it with the code whose results are to be kept, from the top of the checkout:

    PYTHONPATH=/path/to/old/checkout/src:. python scripts/studies/make_campaign_digests.py

tests/campaign/test_digests.py then holds every later version to these results. With ``--summaries`` only summaries,
tables and what equilibrations tell of τ_α are renewed, for a definition that has changed: all that they are made from
stays that of 0.1.0.
"""

import argparse
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from tests.campaign.digests import arithmetic, described, state_points
from tests.tiny_campaigns import TEXTS, run_campaign

FILE = Path("tests/data/campaign-digests.json")
SUMMARY = re.compile(r"^tables/|/summary-|/equilibration-[^/]*/(history.csv|equilibration.json)$")


def main() -> None:
    """Run every campaign, and write what it came to, one line a file."""
    parser = argparse.ArgumentParser(description="Write tests/data/campaign-digests.json.")
    parser.add_argument("--summaries", action="store_true", help="renew summaries and tables only")
    kept = json.loads(FILE.read_text(encoding="utf-8")) if parser.parse_args().summaries else {}
    parts = [f' "arithmetic": {json.dumps(arithmetic())}']
    with tempfile.TemporaryDirectory() as folder:
        for name in TEXTS:
            root = run_campaign(Path(folder), name)
            files = described(root)
            if kept:
                files = with_new_summaries(kept[name]["files"], files)
            rows = [f"{json.dumps(path)}: {json.dumps(row)}" for path, row in files.items()]
            points = state_points(root) if not kept else kept[name]["state_points"]
            points = f'"state_points": {json.dumps(points)}'
            files = '"files": {\n   ' + ",\n   ".join(rows) + "}"
            parts.append(f" {json.dumps(name)}: {{{points},\n  {files}}}")
    FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def with_new_summaries(kept: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The files as they were, but for summaries, and for the tables and histories that there were."""
    of_old = {path: row for path, row in kept.items() if not SUMMARY.search(path)}
    renewed = {path: found[path] for path in kept if path in found and SUMMARY.search(path)}
    summaries = {path: row for path, row in found.items() if "/summary-" in path}
    return dict(sorted((of_old | renewed | summaries).items()))


if __name__ == "__main__":
    main()
