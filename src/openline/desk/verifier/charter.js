// Charters, origins, cards and the log of a party's cards (PROTOCOL parts 4 and 5).

const CHARTER_BYTES_MAX = 15_000;
const MEMBERS_MAX = 64;
const FORMAT_NAME = /^[a-z0-9-]{1,50}\/[a-z0-9-]{1,50}$/;
const LANGUAGE_CODE = /^[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$/;
const POLICY_KEYWORDS = ["witness", "group", "quorum"];

/** Bounds only: a charter that does not parse is a verdict of its own. */
function checkCharterText(text) {
  if (byteLength(spellJson(text)) > CHARTER_BYTES_MAX) {
    throw malformed("charter", `longer than ${CHARTER_BYTES_MAX} bytes as a field value`);
  }
}

function parseCharter(text) {
  const lines = new Lines(text, CHARTER_BYTES_MAX, "charter");
  lines.exactly("openline/v1 line");
  const charter = {
    salt: unb64(lines.one("salt"), HASH_SIZE, "charter salt"),
    status: lines.one("status"),
    title: lines.one("title"),
    level: lines.one("level"),
    purpose: lines.one("purpose"),
    members: lines.words("member", 2).map(([party, print]) => ({
      party, print: unb64(print, HASH_SIZE, "member fingerprint"),
    })),
    packs: lines.words("pack", 3).map(([name, version, digest]) => {
      const bytes = unb64(digest, HASH_SIZE, "pack digest");
      return { name, version: parseInteger(version, INTEGER_MAX, "pack version"), digest: bytes };
    }),
    languages: lines.words("language", 1).map(([code]) => code),
    timers: lines.words("timer", 2).map(([name, seconds]) => [
      name, parseInteger(seconds, INTEGER_MAX, "timer"),
    ]),
    officers: lines.words("officers", 2).map(([name, k]) => [name, parseInteger(k, 2)]),
    visible: lines.words("visible", 1).map(([name]) => name),
    batch: lines.words("batch", 1).map(([name]) => name),
    relays: lines.words("relay", 3).map(([party, vkey, url]) => ({
      party, vkey: parseVkey(vkey), url,
    })),
    policy: lines.raw(...POLICY_KEYWORDS),
    orderwire: parseSwitch(lines.one("orderwire")),
    opens: parseOpens(lines.one("opens")),
    previous: parsePrevious(lines.one("previous")),
  };
  lines.end();
  checkCharter(charter);
  checkCharterText(text);
  if (spellCharter(charter) !== text) throw malformed("charter", "not the canonical spelling");
  return { ...charter, text, lineId: sha256(toBytes(text)) };
}

function parseSwitch(word) {
  if (word !== "on" && word !== "off") {
    throw malformed("charter", "orderwire is neither on nor off");
  }
  return word;
}

function parseOpens(word) {
  return word === "all" ? null : parseInteger(word, MEMBERS_MAX, "charter opens");
}

function parsePrevious(word) {
  return word === "-" ? null : unb64(word, HASH_SIZE, "previous line");
}

/** The text again, with sorted what has to be sorted: only a sorted charter spells itself. */
function spellCharter(charter) {
  const sorted = (lines) => [...lines].sort(compareText);
  return [
    "openline/v1 line",
    `salt ${b64(charter.salt)}`,
    `status ${charter.status}`,
    `title ${charter.title}`,
    `level ${charter.level}`,
    `purpose ${charter.purpose}`,
    ...sorted(charter.members.map(({ party, print }) => `member ${party} ${b64(print)}`)),
    ...sorted(charter.packs.map((p) => `pack ${p.name} ${p.version} ${b64(p.digest)}`)),
    ...sorted(charter.languages).map((code) => `language ${code}`),
    ...sorted(charter.timers.map(([name, seconds]) => `timer ${name} ${seconds}`)),
    ...sorted(charter.officers.map(([name, k]) => `officers ${name} ${k}`)),
    ...charter.visible.map((name) => `visible ${name}`),
    ...charter.batch.map((name) => `batch ${name}`),
    ...charter.relays.map(({ party, vkey, url }) => `relay ${party} ${vkey.text} ${url}`),
    ...charter.policy,
    `orderwire ${charter.orderwire}`,
    `opens ${charter.opens === null ? "all" : charter.opens}`,
    `previous ${charter.previous === null ? "-" : b64(charter.previous)}`,
    "",
  ].join("\n");
}

function checkCount(count, least, most, keyword) {
  if (count < least || count > most) {
    throw malformed("charter", `\`${keyword}\` lines: ${count}, not ${least} to ${most}`);
  }
}

function checkFormatName(name) {
  if (!FORMAT_NAME.test(name)) {
    throw malformed("charter", "a format is not named `pack/name`, without a version");
  }
}

function checkCharter(charter) {
  if (!["actual", "exercise", "test"].includes(charter.status)) {
    throw malformed("charter", "the status is not actual, exercise or test");
  }
  checkLine(charter.title, 200, "charter title");
  checkToken(charter.level, "charter level");
  checkLine(charter.purpose, 1000, "charter purpose");
  checkCount(charter.members.length, 2, MEMBERS_MAX, "member");
  for (const { party } of charter.members) checkParty(party);
  const ascending = (list) => [...list].sort(compareText);
  checkSorted(ascending(charter.members.map(({ party }) => party)), "charter members");
  checkCount(charter.packs.length, 1, 16, "pack");
  for (const { name } of charter.packs) checkToken(name, "pack name");
  checkSorted(
    ascending(charter.packs.map(({ name, version }) => `${name} ${version}`)), "charter packs",
  );
  checkCount(charter.languages.length, 1, 16, "language");
  if (!charter.languages.every((code) => LANGUAGE_CODE.test(code))) {
    throw malformed("charter", "a language is not a code such as `en` or `pt-BR`");
  }
  checkSorted(ascending(charter.languages), "charter languages");
  for (const [name] of charter.timers) checkToken(name, "timer name");
  checkSorted(ascending(charter.timers.map(([name]) => name)), "charter timers");
  for (const [name, count] of charter.officers) {
    if (name !== "open" && name !== "*") checkFormatName(name);
    if (count !== 1 && count !== 2) throw malformed("charter", "officers are neither 1 nor 2");
  }
  checkSorted(ascending(charter.officers.map(([name]) => name)), "charter officers");
  for (const formats of [charter.visible, charter.batch]) {
    formats.forEach(checkFormatName);
    checkSorted(ascending(formats), "charter formats");
  }
  checkCount(charter.relays.length, 0, 4, "relay");
  for (const { party, vkey, url } of charter.relays) {
    checkParty(party);
    checkUrl(url);
    if (vkey.kind !== ED25519) throw malformed("charter", "the key of a relay is not of kind 0x01");
  }
  if (charter.policy.some((line) => line.split(" ").includes("") || line.includes("\t"))) {
    throw malformed("charter", "a policy line without single spaces");
  }
  for (const { url } of charterPolicy(charter).witnesses.values()) {
    if (url !== undefined) checkUrl(url);
  }
  if (charter.opens !== null && (charter.opens < 1 || charter.opens > charter.members.length)) {
    throw malformed("charter", "opens is not between 1 and the number of members");
  }
}

const charterPolicy = (charter) => parsePolicy([...charter.policy, ""].join("\n"), false);
const memberNames = (charter) => charter.members.map(({ party }) => party);
const bareFormat = (formatId) => parted(formatId, "@")[0];

/** How many officers release a format, or `open`. */
function officersFor(charter, formatId) {
  const asked = new Map(charter.officers);
  if (formatId === "open") return asked.get("open") ?? 2;
  return asked.get(bareFormat(formatId)) ?? asked.get("*") ?? 1;
}

function partyOf(origin) {
  const found = /^([a-z0-9.-]{1,100})\/openline(?:\/[a-z2-7]{52})?$/.exec(origin);
  if (found === null) {
    throw malformed("origin", "not <party>/openline or <party>/openline/<52 characters>");
  }
  return checkParty(found[1]);
}

function originOf(lineId, [counter, nonce], party) {
  const place = new Uint8Array(4);
  new DataView(place.buffer).setUint32(0, counter);
  const name = toBytes(checkParty(party));
  const digest = sha256(concat(toBytes("openline/v1 origin\n"), lineId, place, nonce, name));
  return `${party}/openline/${b32(digest)}`;
}

// ---- cards -------------------------------------------------------------------------------------

const CARD_BYTES_MAX = 65_535;
const OFFICERS_MAX = 10_000;

const badCards = (message) => new Refused("record.bad-cards", message);
const otherPrint = (message) => new Refused("record.other-fingerprint", message);

function parseCard(data) {
  const lines = new Lines(data, CARD_BYTES_MAX, "card");
  lines.exactly("openline/v1 card");
  const card = {
    party: lines.line(),
    n: parseInteger(lines.line(), INTEGER_MAX, "card number"),
    time: parseInteger(lines.line(), INTEGER_MAX, "card time"),
    root1: parseVkey(lines.one("root")),
    root6: parseVkey(lines.one("root")),
    next: unb64(lines.one("next"), HASH_SIZE, "card next"),
    log1: parseVkey(lines.one("log")),
    log6: parseVkey(lines.one("log")),
    receipt4: parseVkey(lines.one("receipt")),
    receipt6: parseVkey(lines.one("receipt")),
    http: parseVkey(lines.one("http")),
    seal: unb64(lines.one("seal"), 1216, "card seal key"),
    wire: parseWire(lines.one("wire")),
    desk: parseDesk(lines.one("desk")),
    urls: lines.words("url", 1).map(([url]) => url),
    pins: lines.words("pin", 1).map(([pin]) => unb64(pin, HASH_SIZE, "card pin")),
    ends: lines.words("end", 3).map(([vkey, time, reason]) => parseEnd(vkey, time, reason)),
  };
  lines.end();
  checkCard(card);
  return { ...card, leaf: data };
}

const parseWire = (word) => (word === "-" ? null : unb64(word, 32, "card wire key"));

function parseDesk(text) {
  if (text === "-") return null;
  const words = text.split(" ");
  if (words.length !== 3) throw malformed("card", "desk is neither `-` nor id, number and root");
  const count = parseInteger(words[1], OFFICERS_MAX, "number of officers");
  const found = unb64(words[2], HASH_SIZE, "officers root");
  const root = count === 0 && sameBytes(found, EMPTY_ROOT) ? null : found;
  checkDomain(words[0]);
  if ((root === null) !== (count === 0)) {
    throw malformed("card", "officers without a root, or a root without officers");
  }
  return { rpId: words[0], count, root };
}

function parseEnd(word, time, reason) {
  const vkey = parseVkey(word);
  const from = BigInt(parseInteger(time, INTEGER_MAX, "end of a key"));
  if (reason !== "planned" && reason !== "compromised") {
    throw malformed("card", "a key ends neither planned nor compromised");
  }
  return { vkey, time: from, reason };
}

/** Each key under its own name and of its own kind: no key can be moved to another role. */
function checkCard(card) {
  checkParty(card.party);
  const due = [
    [card.root1, "openline", ED25519],
    [card.root6, "openline", ML_DSA_44],
    [card.log1, "log", ED25519],
    [card.log6, "log", ML_DSA_44],
    [card.receipt4, "receipt", ED25519_COSIGNATURE],
    [card.receipt6, "receipt", ML_DSA_44],
    [card.http, "http", ED25519],
  ];
  for (const [vkey, role, kind] of due) {
    if (vkey.name !== `${card.party}/${role}` || vkey.kind !== kind) {
      throw malformed("card", `the ${role} key has another name or kind`);
    }
  }
  if (new Set(due.map(([vkey]) => hex(vkey.key))).size !== due.length) {
    throw malformed("card", "one key stands in two roles");
  }
  if (card.urls.length > 4 || card.pins.length > 4) {
    throw malformed("card", "more than 4 urls or 4 pins");
  }
  card.urls.forEach(checkUrl);
  for (const { vkey } of card.ends) {
    if (!checkKeyName(vkey.name).startsWith(`${card.party}/`)) {
      throw malformed("card", "ends a key that is not the party's own");
    }
  }
}

/** The two `log` keys of a card as they sign one origin of its party. */
function logKeys(card, origin) {
  return [makeVkey(origin, ED25519, card.log1.key), makeVkey(origin, ML_DSA_44, card.log6.key)];
}

const nextOf = (card) => sha256(toBytes(`root ${card.root1.text}\nroot ${card.root6.text}\n`));

/** All cards of a party from card 0, each with the checkpoint of its log at that size. */
function verifyCards(party, pieces, print) {
  const cards = [];
  const leaves = [];
  pieces.forEach(([leaf, note], n) => {
    const card = parseCard(leaf);
    if (card.party !== party || card.n !== n) {
      throw badCards(`${party}: card ${n} is card ${card.n} of ${card.party}`);
    }
    if (n > 0 && !sameBytes(nextOf(card), cards[n - 1].next)) {
      throw badCards(`${party}: card ${n - 1} has not named the root keys of card ${n}`);
    }
    leaves.push(leafHash(leaf));
    const head = openCheckpoint(note, card.root1, card.root6);
    const root = rootOf(leaves);
    if (head.origin !== `${party}/openline` || head.size !== n + 1 || !sameBytes(head.root, root)) {
      throw badCards(`${party}: the checkpoint of card ${n} is of another log, size or root`);
    }
    cards.push(card);
  });
  if (print !== undefined && !sameBytes(leaves[0], print)) {
    throw otherPrint(`${party}: card 0 has another fingerprint`);
  }
  return { cards, print: leaves[0], notes: pieces.map(([, note]) => note) };
}

/** Thirty digits in groups of five, to be read over the telephone. */
function comparisonDigits(print) {
  const digest = sha256(concat(toBytes("openline/v1 compare\n"), print));
  const digits = (BigInt(`0x${hex(digest)}`) % 10n ** 30n).toString().padStart(30, "0");
  return digits.match(/.{5}/g).join(" ");
}

/** The earliest time from which a card says that this key was in other hands. */
function compromisedSince(cards, vkey) {
  const times = cards
    .flatMap((card) => card.ends)
    .filter((end) => sameKey(end.vkey, vkey) && end.reason === "compromised")
    .map((end) => end.time);
  return times.reduce((least, time) => (least === null || time < least ? time : least), null);
}
