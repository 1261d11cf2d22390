#!/bin/bash
# Run the tests that need the emulated cloud beside all others.
#
# The emulated part mostly waits for state machines while the other computes. Each writes its own
# log; the emulated part's is printed at the end, and what failed is repeated last of all.
# Arguments go to both runs of pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

logs=.local/tests
python=.venv/bin/python
workers=${TEST_WORKERS:-2}
mkdir -p "$logs"

# run NAME EXPRESSION [ARGUMENT...]: the tests that the expression selects.
run() {
    local name=$1 selected=$2
    shift 2
    "$python" -m pytest -m "$selected" -o cache_dir=".pytest_cache/$name" "$@"
}

titled() {
    printf '\n===== %s =====\n' "$1"
}

echo "Tests in the emulated cloud run meanwhile; their log is $logs/emulated.log."
# With job control, as a shell otherwise lets its background jobs ignore the interrupt that makes
# pytest stop its emulators.
set -m
run emulated "e2e or emulator" "$@" >"$logs/emulated.log" 2>&1 &
emulated_pid=$!
set +m
trap 'kill -INT -- "-$emulated_pid" 2>/dev/null && wait "$emulated_pid"' EXIT

local_status=0 emulated_status=0
run local "not e2e and not emulator" -n "$workers" --dist worksteal "$@" 2>&1 |
    tee "$logs/local.log" || local_status=$?
echo "Waiting for the tests in the emulated cloud."
wait "$emulated_pid" || emulated_status=$?
trap - EXIT

titled "Tests in the emulated cloud"
cat "$logs/emulated.log"
if [ "$local_status" -ne 0 ]; then
    titled "Failed: tests without an emulator ($logs/local.log)"
    sed -n -E '/^=+ (FAILURES|ERRORS|short test summary)/,$p' "$logs/local.log"
fi
if [ "$emulated_status" -ne 0 ]; then
    titled "Failed: tests in the emulated cloud ($logs/emulated.log)"
    grep -E '^(FAILED|ERROR|E  )' "$logs/emulated.log" || tail -20 "$logs/emulated.log"
fi
if [ "$local_status" -ne 0 ] || [ "$emulated_status" -ne 0 ]; then
    exit 1
fi
