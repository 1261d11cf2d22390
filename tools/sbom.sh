#!/bin/bash
# Writes what the layer ships into a folder: sbom.cdx.json (CycloneDX) and THIRD_PARTY_LICENSES.
# `make sbom` calls it. boto3 is in neither: it comes with the Lambda runtime.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1
tools=$PWD/.venv-release/bin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$tools/python" -m venv --without-pip "$scratch/layer"
layer=$scratch/layer/bin/python
"$tools/python" -m pip --python "$layer" install -qq --disable-pip-version-check --no-deps \
    --require-hashes --only-binary=:all: --requirement layers/common/requirements.txt

# cyclonedx-py reads no dynamic version.
version=$(PYTHONPATH=layers/common "$tools/python" -c 'import ebbtide; print(ebbtide.__version__)')
sed "s/^dynamic = .*/version = \"$version\"/" pyproject.toml >"$scratch/pyproject.toml"

mkdir -p "$folder"
"$tools/cyclonedx-py" environment --pyproject "$scratch/pyproject.toml" --output-reproducible \
    --output-file "$folder/sbom.cdx.json" "$layer"
"$tools/pip-licenses" --python "$layer" --format plain-vertical --with-urls \
    --with-license-files --with-notice-files --no-license-path \
    --output-file "$folder/THIRD_PARTY_LICENSES" >/dev/null
