// One entry, proven: where it stands, who held it when, who released it, what it says (PROTOCOL 9.1).

const PROOF_BEGINS = "c2sp.org/tlog-proof@v1";
const PROOF_TOP_MAX = (4 * EXTRA_BYTES_MAX) / 3 + 64 * (PROOF_HASHES_MAX + 3);

function parseProof(data) {
  if (data.length > PROOF_TOP_MAX + NOTE_BYTES_MAX) throw malformed("proof", "too long");
  const split = emptyLine(data, false);
  const top = split < 0 ? concat(data, toBytes("\n")) : data.subarray(0, split + 1);
  const lines = textLines(top, PROOF_TOP_MAX, "proof");
  if (split < 0 || lines[0] !== PROOF_BEGINS) {
    throw malformed(
      "proof", `no header \`${PROOF_BEGINS}\`, or no empty line before the checkpoint`,
    );
  }
  lines.shift();
  let extra = null;
  if (lines[0]?.startsWith("extra ")) {
    extra = unb64(lines.shift().slice("extra ".length), undefined, "proof extra");
  }
  if (!lines[0]?.startsWith("index ")) throw malformed("proof", "no index line");
  const index = parseInteger(lines.shift().slice("index ".length), INTEGER_MAX, "proof index");
  const hashes = lines.map((line) => unb64(line, HASH_SIZE, "proof hash"));
  if (extra !== null && (extra.length < 1 || extra.length > EXTRA_BYTES_MAX)) {
    throw malformed("proof", `the extra is empty or longer than ${EXTRA_BYTES_MAX} bytes`);
  }
  if (hashes.length > PROOF_HASHES_MAX) {
    throw malformed("proof", `more than ${PROOF_HASHES_MAX} hashes`);
  }
  const checkpoint = data.slice(split + 2);
  readCheckpoint(checkpoint);
  return { extra, index, hashes, checkpoint };
}

function judgeProof(data, trust, asked) {
  const proof = parseProof(data);
  if (proof.extra === null) {
    throw badProof("the proof has no `extra`: it shows nothing of the entry");
  }
  const extra = parseExtra(proof.extra);
  const header = readHeader(extra.leaf, extra.fields);
  const charter = charterOf(extra.charter, header.lineId, trust);
  const judged = judgeNote(proof.checkpoint, trust, charter);
  const { origin, size, root } = judged.head;
  verifyInclusion(leafHash(toBytes(extra.leaf.text)), proof.index, size, proof.hashes, root);
  if (!header.shown.has("at")) {
    throw badProof("not shown: the field `at`, which names log and index");
  }
  checkPlace(header, origin, proof.index);
  const party = checkMember(origin, charter);
  const releases = judgeReleases(extra, releaseContext(header, judged, trust, charter));
  const list = judgeList(header);
  return {
    verdict: proofVerdict({ extra, header, index: proof.index, judged, charter, releases, list, trust, asked }),
    stretch: {
      origin, party, judged, charter,
      lineId: header.lineId,
      start: proof.index,
      stop: proof.index + 1,
      showsSeen: header.shown.has("seen"),
      seen: [...seenHeads(header, "seen"), ...seenHeads(header, "past")],
      past: pastHeads(header, extra.leaf.kind, proof.index),
      kept: extra.leaf.kind === "keys" ? seenHeads(header, "receipts") : [],
      epoch: boundEpoch(extra.epoch, extra.leaf.kind, header, origin, proof.index),
    },
  };
}

/** The charter whose hash the entry names; null leaves the status unknown. */
function charterOf(text, lineId, trust) {
  if (text === null) return trust.charters.get(hex(lineId)) ?? null;
  if (!sameBytes(sha256(toBytes(text)), lineId)) {
    throw badProof("the charter in the file is not that of the entry's line");
  }
  try {
    return parseCharter(text);
  } catch (refusal) {
    if (refusal instanceof Refused) return null; // what the sender wrote: nobody's charter
    throw refusal;
  }
}

function checkMember(origin, charter) {
  const party = partyOf(origin);
  if (charter !== null && !memberNames(charter).includes(party)) {
    throw badProof(`${party} is not a member of the line that the entry names`);
  }
  return party;
}

/** The epoch that the file states or its `open` entry shows: with the line it gives the origin. */
function boundEpoch(stated, kind, header, origin, index) {
  const field = kind === "open" && index === 0 ? header.shown.get("epoch") : undefined;
  const shown = field === undefined ? null : parseEpoch(field.json);
  for (const epoch of [stated, shown]) {
    if (epoch !== null && originOf(header.lineId, epoch, partyOf(origin)) !== origin) {
      throw badProof(`line and epoch do not give the origin ${origin}`);
    }
  }
  return stated ?? shown;
}

function releaseContext(header, judged, trust, charter) {
  const party = partyOf(judged.head.origin);
  const cards = trustedCards(trust, party, charter);
  const times = [...judged.receipts.values()];
  if (judged.committed !== null) times.push(judged.committed);
  const isBatch = charter !== null && charter.batch.includes(bareFormat(header.format));
  return {
    cards,
    lineId: header.lineId,
    mayBatch: isBatch,
    isCompared: trust.fingerprints.has(party),
    judged: times.length === 0 ? null : times.reduce((a, b) => (a < b ? a : b)),
    committed: judged.committed,
    newer: cards.length > 0 && charter !== null ? newerCardTimes(trust, party, charter) : [],
  };
}

// A guarantee has two officers, whatever its charter says; a verifier needs no pack to know that.
const GUARANTEE_OFFICERS = 2;
const NOTHING_LATER = "says nothing about what was said later: a withdrawal, an amendment";

/** How many officers have to release such an entry: as the charter asks, a guarantee always two. */
function officersAsked(kind, header, charter) {
  if (["keys", "defect", "gap"].includes(kind)) return 0;
  const reason = header.shown.get("reason")?.json;
  const epoch = header.shown.get("epoch");
  if (kind === "open" && reason !== undefined && epoch !== undefined) {
    const isLater = parseEpoch(epoch.json)[0] > 1;
    if (isLater && (reason === "planned" || reason === "rotation")) return 0;
  }
  if (kind === "open" || kind === "close") return officersFor(charter, "open");
  const least = isGuarantee(header.format) ? GUARANTEE_OFFICERS : 0;
  return Math.max(officersFor(charter, header.format), least);
}

function isGuarantee(format) {
  return format.slice(0, Math.max(0, format.lastIndexOf("@"))) === "core/guarantee";
}

/** Who asks for so many officers: a guarantee by itself, anything else by the charter. */
function asksWords(format, wanted) {
  if (wanted === null) return "the charter is not shown";
  return isGuarantee(format) ? `a guarantee asks ${wanted}` : `the charter asks ${wanted}`;
}

function proofVerdict(shown) {
  const { extra, header, index, judged, charter, releases, list, trust, asked } = shown;
  const { kind, count } = extra.leaf;
  const { origin } = judged.head;
  const party = partyOf(origin);
  const wanted = charter === null ? null : officersAsked(kind, header, charter);
  const asks = asksWords(header.format, wanted);
  const lack = proofLack(kind, index, judged, charter, releases, wanted, asks);
  const fields = extra.fields.map((f) => [f.index, f.path, f.value, toldOf(header, f)]);
  const [content, contentOf, withheld] = contentCounts(header, extra.fields, count);
  const isReal = (field) => header.withheld.has(field.index);
  const facts = {
    party, origin, index,
    line: hex(header.lineId),
    entry: kind,
    format: header.format,
    class: header.answer,
    refs: header.refs,
    shown: extra.fields.length,
    of: count,
    content_shown: content,
    content_of: contentOf,
    content_withheld: withheld,
    fields,
    releases: releases.count,
    officers: releases.basis,
    withheld_revealed_later: extra.fields.filter(isReal).map((field) => field.path),
    ...trustFacts(judged),
    ...timesFacts(judged),
  };
  if (wanted !== null) facts.officers_asked = wanted;
  const details = [
    `${party}: entry ${index} of ${origin}`,
    `kind ${kind}, format ${visible(header.format)}, class ${visible(header.answer)}`,
    ...lineLines(charter),
    ...timesLines(judged),
    ...releasedLines(releases, asks, party),
    ...releases.remarks.map((remark) => `release ${remark}`),
    ...compromisedDetails(judged, index + 1, party, releases),
    ...judged.remarks,
    ...fields.map(([at, path, value, told]) => `field ${at} ${path} = ${visible(value)} (${told})`),
    `${extra.fields.length} of ${countOf(count, "field")} shown,` +
      ` ${content} of ${contentOf} of the message itself;` +
      ` not shown: ${withheld} withheld from the addressee,` +
      ` ${contentOf - content - withheld} left out of this file`,
    ...(isGuarantee(header.format) ? [NOTHING_LATER] : []),
    ...trustLines(judged),
  ];
  return {
    kind: "proof",
    firstLine: lack ?? validLine(releases, wanted, asks, party),
    status: charter === null ? "unknown" : charter.status,
    isShown: lack === null,
    allowExercise: trust.allowExercise,
    details: list === null ? details : [...listLines(list, asked), ...details],
    facts: list === null ? facts : { ...facts, ...listFacts(list, asked) },
  };
}

/** What is not shown, gravest first; null if everything is. */
function proofLack(kind, index, judged, charter, releases, wanted, asks) {
  if (charter === null) return STATUS_UNKNOWN;
  if (judged.basis === "unverified") return POLICY_UNVERIFIED;
  if (!KINDS.includes(kind)) return `not shown: entries of kind ${kind} are not known here`;
  if (releases.count < wanted) {
    return `not shown to be released: released by ${countOf(releases.count, "officer")}, ${asks}`;
  }
  return compromisedLine(judged, index + 1);
}

/**
 * Why a key that came into other hands does not count for what is shown up to `stop`. No release
 * lifts it: whoever took a node took the officers' files beside it as well.
 */
function compromisedLine({ compromised, committed, own }, stop) {
  if (compromised === null) return null;
  if (own !== null && stop > own.size) {
    return (
      "not shown: the log key was reported compromised, and the party names as its own only" +
      ` what stands below entry ${own.size}`
    );
  }
  if (own !== null && own.isShown) return null;
  if (committed !== null && committed < compromised) return null;
  return "not shown: the log key was reported compromised, and no quorum held this head before";
}

/** Since when its party disowns what this key signed, and what its officers' keys say to it. */
function compromisedDetails(judged, stop, party, releases) {
  if (judged.compromised === null) return [];
  const since = timeText(judged.compromised);
  const lines = [`${party} says that this log key was in other hands since ${since}`];
  if (compromisedLine(judged, stop) === null) {
    const own = ownLines(judged, party);
    return own.length > 0 ? [...lines, ...own] : [];
  }
  if (releases.count > 0 && releases.basis === "compared") {
    lines.push(
      `released all the same with ${countOf(releases.count, "key")} that a compared card` +
        ` of ${party} names: ask ${party} whether its officers' keys were taken too`,
    );
  }
  return lines;
}

function validLine(releases, wanted, asks, party) {
  if (!wanted) return "valid: an entry that the node writes, released by nobody";
  const released = `released by ${countOf(releases.count, "officer")}, ${asks}`;
  if (releases.basis === "compared") return `valid: ${released}`;
  return `valid, officers unconfirmed: ${released}; no compared card of ${party} names them`;
}

function releasedLines(releases, asks, party) {
  const lines = [`released by ${countOf(releases.count, "officer")}, ${asks}`];
  if (releases.count > 0 && releases.basis !== "compared") {
    const source = releases.basis === "named" ? "the card that the charter names" : "the log";
    lines.push(`officers as ${source} states them: no card of ${party} was compared`);
  }
  return lines;
}
