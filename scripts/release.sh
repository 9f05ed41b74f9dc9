#!/usr/bin/env bash
# What a release must pass: wheel and sdist are built, each is installed into a fresh environment, and measures a glass there.
#
# usage: scripts/release.sh [FOLDER]      FOLDER (default: dist) gets the wheel and the sdist; PYTHON chooses the interpreter
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
mkdir -p "${1:-dist}"
dist=$(cd "${1:-dist}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "$(ls -A "$dist")" ]; then
    echo "$dist is not empty: name another folder" >&2
    exit 1
fi

"$python" -m venv "$work/build"
"$work/build/bin/python" -m pip install --quiet --disable-pip-version-check build
# The wheel is built from the sdist, as an index would have it.
"$work/build/bin/python" -m build --outdir "$dist" .

for package in "$dist"/*.whl "$dist"/*.tar.gz; do
    echo "$package" >&2
    "$python" -m venv "$work/env"
    "$work/env/bin/python" -m pip install --quiet --disable-pip-version-check "$package"
    (
        cd "$work"
        env/bin/lmpmeso --version
        env/bin/python -c 'import lmpmeso; lmpmeso.write_dump("liquid.dump", lmpmeso.random_start("ipl", 250, seed=1))'
        env/bin/lmpmeso elasticity liquid.dump --model ipl --pairs all
    )
    rm -rf "$work/env"
done
echo "the release in $dist can be uploaded" >&2
