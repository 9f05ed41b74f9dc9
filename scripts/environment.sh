# Sourced by quickstart.sh and test.sh: makes or reuses .venv and installs lmpmeso into it.
#
# usage: . scripts/environment.sh EXTRA      e.g. "dev"; "" for none. Without an argument bash
# would hand on those of the script that sources this one.
#
# PYTHON=/path/to/python3.12 chooses the interpreter of a new environment;
# VENV=/some/folder puts the environment elsewhere than .venv.

fail() {
    echo "$1" >&2
    exit 1
}

find_python() {
    local candidate candidates=(python3.13 python3.12 python3.11 python3 python)
    if [ -n "${PYTHON:-}" ]; then
        candidates=("$PYTHON")
    fi
    for candidate in "${candidates[@]}"; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "lmpmeso needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python."
}

prepare_environment() {
    local extra=$1 python stamp wanted
    venv=${VENV:-.venv}
    if [ ! -x "$venv/bin/python" ]; then
        python=$(find_python) || exit 1
        echo "Making the environment $venv with $("$python" --version)" >&2
        "$python" -m venv "$venv" ||
            fail "Could not make $venv. On Debian and Ubuntu: apt-get install python3-venv"
        # The pip that comes with Python 3.11 takes three times as long to find out what fits together, but it does.
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade pip ||
            echo "pip could not renew itself; going on with the one that came with Python" >&2
    fi
    # "test" and "dev" both satisfy a run that needs no extra: the stamp remembers the largest.
    stamp=$venv/.lmpmeso-$(cksum <pyproject.toml | cut -d' ' -f1)
    wanted=$stamp${extra:+-$extra}
    if [ ! -e "$wanted" ]; then
        echo "Installing lmpmeso${extra:+ with its $extra tools} (a minute on a first run)" >&2
        # Python compiles the modules that are used; pip would compile all, most of them for nobody.
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile \
            --editable ".${extra:+[$extra]}" || fail "Installation failed; see pip's message above."
        touch "$stamp" "$wanted"
    fi
}

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# Some images forbid to keep compiled modules: then each of the many processes of a run compiles anew
# all that it imports, which is most of its start.
unset PYTHONDONTWRITEBYTECODE
prepare_environment "$1"
# One BLAS thread a process: parallelism is over glasses, and two thread pools fight.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}
