#!/bin/sh
# Print the path of a Python that runs, or one sentence about what is missing. The version is 3.13, or
# the one given as argument, such as 3.12.
# A version manager may put a python3.13 on the path that only prints an error, so each one is tried.

version=${1:-3.13}

runs() {
    "$1" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$version" \
        >/dev/null 2>&1
}

if [ $# -eq 0 ] && [ -n "${PYTHON:-}" ]; then
    runs "$PYTHON" && { command -v "$PYTHON"; exit 0; }
    echo "PYTHON=$PYTHON is not a working Python $version." >&2
    exit 1
fi

IFS=:
for folder in $PATH; do
    runs "$folder/python$version" && { echo "$folder/python$version"; exit 0; }
done
unset IFS

# pyenv's shims fail in folders that select another version, even if this version is installed.
for folder in "$HOME/.pyenv/versions/$version".*/bin; do
    runs "$folder/python$version" && { echo "$folder/python$version"; exit 0; }
done

hint=", or run make with PYTHON=/path/to/python$version"
[ $# -eq 0 ] || hint=
echo "Ebbtide needs Python $version: install it as python$version$hint." >&2
exit 1
