#!/bin/bash
# Write sbom.cdx.json (CycloneDX) and THIRD_PARTY_LICENSES for the contents of the layer to a folder.
# `make sbom` calls it. Neither file contains boto3, which comes with the Lambda runtime.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1
tools=$PWD/.venv-release/bin
scratch=$PWD/.local/tmp/sbom.$$
mkdir -p "$scratch"
trap 'rm -rf "$scratch"' EXIT

"$tools/python" -m venv --without-pip "$scratch/layer"
layer=$scratch/layer/bin/python
"$tools/python" -m pip --python "$layer" install -qq --disable-pip-version-check --no-deps \
    --require-hashes --only-binary=:all: --requirement layers/common/requirements.txt

# cyclonedx-py does not support dynamic versions.
version=$(PYTHONPATH=layers/common "$tools/python" -c 'import ebbtide; print(ebbtide.__version__)')
sed "s/^dynamic = .*/version = \"$version\"/" pyproject.toml >"$scratch/pyproject.toml"

mkdir -p "$folder"
"$tools/cyclonedx-py" environment --pyproject "$scratch/pyproject.toml" --output-reproducible \
    --output-file "$folder/sbom.cdx.json" "$layer"
"$tools/pip-licenses" --python "$layer" --format plain-vertical --with-urls \
    --with-license-files --with-notice-files --no-license-path \
    --output-file "$folder/THIRD_PARTY_LICENSES" >/dev/null
