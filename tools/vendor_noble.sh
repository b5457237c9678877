#!/usr/bin/env bash
# Makes src/openline/desk/verifier/vendor/noble.js again from the packages that its MANIFEST.toml
# names, and says whether it is the same. Needs node and npm, which nothing else here does.
set -euo pipefail
cd "$(dirname "$0")/.."

target=src/openline/desk/verifier/vendor/noble.js
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

cat > "$made/package.json" <<'JSON'
{ "private": true }
JSON
cat > "$made/entry.js" <<'JS'
export { sha256, sha512 } from "@noble/hashes/sha2.js";
export { ed25519 } from "@noble/curves/ed25519.js";
export { p256 } from "@noble/curves/nist.js";
export { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
JS
(
    cd "$made"
    npm install --silent --no-audit --no-fund \
        @noble/hashes@2.4.0 @noble/curves@2.4.0 @noble/post-quantum@0.7.1 esbuild@0.28.2
    npx esbuild entry.js --bundle --format=iife --global-name=noble --target=es2020 \
        --legal-comments=inline --log-level=warning --outfile=noble.js \
        --banner:js='/* noble-hashes 2.4.0, noble-curves 2.4.0, noble-post-quantum 0.7.1: MIT, (c) 2022 Paul Miller (paulmillr.com) */'
)
if [ "${1:-}" = "--write" ]; then
    cp "$made/noble.js" "$target"
fi
cmp "$made/noble.js" "$target" && sha256sum "$target"
