#!/bin/bash
# Run the tests that need the emulated cloud beside all others; with --full as the first argument, those
# that `make test` leaves out or shortens.
#
# The two emulated parts often wait for state machines and emulators while the other computes. Each
# part writes its own log; those of the emulated parts are printed at the end, and what failed is
# repeated last of all. Arguments go to all runs of pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

logs=.local/tests
python=.venv/bin/python
# One more than two cores: each waits at times.
workers=${TEST_WORKERS:-3}
mkdir -p "$logs"
# The branches that the tests without the emulated cloud reach.
measured=()
if [ -n "${COVERAGE:-}" ]; then
    measured=(--cov --cov-report=term)
fi

# What each part runs: those of the deployed application, those of the emulated cloud, and the rest.
deployed="e2e and not enforced"
folders=tests/emulator
emulated="emulator and not e2e"
local="not e2e and not emulator"
if [ "${1:-}" = --full ]; then
    # Deployments that enforce IAM, and everything else that is emulated, take about as long.
    deployed="full and enforced"
    folders="tests/e2e tests/emulator"
    emulated="(full or scaled) and (e2e or emulator) and not enforced"
    # Those marked full or scaled, all properties, and the workflow in process once more with all kinds.
    local="(full or scaled or hypothesis or collects) and not (e2e or emulator)"
fi

# run NAME FOLDERS EXPRESSION [ARGUMENT...]: the tests in the folders that the expression selects.
run() {
    local name=$1 folders=$2 selected=$3
    shift 3
    "$python" -m pytest -m "$selected" -o testpaths="$folders" -o cache_dir=".pytest_cache/$name" "$@"
}

titled() {
    printf '\n===== %s =====\n' "$1"
}

declare -A pids titles=([e2e]="Tests of the deployed application" [emulator]="Tests of the emulated cloud")

end_all() {
    local pid
    for pid in "${pids[@]}"; do
        kill -INT -- "-$pid" 2>/dev/null && wait "$pid"
    done
}

echo "Tests in the emulated cloud run meanwhile; their logs are $logs/e2e.log and $logs/emulator.log."
# With job control, as a shell otherwise lets its background jobs ignore the interrupt that makes
# pytest stop its emulators.
set -m
run e2e tests/e2e "$deployed" "$@" >"$logs/e2e.log" 2>&1 &
pids[e2e]=$!
run emulator "$folders" "$emulated" "$@" >"$logs/emulator.log" 2>&1 &
pids[emulator]=$!
set +m
trap end_all EXIT

failed=()
run local tests "$local" -n "$workers" --dist worksteal "${measured[@]}" "$@" 2>&1 |
    tee "$logs/local.log" || failed+=(local)
echo "Waiting for the tests in the emulated cloud."
for part in e2e emulator; do
    wait "${pids[$part]}" || failed+=("$part")
done
trap - EXIT

for part in e2e emulator; do
    titled "${titles[$part]}"
    cat "$logs/$part.log"
done
for part in "${failed[@]}"; do
    titled "Failed: $logs/$part.log"
    sed -n -E '/^=+ (FAILURES|ERRORS|short test summary)/,$p' "$logs/$part.log" | grep . ||
        tail -20 "$logs/$part.log"
done
[ ${#failed[@]} -eq 0 ]
