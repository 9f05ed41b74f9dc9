#!/usr/bin/env bash
# Test and time the κ-field on a GPU, from a checkout, within seven minutes. Fails when it has measured nothing.
#
#   scripts/benchmarks/gpu_check.sh          on a machine with CuPy and a GPU
#   scripts/benchmarks/gpu_check.sh cpu      rehearsal without a GPU: the same steps on the CPU
#
# Needs Python ≥ 3.11 with NumPy, SciPy, pandas, pytest and CuPy; no LAMMPS, no MDAnalysis, no network and
# no installation of lmpmeso. The glasses lie beside this script. The table comes last.
set -euo pipefail

device=${1:-cuda}
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
started=$SECONDS
limit=400

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# lmpmeso asks for its own version; from a bare checkout this answers.
mkdir "$scratch/lmpmeso-0.dist-info"
printf 'Metadata-Version: 2.1\nName: lmpmeso\nVersion: 0\n' > "$scratch/lmpmeso-0.dist-info/METADATA"
export PYTHONPATH="$here/../../src:$scratch${PYTHONPATH:+:$PYTHONPATH}"
if ! "$python" -c "import threadpoolctl" 2> /dev/null; then
    # Only BLAS threads on the CPU are held by it; here the environment does that.
    cat > "$scratch/threadpoolctl.py" <<'PY'
from contextlib import nullcontext


class ThreadpoolController:
    def limit(self, **limits):
        return nullcontext()
PY
fi
export PYTHONDONTWRITEBYTECODE=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1

step() {  # seconds, command: stops at its own limit or at that of the whole script
    local left=$((limit - (SECONDS - started)))
    local own=$1
    shift
    if ((left < 5)); then
        echo "no time is left for: $*" >&2
        return 124
    fi
    timeout --kill-after=5 $((own < left ? own : left)) "$@"
}

step 60 "$python" - "$device" <<'PY'
import sys
import numpy, scipy, pandas
from lmpmeso.backend import get_backend
backend = get_backend(sys.argv[1])
versions = ", ".join(f"{m.__name__} {m.__version__}" for m in (numpy, scipy, pandas))
print(f"Python {sys.version.split()[0]}, {versions}")
print(f"device: {backend.description}, {backend.free_memory() / 1024**3:.1f} GiB free")
if sys.argv[1] == "cuda":
    import cupy
    print(f"CuPy {cupy.__version__}, CUDA runtime {cupy.cuda.runtime.runtimeGetVersion()}")
PY

cd "$here/../.."
echo "--- tests"
status=0
step 120 "$python" -m pytest -q -m gpu -rs --noconftest -c /dev/null --rootdir . \
    -p no:cacheprovider -W ignore::pytest.PytestUnknownMarkWarning \
    tests/elasticity/test_gpu.py > "$scratch/tests" 2>&1 || status=$?
tail -n 40 "$scratch/tests"
if [ "$device" = cuda ] && ! tail -n 1 "$scratch/tests" | grep -q ' passed'; then
    echo "no test ran on the GPU" >&2
    status=1
fi

echo "--- benchmarks"
large=--large
[ "$device" = cuda ] || large=
touch "$scratch/ensemble"
if [ "$device" = cuda ]; then
    step 100 "$python" scripts/benchmarks/bench_kappa_field.py --device cuda --ensemble --glasses 100 \
        > "$scratch/ensemble" || status=$?
fi
left=$((limit - (SECONDS - started) - 20))
step 300 "$python" scripts/benchmarks/bench_kappa_field.py --device "$device" --brief \
    --budget $((left > 0 ? left : 1)) $large > "$scratch/table" || status=$?

echo "--- tables ($((SECONDS - started)) s in all, tests $(tail -n 1 "$scratch/tests"))"
cat "$scratch/ensemble" "$scratch/table"
if ! grep -q "| $device |" "$scratch/table"; then
    echo "nothing was measured on $device" >&2
    status=1
fi
exit $status
