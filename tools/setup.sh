#!/bin/bash
# Create the three virtual environments of the repository, each only if missing or outdated;
# with an argument, such as `release` or `browser`, create the one for that instead.
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

# Node.js in an environment of its own, and in it what tests/browser/package-lock.json pins: a
# headless Chromium and what drives it. Starting it once unpacks it.
make_browser() {
    local folder=.venv-browser stamp
    stamp=$(cat requirements/browser.txt tests/browser/package-lock.json .python-version | cksum)
    if [ "$(cat "$folder/browser" 2>/dev/null)" = "$stamp" ]; then
        return
    fi
    make_environment "$folder" requirements/browser.txt
    cp tests/browser/package.json tests/browser/package-lock.json "$folder"
    (cd "$folder" && PATH=$PWD/bin:$PATH bin/npm ci --silent --no-audit --no-fund --ignore-scripts)
    if [ -z "${EBBTIDE_TEST_BROWSER:-}" ] && [ "$(uname -sm)" = "Linux x86_64" ]; then
        "$folder/bin/node" tests/browser/driver.cjs "$folder" </dev/null
    fi
    echo "$stamp" >"$folder/browser"
}

mkdir -p .local/tmp
interpreter=
case ${1:-} in
    release | audit | pictures)
        make_environment ".venv-$1" "requirements/$1.txt"
        exit
        ;;
    browser)
        make_browser
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
