#!/bin/bash
# Create the three virtual environments of the repository, each only if missing or outdated;
# with an argument such as `release`, create the one for releases instead.
set -euo pipefail
cd "$(dirname "$0")/.."

make_environment() {
    local folder=$1 requirements=$2 stamp
    stamp=$(cat "$requirements" .python-version | cksum)
    if [ -x "$folder/bin/python" ] && [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then
        return
    fi
    interpreter=${interpreter:-$(tools/find_python.sh)}
    echo "Creating $folder from $requirements (once)." >&2
    rm -rf "$folder"
    "$interpreter" -m venv "$folder"
    "$folder/bin/python" -m pip install -qq --disable-pip-version-check --no-deps \
        --require-hashes --requirement "$requirements"
    echo "$stamp" >"$folder/stamp"
}

mkdir -p .local/tmp
interpreter=
case ${1:-} in
    release | audit | pictures)
        make_environment ".venv-$1" "requirements/$1.txt"
        exit
        ;;
esac
make_environment .venv requirements/dev.txt
if [ ! -x .venv/bin/ebbtide ]; then
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps \
        --no-build-isolation --editable .
fi
make_environment .venv-emulator requirements/emulator.txt
make_environment .venv-sam requirements/sam.txt
