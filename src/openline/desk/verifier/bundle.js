// Bundles, absence on a whole line, fork evidence, and the one way in (PROTOCOL parts 9.2, 9.3, 10).

const BUNDLE_BEGINS = "openline/v1 proofs\n";
const EVIDENCE_BEGINS = "openline/v1 fork\n";
const BUNDLE_BYTES_MAX = 64 * 1024 * 1024;
const PARTS_MAX = 1_000;
const PART_KINDS = ["proof", "range", "cards", "charter", "consistency"];
const CARDS_BYTES_MAX = 16 * 1024 * 1024;
const LENGTH_LINE_MAX = 200;
const EVIDENCE_BYTES_MAX = 256 * 1024;

/** Takes lines and pieces of stated length from bytes. */
class Pieces {
  constructor(data, at, what) {
    [this.data, this.at, this.what] = [data, at, what];
  }

  get isLeft() {
    return this.at < this.data.length;
  }

  line() {
    const end = this.data.indexOf(10, this.at);
    if (end < 0 || end >= this.at + LENGTH_LINE_MAX) {
      throw malformed(this.what, "a line without end, or a part cut short");
    }
    const line = this.data.subarray(this.at, end);
    if (line.some((byte) => byte > 127)) throw malformed(this.what, "a line that is not ASCII");
    this.at = end + 1;
    return String.fromCharCode(...line);
  }

  piece(length) {
    const end = this.at + parseInteger(length, INTEGER_MAX, `${this.what} length`);
    if (end > this.data.length) throw malformed(this.what, "a part is cut short");
    const piece = this.data.slice(this.at, end);
    this.at = end;
    return piece;
  }
}

function parseBundle(data) {
  const most = BUNDLE_BYTES_MAX + PARTS_MAX * LENGTH_LINE_MAX;
  if (data.length > most || !startsWith(data, BUNDLE_BEGINS)) {
    throw malformed("bundle", "too long, or does not begin with its name");
  }
  const pieces = new Pieces(data, BUNDLE_BEGINS.length, "bundle");
  const parts = [];
  let length = 0;
  while (pieces.isLeft) {
    const [kind, , size] = parted(pieces.line(), " ");
    const part = pieces.piece(size);
    parts.push({ kind, part });
    length += part.length;
  }
  if (parts.length < 1 || parts.length > PARTS_MAX) {
    throw malformed("bundle", `not 1 to ${PARTS_MAX} parts`);
  }
  if (parts.some(({ kind }) => !PART_KINDS.includes(kind))) {
    throw malformed("bundle", `a part that is none of ${PART_KINDS.join(", ")}`);
  }
  if (length > BUNDLE_BYTES_MAX) {
    throw malformed("bundle", `longer than ${BUNDLE_BYTES_MAX} bytes`);
  }
  return parts;
}

function parseCards(data) {
  if (data.length > CARDS_BYTES_MAX + 2 * 1000 * LENGTH_LINE_MAX) throw malformed("cards", "too long");
  const reader = new Pieces(data, 0, "cards");
  const party = reader.line();
  const found = [];
  while (reader.isLeft) found.push(reader.piece(reader.line()));
  if (found.length % 2 === 1) throw malformed("cards", "a card without its checkpoint");
  const pieces = [];
  for (let at = 0; at < found.length; at += 2) pieces.push([found[at], found[at + 1]]);
  checkParty(party);
  if (pieces.length < 1 || pieces.length > 1000) throw malformed("cards", "not 1 to 1000 cards");
  if (found.reduce((sum, piece) => sum + piece.length, 0) > CARDS_BYTES_MAX) {
    throw malformed("cards", `longer than ${CARDS_BYTES_MAX} bytes`);
  }
  return { party, pieces };
}

// ---- a bundle ----------------------------------------------------------------------------------

function judgeBundle(data, trust, asked) {
  const parts = parseBundle(data);
  const verdicts = new Array(parts.length);
  parts.forEach(({ kind, part }, at) => {
    if (kind !== "cards" && kind !== "charter") return;
    verdicts[at] = attempt(kind, () => (kind === "cards" ? takeCards : takeCharter)(part, trust)).value;
  });
  let found = judgeParts(parts, trust, asked);
  const good = [...found.values()].map((each) => each.judgement).filter((each) => each);
  for (const [at, verdict] of takeStatements(parts, good, trust)) verdicts[at] = verdict;
  const hasEnds = [...trust.cards.values()].some(({ cards }) => cards.some((c) => c.ends.length > 0));
  if (hasEnds) found = judgeParts(parts, trust, asked);
  const judgements = [...found.values()].map((each) => each.judgement).filter((each) => each);
  bind(judgements);
  for (const [at, { judgement, refusal }] of found) verdicts[at] = refusal ?? judgement.verdict;
  return together(verdicts, judgements, trust.allowExercise, asked);
}

/** What a part gives, or the verdict on a part that does not hold. */
function attempt(kind, judge) {
  try {
    return { value: judge() };
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    const value = {
      kind,
      firstLine: `refused: ${visible(refusal.message)}`,
      status: "unknown",
      isShown: false,
      allowExercise: false,
      details: [refusal.remedy],
      facts: { code: refusal.code },
    };
    return { value, isRefused: true };
  }
}

function judgeParts(parts, trust, asked) {
  const found = new Map();
  parts.forEach(({ kind, part }, at) => {
    if (kind !== "proof" && kind !== "range") return;
    const judge = kind === "proof" ? judgeProof : judgeRange;
    const { value, isRefused } = attempt(kind, () => judge(part, trust, asked));
    found.set(at, isRefused ? { refusal: value } : { judgement: value });
  });
  return found;
}

/** What a part shows of receipts that were given, if a quorum dated it. */
function vouchersOf(judgement) {
  const { party, judged, seen, kept } = judgement.stretch;
  if (judged.committed === null || judged.basis === "unverified") return [];
  const base = { party, committed: judged.committed };
  return [
    ...seen.map(({ origin, size, root }) => ({ ...base, origin, size, root, digest: null })),
    ...kept.map(({ origin, size, root }) => ({ ...base, origin, size, root: null, digest: root })),
  ];
}

function takeCards(part, trust) {
  const read = parseCards(part);
  const { cards, print } = addCards(trust, read);
  const isCompared = trust.fingerprints.has(read.party);
  const standing = isCompared ? "is the one given" : "was not given: compare it";
  return {
    kind: "cards",
    firstLine: `${countOf(cards.length, "card")} of ${read.party}; the fingerprint ${standing}`,
    status: "actual",
    isShown: true,
    allowExercise: trust.allowExercise,
    details: [`digits of ${read.party}: ${comparisonDigits(print)}`, ...cards.flatMap(endLines)],
    facts: {
      party: read.party, cards: cards.length, fingerprint: b64(print), compared: isCompared,
      ends: cards.flatMap((card) =>
        card.ends.map(({ vkey, time, reason }) => [card.n, vkey.name, vkey.kind, time, reason]),
      ),
    },
  };
}

/** When a key of the party ended, as its cards say. */
function endLines(card) {
  return card.ends.map(
    ({ vkey, time, reason }) =>
      `card ${card.n}: key ${hex(vkey.id)} of ${vkey.name}, kind ${vkey.kind},` +
      ` ended ${timeText(time)}, ${reason}`,
  );
}

function takeCharter(part, trust) {
  const charter = parseCharter(fromBytes(part, "charter"));
  addCharter(trust, charter);
  const line = hex(charter.lineId);
  return {
    kind: "charter",
    firstLine: `charter of line ${line}: ${visible(charter.title)}`,
    status: charter.status,
    isShown: true,
    allowExercise: trust.allowExercise,
    details: [],
    facts: { line, members: memberNames(charter) },
  };
}

/** Says of every log whether its epoch is at hand: only that binds it; then grades deliveries. */
function bind(judgements) {
  const lines = new Map();
  for (const { stretch } of judgements) {
    if (stretch.epoch !== null) lines.set(stretch.origin, hex(stretch.lineId));
  }
  const isElsewhere = ({ origin, lineId }) => (lines.get(origin) ?? hex(lineId)) !== hex(lineId);
  const elsewhere = judgements.map(({ stretch }) => stretch).filter(isElsewhere);
  grade(judgements, new Set(elsewhere.map(({ origin }) => origin)));
  for (const { stretch, verdict } of judgements) {
    const opened = lines.get(stretch.origin);
    const isBound = opened === hex(stretch.lineId);
    let sentence = "that this log belongs to the line says the entry; its epoch is not shown";
    if (isBound) {
      sentence = "that this log belongs to the line is shown by its epoch, which gives its name";
    } else if (opened !== undefined) {
      sentence = `not shown: the log was opened on another line, ${opened}`;
      verdict.firstLine = sentence;
      verdict.isShown = false;
    }
    verdict.details.push(sentence);
    verdict.facts.log_bound_to_line = isBound;
  }
}

/** What a valid whole rests on that nobody has compared: said beside the word *valid*. */
function conditions(parts) {
  const unsure = parts.filter(({ kind, facts }) => kind === "cards" && facts.compared !== true);
  const open = [...new Set(unsure.map(({ facts }) => facts.party))].sort();
  const found = open.length > 0 ? [`the fingerprint of ${open.join(", ")} was not given`] : [];
  const isUnsure = ({ kind, facts }) =>
    kind === "proof" && facts.releases > 0 && facts.officers !== "compared";
  if (parts.some(isUnsure)) found.push("officers unconfirmed");
  return found;
}

/** The verdict on the whole: as good as its worst part. */
function together(parts, judgements, allowExercise, asked) {
  const isOfLine = ({ kind }) => kind !== "cards" && kind !== "consistency";
  const known = parts.filter((part) => isOfLine(part) && part.status !== "unknown");
  const statuses = [...new Set(known.map(({ status }) => status))].sort();
  const absences = absenceOnLine(judgements, asked);
  const at = parts.findIndex((part) => !part.isShown);
  const valid = `valid: ${countOf(parts.length, "part")}, each checked alone`;
  let firstLine = "";
  if (statuses.length > 1) {
    firstLine = `refused: ${statuses.join(" and ")} in one file`;
  } else if (at >= 0) {
    firstLine = `part ${at + 1} of ${parts.length} (${parts[at].kind}): ${parts[at].firstLine}`;
  } else {
    firstLine = [valid, ...conditions(parts)].join("; ");
  }
  let status = !parts.some(isOfLine) ? "actual" : "unknown";
  if (statuses.length > 0) status = statuses.find((each) => each !== "actual") ?? "actual";
  return {
    kind: "bundle",
    firstLine,
    status,
    isShown: at < 0 && statuses.length <= 1,
    allowExercise,
    details: absences.map(({ line }) => line),
    facts: { absences: absences.map(({ facts }) => facts) },
    parts,
  };
}

// ---- absence on a whole line -------------------------------------------------------------------

/** For every party of which a range is shown: is what was asked absent from all its epochs? */
function absenceOnLine(judgements, asked) {
  const ranges = judgements.filter(({ verdict }) => verdict.kind === "range");
  const subjects = new Map();
  for (const { stretch } of ranges) {
    subjects.set(`${hex(stretch.lineId)} ${stretch.party}`, [hex(stretch.lineId), stretch.party]);
  }
  return [...subjects.keys()].sort().map((key) => {
    const [line, party] = subjects.get(key);
    const isOnLine = ({ stretch }) => hex(stretch.lineId) === line;
    const own = ranges.filter((each) => isOnLine(each) && each.stretch.party === party);
    const onLine = judgements.filter(isOnLine).map(({ stretch }) => stretch);
    return absenceOf(line, party, asked, own, onLine);
  });
}

function absenceOf(line, party, asked, own, onLine) {
  const names = own.map(({ stretch: s }) => `${s.origin} [${s.start}, ${s.stop})`);
  const epochs = [...new Set(names)].sort();
  const times = own.map(({ stretch }) => stretch.judged.committed);
  const isDated = times.every((time) => time !== null);
  const lack = absenceLack(party, own, onLine);
  const about = `\`${asked}\` by ${party} on the whole line`;
  const facts = { line, party, asked, epochs, is_shown: lack === null };
  if (lack !== null) return { line: `${about}: not shown: ${lack}`, facts: { ...facts, lack } };
  const until = isDated
    ? timeText(times.reduce((a, b) => (a < b ? a : b)))
    : "heads that nobody dated";
  return {
    line:
      `${about}: absent, up to ${until}; epochs shown: ${epochs.join(", ")}: all that the` +
      ` members' logs name in \`seen\` or \`past\` below their own shown heads; ${ONLY_THIS_LINE}`,
    facts,
  };
}

/** Why absence does not follow; null if it does. */
function absenceLack(party, own, onLine) {
  for (const { verdict } of own) {
    if (!verdict.isShown) return verdict.firstLine.replace(/^not shown: /, "");
    if (verdict.facts.absent === undefined) return "it stands in a range that is shown";
  }
  const others = [
    ...new Set(onLine.filter((each) => each.party !== party).map(({ origin }) => origin)),
  ].sort();
  if (others.length === 0) return "no other member's log is in the bundle";
  for (const origin of others) {
    if (!isShownWhole(onLine.filter((each) => each.origin === origin))) {
      return `${origin} is not shown from its first entry with all that it had seen`;
    }
  }
  const named = new Map();
  for (const { origin, size } of onLine.flatMap((each) => each.seen)) {
    if (origin.startsWith(`${party}/`)) named.set(origin, Math.max(size, named.get(origin) ?? 0));
  }
  for (const origin of [...named.keys()].sort()) {
    const stops = own.filter(({ stretch }) => stretch.origin === origin).map(({ stretch }) => stretch.stop);
    const reach = Math.max(0, ...stops);
    if (reach < named.get(origin)) {
      return `a member's log names ${origin} at ${named.get(origin)}, shown is ${reach}`;
    }
  }
  return null;
}

/** Entries from 0 up to the largest shown head, each with its `seen`. */
function isShownWhole(stretches) {
  let at = 0;
  for (const stretch of [...stretches].sort((a, b) => a.start - b.start)) {
    if (stretch.showsSeen && stretch.start <= at) at = Math.max(at, stretch.stop);
  }
  return stretches.every((stretch) => at >= stretch.judged.head.size);
}

// ---- fork evidence -----------------------------------------------------------------------------

const notAFork = (message) => new Refused("record.not-a-fork", message);

function parseEvidence(data) {
  const what = "fork evidence";
  if (data.length > EVIDENCE_BYTES_MAX) {
    throw malformed(what, `longer than ${EVIDENCE_BYTES_MAX} bytes`);
  }
  if (data[data.length - 1] !== 10) {
    throw malformed(what, "not a first line and one line of Openline JSON");
  }
  const value = parseJson(data.subarray(EVIDENCE_BEGINS.length, -1));
  const table = asTable(value, what, ["sides"], ["index"]);
  const sides = asArray(table.sides, what, 2).map((side) => {
    const items = asArray(side, what);
    if (items.length !== 1 && items.length !== 3) {
      throw malformed(what, "a side is neither [note] nor [note, leaf, proof]");
    }
    const note = toBytes(asText(items[0], what));
    if (items.length === 1) return { note, leaf: null, proof: [] };
    return {
      note, leaf: asData(items[1], what, HASH_SIZE),
      proof: asHashes(items[2], what, PROOF_HASHES_MAX),
    };
  });
  const index = table.index === undefined ? null : asWhole(table.index, what);
  return { sides, index };
}

function judgeEvidence(data, trust) {
  const { sides, index } = parseEvidence(data);
  const { origin } = readCheckpoint(sides[0].note).head;
  const party = partyOf(origin);
  const cards = trust.cards.get(party)?.cards ?? [];
  const pairs = [
    ...cards.map((card) => logKeys(card, origin)),
    ...cards.filter((card) => card.root6.name === origin).map((card) => [card.root1, card.root6]),
  ];
  const heads = sides.map(({ note }) => signedHead(note, pairs));
  const why = contradiction(sides, heads, index);
  const isCompared = trust.fingerprints.has(party);
  const facts = {
    party, origin, sizes: heads.map(({ size }) => size), roots: heads.map(({ root }) => b64(root)),
  };
  if (index !== null) facts.index = index;
  return {
    kind: "evidence",
    firstLine: isCompared
      ? `fork: ${party} signed two histories of ${origin}`
      : `not shown: the fingerprint of ${party} was not given, so these may be anybody's keys`,
    status: "actual", // two histories are two histories on an exercise as well
    isShown: isCompared,
    allowExercise: trust.allowExercise,
    details: [
      why,
      ...heads.map(({ size, root }) => `one head: size ${size}, root ${b64(root)}`),
      "both heads bear both log signatures; it is not shown which history came first",
    ],
    facts,
  };
}

/** The head under the first key pair that signed it. */
function signedHead(note, pairs) {
  let fault = badNote("no keys of this log are known");
  for (const [log1, log6] of pairs) {
    try {
      return openCheckpoint(note, log1, log6);
    } catch (refusal) {
      const codes = ["record.bad-note", "envelope.bad-signature"];
      if (!(refusal instanceof Refused) || !codes.includes(refusal.code)) throw refusal;
      fault = refusal;
    }
  }
  throw fault;
}

/** Why not both heads can be true; refuses heads that can. */
function contradiction(sides, [one, other], index) {
  if (one.origin !== other.origin) throw notAFork(`${one.origin} and ${other.origin} are two logs`);
  if (index === null) {
    if (one.size !== other.size || sameBytes(one.root, other.root)) {
      throw notAFork(`${one.origin}: not two roots of one size`);
    }
    return `two roots of one size, ${one.size}`;
  }
  [one, other].forEach((head, at) => {
    const { leaf, proof } = sides[at];
    if (leaf === null) throw notAFork(`${head.origin}: no leaf at ${index}`);
    verifyInclusion(leaf, index, head.size, proof, head.root);
  });
  if (sameBytes(sides[0].leaf, sides[1].leaf)) {
    throw notAFork(`${one.origin}: one and the same leaf at ${index}`);
  }
  return `two leaves at index ${index}, below heads of sizes ${one.size} and ${other.size}`;
}

// ---- the one way in ----------------------------------------------------------------------------

/** Verifies one file, by what it begins with, under the reader's trust. */
function verifyFile(data, trust, asked) {
  if (startsWith(data, BUNDLE_BEGINS)) return judgeBundle(data, trust, asked);
  if (startsWith(data, EVIDENCE_BEGINS)) return judgeEvidence(data, trust);
  const judge = startsWith(data, RANGE_BEGINS) ? judgeRange : judgeProof;
  const judgement = judge(data, trust, asked);
  const { origin } = judgement.stretch;
  if (trust.policies.length > 0) {
    const logs = trust.policies.map((policy) => logKeyOf(policy).name);
    if (!logs.includes(origin)) {
      throw badNote(`${origin}: the policy that was given is about ${logs.join(", ")}`);
    }
  }
  bind([judgement]);
  return judgement.verdict;
}
