#!/usr/bin/env bash
# From a bare machine with Python 3.11 or newer to kappa, G and the relaxation time of a
# glass-forming liquid, in one command. Arguments go to `lmpmeso quickstart`; see --help.
set -euo pipefail
folder=$PWD
. "$(dirname "$0")/environment.sh" ""
lmpmeso=$(realpath "$venv")/bin/lmpmeso
cd "$folder"
exec "$lmpmeso" quickstart "$@"
