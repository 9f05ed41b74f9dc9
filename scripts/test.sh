#!/usr/bin/env bash
# All tests, in an environment of their own making. Arguments go to pytest, e.g. -m validate.
set -euo pipefail
. "$(dirname "$0")/environment.sh" dev
# In the order of tests/conftest.py, slow files first; xdist's own begins with those of many tests.
exec "$venv/bin/python" -m pytest --numprocesses "${TEST_PROCESSES:-2}" \
    --dist loadfile --no-loadscope-reorder "$@"
