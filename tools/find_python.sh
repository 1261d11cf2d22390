#!/bin/sh
# Prints a Python 3.13 that really runs, or says in one sentence what is missing.
# A version manager may put a python3.13 on the path that only prints an error, hence the trial.

runs() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    runs "$PYTHON" && { command -v "$PYTHON"; exit 0; }
    echo "PYTHON=$PYTHON is not a Python 3.13 that runs." >&2
    exit 1
fi

IFS=:
for folder in $PATH; do
    runs "$folder/python3.13" && { echo "$folder/python3.13"; exit 0; }
done
unset IFS

# pyenv's shims fail in folders for which another version is chosen, although 3.13 is installed.
for folder in "$HOME"/.pyenv/versions/3.13*/bin; do
    runs "$folder/python3.13" && { echo "$folder/python3.13"; exit 0; }
done

echo "Ebbtide needs Python 3.13: install it as python3.13, or run make with PYTHON=/path/to/python3.13." >&2
exit 1
