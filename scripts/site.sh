#!/usr/bin/env bash
# The documentation as a site, in an environment of its own making: scripts/site.sh [FOLDER], default site/.
# A broken link, a missing reference or a tutorial that fails is an error.
set -euo pipefail
mkdir -p "${1:-site}"
out=$(cd "${1:-site}" && pwd)
. "$(dirname "$0")/environment.sh" dev
"$venv/bin/python" -m sphinx -q -W --keep-going -b html -d "$out/.doctrees" docs "$out"
rm -rf "$out/.doctrees"
echo "the site begins at $out/index.html"
