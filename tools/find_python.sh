#!/bin/sh
# Prints a Python that really runs, or says in one sentence what is missing. The version is 3.13, or
# the one given as argument, such as 3.12.
# A version manager may put a python3.13 on the path that only prints an error, hence the trial.

version=${1:-3.13}

runs() {
    "$1" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$version" \
        >/dev/null 2>&1
}

if [ $# -eq 0 ] && [ -n "${PYTHON:-}" ]; then
    runs "$PYTHON" && { command -v "$PYTHON"; exit 0; }
    echo "PYTHON=$PYTHON is not a Python $version that runs." >&2
    exit 1
fi

IFS=:
for folder in $PATH; do
    runs "$folder/python$version" && { echo "$folder/python$version"; exit 0; }
done
unset IFS

# pyenv's shims fail in folders for which another version is chosen, although it is installed.
for folder in "$HOME/.pyenv/versions/$version".*/bin; do
    runs "$folder/python$version" && { echo "$folder/python$version"; exit 0; }
done

hint=", or run make with PYTHON=/path/to/python$version"
[ $# -eq 0 ] || hint=
echo "Ebbtide needs Python $version: install it as python$version$hint." >&2
exit 1
