// Signed notes, verifier keys, checkpoints, and what their lines sign (PROTOCOL parts 1 and 3).

const NOTE_BYTES_MAX = 65_536;
const SIGNATURES_MAX = 100;
const TIMESTAMP_MAX = 2n ** 63n - 1n;
const ED25519 = 1;
const ED25519_COSIGNATURE = 4;
const ML_DSA_44 = 6;
const PUBLIC_SIZES = new Map([[ED25519, 32], [ED25519_COSIGNATURE, 32], [ML_DSA_44, 1312]]);

// ---- signatures --------------------------------------------------------------------------------

const FIELD_PRIME = 2n ** 255n - 19n;
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
// The y of the points whose order divides eight: under such a key anybody could sign.
const SMALL_ORDER_Y = new Set([
  0n,
  1n,
  FIELD_PRIME - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  FIELD_PRIME - 2707385501144840649318225287225658788936804267575313519463743609750303402022n,
]);

function fromLittleEndian(data) {
  let value = 0n;
  for (let at = data.length - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(data[at]);
  return value;
}

/** Whether 32 bytes are the one spelling of a point under which not everybody can sign. */
function isEd25519Key(key) {
  const y = fromLittleEndian(key) & (2n ** 255n - 1n);
  return y < FIELD_PRIME && !SMALL_ORDER_Y.has(y);
}

/** RFC 8032 without cofactor: s below the group order, and R compared as bytes. */
function isEd25519Signature(key, message, signature) {
  if (signature.length !== 64) return false;
  const { Point } = noble.ed25519;
  const nonce = signature.slice(0, 32);
  const s = fromLittleEndian(signature.slice(32));
  if (s >= GROUP_ORDER) return false;
  let point;
  try {
    point = Point.fromBytes(key, false);
  } catch {
    return false; // no point of the curve has this y
  }
  const h = fromLittleEndian(noble.sha512(concat(nonce, key, message))) % GROUP_ORDER;
  const base = s === 0n ? Point.ZERO : Point.BASE.multiply(s); // from a table made once
  const claimed = base.subtract(point.multiplyUnsafe(h));
  return sameBytes(claimed.toBytes(), nonce);
}

function isMlDsaSignature(key, message, signature) {
  if (signature.length !== 2420) return false;
  try {
    return noble.ml_dsa44.verify(signature, message, key);
  } catch {
    return false; // bytes that are no encoding of a signature
  }
}

// Signatures that were found good: the parts of a bundle often stand under one and the same head.
const goodSignatures = new Set();

function verifySignature(kind, key, message, signature) {
  const id = hex(sha256(concat(new Uint8Array([kind]), key, sha256(message), signature)));
  if (goodSignatures.has(id)) return;
  if (kind !== ML_DSA_44 && !isEd25519Key(key)) {
    throw new Refused("envelope.bad-signature", `kind ${kind}: not a public key`);
  }
  const isGood = kind === ML_DSA_44 ? isMlDsaSignature : isEd25519Signature;
  if (!isGood(key, message, signature)) {
    throw new Refused(
      "envelope.bad-signature", `kind ${kind}: not a signature of these bytes`,
    );
  }
  if (goodSignatures.size < 100_000) goodSignatures.add(id);
}

// ---- keys --------------------------------------------------------------------------------------

function makeVkey(name, kind, key) {
  checkNoteName(name);
  const size = PUBLIC_SIZES.get(kind);
  if (size === undefined) throw malformed("verifier key", "not of kind 0x01, 0x04 or 0x06");
  checkSize(key, size, "verifier key");
  const typed = concat(new Uint8Array([kind]), key);
  const id = sha256(concat(toBytes(`${name}\n`), typed)).slice(0, 4);
  return { name, kind, key, id, text: `${name}+${hex(id)}+${b64(typed)}` };
}

function parseVkey(text) {
  if (codePoints(text) > 4096) throw malformed("verifier key", "longer than 4096 characters");
  const [name, , rest] = parted(text, "+");
  const [id, plus, encoded] = parted(rest, "+");
  if (plus === "" || !/^[0-9a-f]{8}$/.test(id)) {
    throw malformed("verifier key", "not name, eight hex digits and key, with + between");
  }
  const data = unb64(encoded, undefined, "verifier key");
  const vkey = makeVkey(name, data[0] ?? 0, data.slice(1));
  if (vkey.text !== text) {
    throw malformed("verifier key", "its hash is not that of its name and key");
  }
  return vkey;
}

const sameKey = (one, other) => sameBytes(one.key, other.key);
const sameVkey = (one, other) => one.text === other.text;

// ---- notes -------------------------------------------------------------------------------------

function parseNote(data) {
  if (data.length > NOTE_BYTES_MAX) throw malformed("note", `longer than ${NOTE_BYTES_MAX} bytes`);
  const split = emptyLine(data, true);
  if (split < 0) throw malformed("note", "no empty line before signatures");
  const text = fromBytes(data.subarray(0, split + 1), "note");
  const lines = textLines(data.subarray(split + 2), NOTE_BYTES_MAX, "signature lines");
  if (lines.length > SIGNATURES_MAX) {
    throw malformed("signature lines", `more than ${SIGNATURES_MAX}`);
  }
  const signatures = lines.map(parseSignature);
  if (/[\x00-\x09\x0b-\x1f\x7f]/.test(text)) {
    throw malformed("note", "the text lacks its last LF or holds a control character");
  }
  return { text, signatures };
}

function parseSignature(line) {
  if (!line.startsWith("\u2014 ")) {
    throw malformed("signature line", "does not begin with U+2014 and a space");
  }
  const [name, space, encoded] = parted(line.slice(2), " ");
  if (space === "") throw malformed("signature line", "not a name and a signature");
  const data = unb64(encoded, undefined, "signature line");
  checkNoteName(name);
  checkSize(data.slice(0, 4), 4, "key id");
  if (data.length === 4) throw malformed("signature line", "no signature after the key id");
  return { name, id: data.slice(0, 4), blob: data.slice(4), line };
}

function findLine(signatures, vkey) {
  const found = signatures.filter(
    (each) => each.name === vkey.name && sameBytes(each.id, vkey.id),
  );
  if (found.length > 1) throw badNote(`${vkey.name}: two lines of one key ${hex(vkey.id)}`);
  return found[0];
}

function requiredLine(signatures, vkey) {
  const found = findLine(signatures, vkey);
  if (found === undefined) {
    throw badNote(`${vkey.name}: no line of its key ${hex(vkey.id)}, kind ${vkey.kind}`);
  }
  return found;
}

// ---- heads -------------------------------------------------------------------------------------

function parseHead(text) {
  const lines = textLines(toBytes(text), 300, "head");
  if (lines.length !== 3) throw malformed("head", "not three lines of origin, size, root");
  const size = parseInteger(lines[1], INTEGER_MAX, "head size");
  const root = unb64(lines[2], HASH_SIZE, "head root");
  return { origin: checkKeyName(lines[0]), size, root, text };
}

function readCheckpoint(data) {
  const note = parseNote(data);
  return { note, head: parseHead(note.text) };
}

function bigEndian64(value) {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, BigInt(value));
  return data;
}

const timeOf = (line) => new DataView(line.blob.slice(0, 8).buffer).getBigUint64(0);

function short(name) {
  const data = toBytes(name);
  if (data.length < 1 || data.length > 255) {
    throw malformed("cosignature", "a name or origin is empty or longer than 255 bytes");
  }
  return concat(new Uint8Array([data.length]), data);
}

/** Checks one line under a head; the time that it states, 0 for a line of kind 0x01. */
function verifyLine(head, vkey, line) {
  if (vkey.kind === ED25519) {
    verifySignature(vkey.kind, vkey.key, toBytes(head.text), line.blob);
    return 0n;
  }
  if (line.blob.length <= 8) throw malformed("cosignature", "no signature after the time");
  const time = timeOf(line);
  checkInteger(time, TIMESTAMP_MAX, "cosignature time");
  const message =
    vkey.kind === ED25519_COSIGNATURE
      ? toBytes(`cosignature/v1\ntime ${time}\n${head.text}`)
      : concat(
          toBytes("subtree/v1\n\0"), short(vkey.name), bigEndian64(time), short(head.origin),
          bigEndian64(0), bigEndian64(head.size), head.root,
        );
  verifySignature(vkey.kind, vkey.key, message, line.blob.slice(8));
  return time;
}

/** A head that both keys of its log signed. */
function openCheckpoint(data, log1, log6) {
  const { note, head } = readCheckpoint(data);
  for (const vkey of [log1, log6]) {
    if (vkey.name !== head.origin) throw badNote(`${head.origin}: the keys are those of ${vkey.name}`);
    verifyLine(head, vkey, requiredLine(note.signatures, vkey));
  }
  return head;
}

/** The one time above 0 that both lines of a cosigner state. */
function verifyPair(head, signatures, vkey4, vkey6) {
  const times = [vkey4, vkey6].map((vkey) =>
    verifyLine(head, vkey, requiredLine(signatures, vkey)),
  );
  if (times[0] !== times[1] || times[0] === 0n) {
    throw badNote(`${vkey4.name}: its two lines do not state one time above 0`);
  }
  return times[0];
}
