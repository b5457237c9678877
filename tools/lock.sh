#!/usr/bin/env bash
# Renew the two lock files: pins and SHA-256 for every platform, and no address of any registry.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    python3 -m venv "$work/uv-venv"
    "$work/uv-venv/bin/python" -m pip install --quiet uv
    uv="$work/uv-venv/bin/uv"
fi

# A copy, so that uv.lock (which records addresses) never stands in the tree. --find-links of the
# user's own pip configuration is not read by uv.
cp "$here/pyproject.toml" "$work/"
mkdir -p "$work/src/openline" "$work/LICENSES"
touch "$work/src/openline/__init__.py" "$work/README.md" "$work/LICENSE" "$work/LICENSES/none"

export_lock() {
    (cd "$work" && "$uv" export --quiet --no-emit-project --no-header --no-annotate "$@")
}

(cd "$work" && "$uv" lock --quiet "$@")
export_lock --group build -o "$work/requirements.lock"
export_lock --group build --group dev -o "$work/requirements-dev.lock"

if grep -n '://' "$work/requirements.lock" "$work/requirements-dev.lock"; then
    echo "an address got into a lock file: nothing was written" >&2
    exit 1
fi
cp "$work/requirements.lock" "$work/requirements-dev.lock" "$here/"
wc -l "$here/requirements.lock" "$here/requirements-dev.lock"
