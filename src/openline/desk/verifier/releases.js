// Officers' releases that a file shows (PROTOCOL parts 6.3 and 9.1).

const STALE_SECONDS = 86_400n;
const CLIENT_NESTING_MAX = 16;
const AFTER_RELEASES = ["at", "seen"];
const WEB_ORIGIN = new RegExp(`^(https?)://(${LABEL}(?:\\.${LABEL})*)(?::([1-9][0-9]{0,4}))?$`);

const isRelease = (field) => field.path.startsWith("release.");

/** Counts the officers whose releases are shown and good. */
function judgeReleases(extra, context) {
  const fields = extra.fields;
  const releases = fields.filter(isRelease);
  const heads = provenHeads(extra);
  const draft = fields.find((field) => field.path === "draft");
  const officers = provenOfficers(extra, draft, context);
  let basis = "unchecked";
  if (context.cards.length > 0) basis = context.isCompared ? "compared" : "named";
  if (releases.length === 0) return { count: 0, basis, remarks: [] };
  const expires = fields.find((field) => field.path === "expires");
  if (draft === undefined || expires === undefined) {
    throw badProof("a release is shown without the fields `draft` and `expires`");
  }
  const remarks = fields
    .filter((field) => field.index > releases[0].index && !isRelease(field))
    .filter((field) => !AFTER_RELEASES.includes(field.path))
    .map((field) => `${field.path} stands after a release`);
  remarks.push(...lateRemarks(draft, expires, context));
  const isVoid = remarks.length > 0;
  const found = [];
  for (const field of releases) {
    const head = heads.get(field.index);
    if (head === undefined) {
      throw badProof(`${field.path}: shown without the head of the ${field.index} fields before it`);
    }
    try {
      found.push(countedOfficer(field, head, draft, officers, context));
    } catch (refusal) {
      const codes = ["record.bad-release", "formats.malformed"];
      if (!(refusal instanceof Refused) || !codes.includes(refusal.code)) throw refusal;
      remarks.push(`does not count: ${refusal.message}`);
    }
  }
  const counted = [];
  for (const officer of found) {
    const isTwice = counted.some(
      (each) => sameBytes(each.person, officer.person) || sameBytes(each.spki, officer.spki),
    );
    if (!isTwice) counted.push(officer);
  }
  if (counted.length < found.length) {
    remarks.push("does not count: one person, or one key, released twice");
  }
  return { count: isVoid ? 0 : counted.length, basis, remarks };
}

/** The roots of the first k fields that the fields root extends. */
function provenHeads(extra) {
  const heads = new Map();
  for (const { k, root, proof } of extra.heads) {
    if (heads.has(k)) throw badProof(`head of ${k} fields: shown twice`);
    verifyConsistency(k, extra.leaf.count, proof, root, extra.leaf.root);
    heads.set(k, root);
  }
  return heads;
}

/** The shown officers by person; each person, key and place once. */
function provenOfficers(extra, draft, context) {
  const officers = new Map();
  const card = draft === undefined ? null : draftCard(draft, context);
  for (const { index, leaf, proof } of extra.officers) {
    if (card !== null) {
      if (card.desk === null) {
        throw badProof(`card ${card.n} of ${card.party}: has no desk, so no officers`);
      }
      if (card.desk.root === null) throw badProof(`desk ${card.desk.rpId}: has no officers`);
      verifyInclusion(
        leafHash(toBytes(leaf.text)), index, card.desk.count, proof, card.desk.root,
      );
    }
    if (officers.has(hex(leaf.person))) throw badProof("officers: one person in two leaves");
    officers.set(hex(leaf.person), leaf);
  }
  const leaves = [...officers.values()];
  if (new Set(leaves.map(({ spki }) => hex(spki))).size !== leaves.length) {
    throw badProof("officers: one key in two leaves");
  }
  if (new Set(extra.officers.map(({ index }) => index)).size !== leaves.length) {
    throw badProof("officers: two leaves in one place of the tree");
  }
  return officers;
}

function cardSizeOf(draft) {
  const value = draft.json;
  if (Array.isArray(value) && value.length === 2) {
    if (typeof value[0] === "number" && value[0] > 0) return value[0];
  }
  throw badRelease("draft: not a card size and an id");
}

/** The card at the size that `draft` names; null when no card is at hand. */
function draftCard(draft, context) {
  if (context.cards.length === 0) return null;
  let size;
  try {
    size = cardSizeOf(draft);
  } catch (refusal) {
    throw badProof(refusal.message);
  }
  const card = context.cards[size - 1];
  if (card === undefined) {
    throw badProof(`draft: card log of size ${size}, but ${context.cards.length} cards`);
  }
  return card;
}

/** Why releases that are good in themselves have no effect: expired, or of an old card. */
function lateRemarks(draft, expires, context) {
  const remarks = [];
  let end;
  try {
    end = parseTime(typeof expires.json === "string" ? expires.json : "");
  } catch {
    return ["does not count: `expires` is not a time"];
  }
  if (context.judged === null) {
    remarks.push("does not count: no quorum time or receipt shows when it was sequenced");
  } else if (context.judged > end) {
    remarks.push(
      `does not count: held first at ${timeText(context.judged)},` +
        ` its releases had expired at ${timeText(end)}`,
    );
  }
  let size;
  try {
    size = cardSizeOf(draft);
  } catch (refusal) {
    return [...remarks, `does not count: ${refusal.message}`];
  }
  for (const [newer, since] of context.newer) {
    const isOld = context.committed !== null && context.committed > since + STALE_SECONDS;
    if (newer > size && isOld) {
      remarks.push(
        `does not count: released under card ${size - 1}, card ${newer - 1} stood since` +
          ` ${timeText(since)}`,
      );
    }
  }
  return remarks;
}

// ---- one assertion -----------------------------------------------------------------------------

function parseAssertion(value) {
  const table = asTable(value, "release", ["ad", "cd", "person", "sig"], ["batch", "officer"]);
  const assertion = {
    ad: asData(table.ad, "authenticator data"),
    cd: asData(table.cd, "client data"),
    person: asData(table.person, "person id", 16),
    sig: asData(table.sig, "release signature"),
    batch: table.batch === undefined ? null : parseBatchPlace(table.batch),
    officer: table.officer === undefined ? null : parseShownOfficer(table.officer),
  };
  for (const [data, most, what] of [
    [assertion.ad, 1024, "authenticator data"],
    [assertion.cd, 4096, "client data"],
    [assertion.sig, 512, "release signature"],
  ]) {
    if (data.length < 1 || data.length > most) {
      throw malformed(what, `empty or longer than ${most} bytes`);
    }
  }
  if (assertion.batch !== null) {
    const { index, count } = assertion.batch;
    if (index >= count || count > 100_000) {
      throw malformed("release", "the place in the batch is out of bounds");
    }
  }
  if (assertion.officer !== null && !sameBytes(assertion.officer.leaf.person, assertion.person)) {
    throw malformed("release", "the officer's leaf is that of another person");
  }
  return assertion;
}

function parseBatchPlace(value) {
  const [index, count, proof] = asArray(value, "release batch", 3);
  return {
    index: asWhole(index, "release batch"),
    count: asWhole(count, "release batch"),
    proof: asHashes(proof, "release batch", 17),
  };
}

/** The officer whose good release this is; a Refused of a release that does not count otherwise. */
function countedOfficer(field, head, draft, officers, context) {
  const assertion = parseAssertion(field.json);
  const officer = officers.get(hex(assertion.person));
  if (officer === undefined) throw badProof(`${field.path}: shown without the leaf of its officer`);
  const card = draftCard(draft, context);
  const rpId = card?.desk ? card.desk.rpId : statedDesk(assertion);
  const cardSize = cardSizeOf(draft);
  const refuse = (reason) => badRelease(`${field.path}: ${reason}`);
  if (!officer.roles.includes("releaser")) {
    throw refuse(`the officer's roles are ${officer.roles.join(", ")}`);
  }
  if (assertion.batch !== null && !context.mayBatch) {
    throw refuse("the charter does not let this format go in a batch");
  }
  const challenge = dueChallenge(assertion, head, field.index, cardSize, context, refuse);
  checkAuthenticatorData(assertion.ad, rpId, refuse);
  checkClientData(readClientData(assertion.cd, refuse), rpId, challenge, refuse);
  const signed = concat(assertion.ad, sha256(assertion.cd));
  checkOfficerSignature(officer, signed, assertion.sig, refuse);
  return officer;
}

/** What the officer's device must have been asked to sign. */
function dueChallenge(assertion, head, k, cardSize, context, refuse) {
  const line = b64(context.lineId);
  if (assertion.batch === null) {
    return sha256(toBytes(`openline/v1 release\n${line}\n${cardSize}\n${k}\n${b64(head)}\n`));
  }
  const { index, count, proof } = assertion.batch;
  let root;
  try {
    root = rootByPath(leafHash(head), index, count, proof);
  } catch (refusal) {
    throw refuse(`its place in the batch: ${refusal.message}`);
  }
  return sha256(toBytes(`openline/v1 batch\n${line}\n${cardSize}\n${count}\n${b64(root)}\n`));
}

function checkAuthenticatorData(ad, rpId, refuse) {
  if (ad.length < 37) throw refuse(`authenticator-data: ${ad.length} bytes`);
  if (!sameBytes(ad.slice(0, 32), sha256(toBytes(rpId)))) {
    throw refuse(`rp-id: made for another desk than ${rpId}`);
  }
  if (!(ad[32] & 1)) throw refuse("user-present: nobody touched the authenticator");
  if (!(ad[32] & 4)) throw refuse("user-verified: the authenticator did not verify the person");
}

const urlSafe = (data) => b64(data).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function checkClientData(client, rpId, challenge, refuse) {
  if (client.get("type") !== "webauthn.get") throw refuse("type: not webauthn.get");
  if (client.get("challenge") !== urlSafe(challenge)) {
    throw refuse("challenge: made for another statement");
  }
  if (client.has("topOrigin")) throw refuse("top-origin: the desk was framed by another page");
  if (client.has("crossOrigin") && client.get("crossOrigin") !== false) {
    throw refuse("cross-origin: the desk was framed by another site");
  }
  const { scheme, host } = webOrigin(client.get("origin"), refuse);
  if (host !== rpId && !host.endsWith(`.${rpId}`)) {
    throw refuse(`origin: ${host} is not ${rpId} or below it`);
  }
  if (scheme === "http" && host !== "localhost" && !host.endsWith(".localhost")) {
    throw refuse("origin: http is for localhost names only");
  }
}

/** Scheme, host and optional port, nothing else. */
function webOrigin(text, refuse) {
  const found = typeof text === "string" ? WEB_ORIGIN.exec(text) : null;
  if (found === null || Number(found[3] ?? 1) > 65535) {
    throw refuse("origin: not a scheme, a host and an optional port");
  }
  return { scheme: found[1], host: found[2] };
}

/** The members of client data; a name twice at any depth refuses. Values of members are as JSON. */
function readClientData(cd, refuse) {
  let value = null;
  try {
    value = new ClientScanner(decoder.decode(cd)).document();
  } catch {
    value = null; // not UTF-8, not JSON, a member twice, too deep
  }
  if (value instanceof Map) return value;
  throw refuse("client-data: not a JSON object of at most 16 levels with each member once");
}

/** JSON of any browser: white space, fractions and null are allowed, a member twice is not. */
class ClientScanner extends Scanner {
  document() {
    this.space();
    const value = this.member(0);
    this.space();
    if (this.at !== this.text.length) this.fail();
    return value;
  }

  member(depth) {
    if (depth > CLIENT_NESTING_MAX) this.fail(); // a scalar at level 17 as well
    const letter = this.text[this.at];
    if (letter === '"') return this.string();
    if (letter === "{") return this.object(depth);
    if (letter === "[") return this.array(depth);
    if (/[NI]|-I/.test(this.text.slice(this.at, this.at + 2))) this.fail();
    return this.scalar();
  }

  /** What stands between two brackets, item by item. */
  items(close, read) {
    this.at += 1;
    this.space();
    if (this.text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      read();
      this.space();
      this.at += 1;
      if (this.text[this.at - 1] === close) return;
      if (this.text[this.at - 1] !== ",") this.fail();
      this.space();
    }
  }

  object(depth) {
    const members = new Map();
    this.items("}", () => {
      const key = this.key();
      if (members.has(key)) this.fail();
      members.set(key, this.member(depth + 1));
    });
    return members;
  }

  array(depth) {
    const values = [];
    this.items("]", () => values.push(this.member(depth + 1)));
    return values;
  }
}

/** The desk that an assertion itself names, for when no card says which it should be. */
function statedDesk(assertion) {
  const refuse = (reason) => badRelease(`client data: ${reason}`);
  const { host } = webOrigin(readClientData(assertion.cd, refuse).get("origin"), refuse);
  const labels = host.split(".");
  for (let start = 0; start < labels.length; start += 1) {
    const name = labels.slice(start).join(".");
    if (sameBytes(sha256(toBytes(name)), assertion.ad.slice(0, 32))) return name;
  }
  throw badRelease("authenticator data: not of the desk that the client data names");
}

/** ES256 in DER, or Ed25519, under the key of the officer's leaf. */
function checkOfficerSignature(officer, message, signature, refuse) {
  let isGood = false;
  if (officer.isP256) {
    try {
      noble.p256.Point.fromBytes(officer.key);
    } catch {
      throw refuse("signature: not an officer's public key");
    }
    try {
      isGood = noble.p256.verify(signature, message, officer.key, {
        prehash: true, lowS: false, format: "der",
      });
    } catch {
      isGood = false; // no DER
    }
  } else {
    if (!isEd25519Key(officer.key)) throw refuse("signature: not an officer's public key");
    isGood = isEd25519Signature(officer.key, message, signature);
  }
  if (!isGood) throw refuse("signature: not this officer's signature of these bytes");
}
