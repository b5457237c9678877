// What a file shows of an entry: leaf, fields, heads, officers, charter (PROTOCOL parts 6 and 9.1).

const EXTRA_BYTES_MAX = 48_000;
const PROOF_HASHES_MAX = 63;
const FIELDS_MAX = 512;
const FIELD_BYTES_MAX = 16_384;
const KINDS = ["open", "keys", "message", "defect", "gap", "close"];
const FIXED_PATHS = ["format", "class", "refs", "withheld", "line", "draft"];
const RESERVED_PATHS = [...FIXED_PATHS, "expires", "at", "seen"];
const TOLD = "shown to the addressee";
const REVEALED = "withheld, revealed later by the sender";

function parseLeaf(value) {
  const text = asText(value, "leaf");
  if (byteLength(text) > 256) throw malformed("leaf", "longer than 256 bytes");
  const digest = "([A-Za-z0-9+/]{43}=)";
  const shape = `^openline/v1 ([a-z]{1,16})\\n([0-9]{1,16})\\n([0-9]{1,16})\\n${digest}\\n${digest}\\n$`;
  const found = new RegExp(shape).exec(text);
  if (found === null) {
    throw malformed("leaf", "not five lines of kind, time, fields, root, envelope hash");
  }
  return {
    text,
    kind: found[1],
    time: parseInteger(found[2], INTEGER_MAX, "leaf time"),
    count: parseInteger(found[3], INTEGER_MAX, "leaf field count"),
    root: unb64(found[4], HASH_SIZE, "leaf fields root"),
    envelope: unb64(found[5], HASH_SIZE, "leaf envelope hash"),
  };
}

function parseField(value) {
  const [index, salt, path, opening, proof] = asArray(value, "shown field", 5);
  const field = {
    salt: asData(salt, "salt", HASH_SIZE), path: asText(path, "path"), value: asText(opening, "value"),
  };
  const bytes = toBytes(field.value);
  if (!/^[a-z0-9._-]{1,100}$/.test(field.path)) {
    throw malformed("field", "the salt is not 32 bytes or the path not [a-z0-9._-]{1,100}");
  }
  if (bytes.length < 1 || bytes.length > FIELD_BYTES_MAX) {
    throw malformed("field", `the value is empty or longer than ${FIELD_BYTES_MAX} bytes`);
  }
  field.json = parseJson(field.value);
  const named = concat(field.salt, toBytes(field.path), new Uint8Array([0]), bytes);
  field.hash = leafHash(named);
  field.index = asWhole(index, "shown field");
  field.proof = asHashes(proof, "shown field", PROOF_HASHES_MAX);
  if (field.index >= FIELDS_MAX) {
    throw malformed("shown field", `the index is not below ${FIELDS_MAX}`);
  }
  return field;
}

function parseFields(value) {
  const found = asArray(value, "fields");
  if (found.length > FIELDS_MAX) throw malformed("fields", `more than ${FIELDS_MAX}`);
  return found.map(parseField);
}

function checkAscending(fields) {
  if (fields.some((field, at) => at > 0 && fields[at - 1].index >= field.index)) {
    throw malformed("fields", "not ascending, or one is shown twice");
  }
}

function parseShownHead(value) {
  const [k, root, proof] = asArray(value, "shown head", 3);
  const head = {
    k: asWhole(k, "shown head"),
    root: asData(root, "shown head", HASH_SIZE),
    proof: asHashes(proof, "shown head", PROOF_HASHES_MAX),
  };
  checkInteger(head.k, FIELDS_MAX, "shown head");
  return head;
}

const SPKI_P256 = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
const SPKI_ED25519 = "302a300506032b6570032100";

function parseOfficer(text) {
  const lines = new Lines(toBytes(text), 1024, "officer");
  lines.exactly("openline/v1 officer");
  const officer = {
    text,
    person: unb64(lines.line(), 16, "person id"),
    roles: lines.line().split(","),
    spki: unb64(lines.line(), undefined, "officer key"),
    salt: unb64(lines.line(), HASH_SIZE, "officer salt"),
  };
  lines.end();
  if (officer.roles.length > 16) throw malformed("officer", "no role, or more than 16");
  for (const role of officer.roles) checkToken(role, "officer role");
  checkSorted([...officer.roles].sort(compareText), "officer roles");
  const key = hex(officer.spki);
  const isP256 = key.startsWith(SPKI_P256) && officer.spki.length === 91;
  const isEd25519 = key.startsWith(SPKI_ED25519) && officer.spki.length === 44;
  if (!isP256 && !isEd25519) {
    throw malformed("officer", "the key is neither P-256 nor Ed25519 in DER");
  }
  officer.isP256 = isP256;
  officer.key = officer.spki.slice(isP256 ? 26 : 12);
  try {
    checkSorted(officer.roles, "officer");
  } catch {
    throw malformed("officer", "not the canonical spelling");
  }
  return officer;
}

function parseShownOfficer(value) {
  const [index, leaf, proof] = asArray(value, "shown officer", 3);
  return {
    index: asWhole(index, "shown officer"),
    leaf: parseOfficer(asText(leaf, "officer")),
    proof: asHashes(proof, "shown officer", PROOF_HASHES_MAX),
  };
}

function parseEpoch(value) {
  const [counter, nonce] = asArray(value, "epoch", 2);
  const number = checkInteger(asWhole(counter, "epoch counter"), 2 ** 32 - 1, "epoch counter");
  return [number, asData(nonce, "epoch nonce", 8)];
}

function parseExtra(data) {
  const table = asTable(
    parseJson(data, VALUES_MAX, EXTRA_BYTES_MAX), "extra",
    ["fields", "heads", "leaf"], ["charter", "epoch", "officers"],
  );
  const extra = {
    fields: parseFields(table.fields),
    heads: asArray(table.heads, "heads").map(parseShownHead),
    leaf: parseLeaf(table.leaf),
    officers: asArray(table.officers ?? [], "officers").map(parseShownOfficer),
    charter: table.charter === undefined ? null : asText(table.charter, "charter"),
    epoch: table.epoch === undefined ? null : parseEpoch(table.epoch),
  };
  checkAscending(extra.fields);
  if (extra.heads.length > FIELDS_MAX || extra.officers.length > FIELDS_MAX) {
    throw malformed("extra", `more than ${FIELDS_MAX} heads or officers`);
  }
  if (extra.charter !== null) checkCharterText(extra.charter);
  if (table.officers !== undefined && extra.officers.length === 0) {
    throw malformed("extra", "not the canonical spelling"); // an empty list is left out
  }
  return extra;
}

// ---- proven under the leaf ---------------------------------------------------------------------

/** Proves every shown field under the leaf and reads those that must be shown. */
function readHeader(leaf, fields) {
  const shown = new Map();
  for (const field of fields) {
    verifyInclusion(field.hash, field.index, leaf.count, field.proof, leaf.root);
    const due = FIXED_PATHS[field.index];
    if (due !== field.path && (due !== undefined || FIXED_PATHS.includes(field.path))) {
      throw badProof(`field ${field.index}: \`${field.path}\` is out of its place`);
    }
    if (shown.has(field.path)) {
      throw badProof(`field ${field.index}: the path \`${field.path}\` occurs twice`);
    }
    shown.set(field.path, field);
  }
  const missing = FIXED_PATHS.slice(0, 5).find((path) => !shown.has(path));
  if (missing !== undefined) {
    throw badProof(`not shown: the field \`${missing}\`, without which nothing is`);
  }
  return {
    format: shortText(shown.get("format")),
    answer: shortText(shown.get("class")),
    refs: readRefs(shown.get("refs").json),
    withheld: readWithheld(shown.get("withheld").json, leaf.count),
    lineId: asData(shown.get("line").json, "line", HASH_SIZE),
    shown,
  };
}

function shortText(field) {
  const text = asText(field.json, field.path);
  if (byteLength(text) > 100) throw badProof(`the field \`${field.path}\` is longer than 100 bytes`);
  return text;
}

function readPlace(value) {
  const [origin, index] = asArray(value, "place", 2);
  return [checkKeyName(asText(origin, "place")), asWhole(index, "place")];
}

function readRefs(value) {
  const items = asArray(value, "refs");
  if (items.length > 64) throw badProof("more than 64 refs");
  return items.map(readPlace);
}

function readWithheld(value, count) {
  const indexes = asArray(value, "withheld").map((each) => asWhole(each, "withheld"));
  const isSorted = indexes.every((index, at) => at === 0 || indexes[at - 1] < index);
  if (!isSorted || (indexes.length > 0 && indexes[indexes.length - 1] >= count)) {
    throw badProof("the field `withheld` is not sorted, or names fields that there are not");
  }
  if (indexes.length > 0 && indexes[0] < FIXED_PATHS.length) {
    throw badProof("the field `withheld` names a field that every member must see");
  }
  return new Set(indexes);
}

/** If `at` is shown it names this place. */
function checkPlace(header, origin, index) {
  const field = header.shown.get("at");
  if (field === undefined) return;
  const [named, number] = readPlace(field.json);
  if (named !== origin || number !== index) {
    throw badProof(`the field \`at\` names another place than ${origin} entry ${index}`);
  }
}

/** The heads in a `seen` or `past` field; none if it is not shown. */
function seenHeads(header, path) {
  const field = header.shown.get(path);
  if (field === undefined) return [];
  return asArray(field.json, path).map((each) => {
    const [origin, size, root] = asArray(each, path, 3);
    return {
      origin: checkKeyName(asText(origin, path)),
      size: asWhole(size, path),
      root: asData(root, path, HASH_SIZE),
    };
  });
}

/** Whether a path belongs to the protocol, and to no message. */
const isReserved = (path) => RESERVED_PATHS.includes(path) || path.startsWith("release.");

/** How many fields of what the entry tells are shown, how many there are, and how many of those
 * that are not shown the addressee was not shown either. */
function contentCounts(header, fields, count) {
  const last = count - 1;
  const beyond = fields.filter(({ index }) => index >= FIXED_PATHS.length);
  const shown = beyond.filter(({ path }) => !isReserved(path)).length;
  const known = new Set(beyond.map(({ index }) => index).filter((index) => index < last));
  const hidden = Math.max(0, last - FIXED_PATHS.length - known.size);
  const isHidden = (index) => index < last && !known.has(index);
  return [shown, shown + hidden, [...header.withheld].filter(isHidden).length];
}

const toldOf = (header, field) => (header.withheld.has(field.index) ? REVEALED : TOLD);
