"""Keys and randomness: sign, cosign, seal, release. The only room that imports `cryptography`."""
