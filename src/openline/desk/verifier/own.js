// How far a log whose keys were stolen is its party's own (PROTOCOL 4.2 "Ended keys" and 9.3).

const CONSISTENCY_BYTES_MAX = 4_096;
// Heads of one size of one log that a file may hold: each pair costs a proof.
const HISTORIES_MAX = 4;

function parseConsistency(data) {
  const lines = textLines(data, CONSISTENCY_BYTES_MAX, "consistency");
  if (lines.length < 2) throw malformed("consistency", "not a log, two sizes and hashes");
  const [first, , second] = parted(lines[1], " ");
  const old = parseInteger(first, INTEGER_MAX, "consistency size");
  const size = parseInteger(second, INTEGER_MAX, "consistency size");
  const hashes = lines.slice(2).map((line) => unb64(line, HASH_SIZE, "consistency hash"));
  const origin = checkKeyName(lines[0]);
  if (old < 1 || old >= size) {
    throw malformed("consistency", "the first size is not below the second");
  }
  if (hashes.length > PROOF_HASHES_MAX) {
    throw malformed("consistency", `more than ${PROOF_HASHES_MAX} hashes`);
  }
  return { origin, old, size, hashes };
}

const headKey = ({ origin, size, root }) => `${origin} ${size} ${hex(root)}`;
const pairKey = (first, second) => `${headKey(first)} ${headKey(second)}`;

/** Which of the heads in a file a proof joins; one that joins none does not belong there. */
function joined(part, heads) {
  const known = new Map();
  for (const head of heads) if (head.origin === part.origin) known.set(headKey(head), head);
  const ofSize = (size) => {
    const found = [...known.values()].filter((head) => head.size === size);
    return found.sort((a, b) => compareText(hex(a.root), hex(b.root))).slice(0, HISTORIES_MAX);
  };
  const found = [];
  for (const first of ofSize(part.old)) {
    for (const second of ofSize(part.size)) {
      if (joins(part, first, second)) found.push(pairKey(first, second));
    }
  }
  if (found.length === 0) {
    throw badProof(
      `${part.origin}: nothing here shows that its first ${part.old} entries begin its head` +
        ` at ${part.size}`,
    );
  }
  return found;
}

function joins(part, first, second) {
  try {
    verifyConsistency(part.old, part.size, part.hashes, first.root, second.root);
  } catch (refusal) {
    if (refusal instanceof Refused) return false;
    throw refusal;
  }
  return true;
}

/** What good parts say of receipts and of earlier epochs goes into the trust; every joint too. */
function takeStatements(parts, judgements, trust) {
  trust.vouchers = judgements.flatMap(vouchersOf);
  trust.floors = judgements.flatMap(floorsOf);
  const heads = [...trust.floors, ...judgements.map(({ stretch }) => stretch.judged.head)];
  const verdicts = new Map();
  parts.forEach(({ kind, part }, at) => {
    if (kind !== "consistency") return;
    verdicts.set(at, attempt(kind, () => takeConsistency(part, heads, trust)).value);
  });
  return verdicts;
}

function takeConsistency(part, heads, trust) {
  const found = parseConsistency(part);
  const { origin, old, size } = found;
  for (const key of joined(found, heads)) trust.joints.add(key);
  return {
    kind: "consistency",
    firstLine: `the first ${old} entries of ${origin} begin its head at ${size}`,
    status: "actual",
    isShown: true,
    allowExercise: trust.allowExercise,
    details: [],
    facts: { origin, old, size },
  };
}

/** How far earlier logs of a party are its own, as an epoch of it says whose own keys count. */
function floorsOf({ stretch: { party, judged, past } }) {
  if (judged.basis === "unverified" || compromisedLine(judged, 1) !== null) return [];
  return past.filter(({ origin }) => origin.startsWith(`${party}/`));
}

/** What the first entry of an epoch names of the epochs before. */
const pastHeads = (header, kind, index) =>
  kind === "open" && index === 0 ? seenHeads(header, "past") : [];

/** Of several epochs the one that names most counts; null where nothing here says so. */
function ownPart(head, { floors, joints }) {
  const named = floors.filter(({ origin }) => origin === head.origin);
  if (named.length === 0) return null;
  const size = named.map((floor) => floor.size).reduce((a, b) => (a > b ? a : b));
  const isJoined = (floor) =>
    headKey(floor) === headKey(head) ||
    joints.has(pairKey(floor, head)) ||
    joints.has(pairKey(head, floor));
  return { size, isShown: named.filter((floor) => floor.size === size).some(isJoined) };
}

/** What a party whose key was lost names as its own all the same. */
function ownLines({ own, head }, party) {
  if (own === null || !own.isShown) return [];
  return [
    `${party} names what stands below entry ${own.size} of ${head.origin} as its` +
      " own, in a later epoch under keys that count",
  ];
}
