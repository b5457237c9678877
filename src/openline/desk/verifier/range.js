// A range, proven: every entry of one log from a to b, so that what is not there is absent (9.2).

const RANGE_BEGINS = "openline/v1 range\n";
const RANGE_BYTES_MAX = 16 * 1024 * 1024;

function parseRange(data) {
  if (data.length > RANGE_BYTES_MAX + NOTE_BYTES_MAX || !startsWith(data, RANGE_BEGINS)) {
    throw malformed("range", "too long, or does not begin with its name");
  }
  const rest = data.subarray(RANGE_BEGINS.length);
  const split = emptyLine(rest, false);
  if (split < 0) throw malformed("range", "no empty line before the checkpoint");
  const value = parseJson(rest.subarray(0, split), RANGE_BYTES_MAX, RANGE_BYTES_MAX);
  const table = asTable(value, "range", ["entries", "from", "frontier"], ["charter", "epoch"]);
  const found = {
    charter: table.charter === undefined ? null : asText(table.charter, "charter"),
    entries: asArray(table.entries, "range entries").map((entry) => {
      const [leaf, fields] = asArray(entry, "range entry", 2);
      const read = { leaf: parseLeaf(leaf), fields: parseFields(fields) };
      checkAscending(read.fields);
      return read;
    }),
    from: asWhole(table.from, "range start"),
    frontier: asHashes(table.frontier, "range frontier", PROOF_HASHES_MAX),
    checkpoint: rest.slice(split + 2),
    epoch: table.epoch === undefined ? null : parseEpoch(table.epoch),
  };
  if (found.charter !== null) checkCharterText(found.charter);
  readCheckpoint(found.checkpoint);
  return found;
}

function judgeRange(data, trust, asked) {
  const found = parseRange(data);
  const entries = found.entries.map(({ leaf, fields }, at) => ({
    index: found.from + at,
    kind: leaf.kind,
    header: fields.length > 0 ? readHeader(leaf, fields) : null,
  }));
  const headers = entries.map((entry) => entry.header).filter((header) => header !== null);
  const lines = new Set(headers.map((header) => hex(header.lineId)));
  if (lines.size > 1) throw badProof("the entries of the range name different lines");
  const lineId = headers[0]?.lineId ?? null;
  const charter = lineId === null ? null : charterOf(found.charter, lineId, trust);
  const judged = judgeNote(found.checkpoint, trust, charter);
  const { origin, size, root } = judged.head;
  const leaves = found.entries.map(({ leaf }) => leafHash(toBytes(leaf.text)));
  const tree = extendTree(found.from, found.frontier, leaves);
  if (tree.size !== size || !sameBytes(tree.root, root)) {
    throw badProof(`${origin}: the entries are not those below its head at ${size}`);
  }
  const party = checkMember(origin, charter);
  let epoch = null;
  for (const { header, index, kind } of entries) {
    if (header === null) continue;
    checkPlace(header, origin, index);
    epoch = boundEpoch(found.epoch, kind, header, origin, index) ?? epoch;
  }
  const keys = entries.filter(({ kind, header }) => kind === "keys" && header !== null);
  return {
    stretch: {
      origin, party, judged, epoch,
      lineId: lineId ?? new Uint8Array(0),
      start: found.from,
      stop: size,
      showsSeen: entries.every(({ header }) => header !== null && header.shown.has("seen")),
      seen: headers.flatMap((h) => [...seenHeads(h, "seen"), ...seenHeads(h, "past")]),
      past: entries.flatMap(({ header, kind, index }) =>
        header === null ? [] : pastHeads(header, kind, index),
      ),
      kept: keys.flatMap(({ header }) => seenHeads(header, "receipts")),
    },
    verdict: rangeVerdict({ found, entries, judged, charter, asked, trust }),
  };
}

/** A class, a form (with or without its version), or a form and one field. */
function parseAsked(text) {
  const trimmed = text.trim();
  const [word, , after] = parted(trimmed, " ");
  const rest = after.trim();
  const [path, sign, value] = parted(rest, "=");
  const isField = sign !== "" && path !== "" && value !== "";
  if (word === "" || (rest !== "") !== isField || codePoints(text) > 1000) {
    throw new Refused(
      "record.bad-asked", `'${text.slice(0, 80)}' is not a class, a form, or a form and PATH=VALUE`,
    );
  }
  return { word, path, value };
}

const isOfForm = (header, { word }) =>
  word === header.answer || word === header.format || word === bareFormat(header.format);

function isSaid(header, wanted) {
  if (header === null || !isOfForm(header, wanted)) return false;
  return wanted.path === "" || header.shown.get(wanted.path)?.value === spellJson(wanted.value);
}

/** Why nobody can say whether an entry says what was asked for; null if it can be said. */
function closedTo({ index, kind, header }, wanted) {
  if (kind === "defect" || kind === "gap") return `entry ${index} is a ${kind}`;
  if (!KINDS.includes(kind)) return `entry ${index} is of the unknown kind ${kind}`;
  if (header === null) return `entry ${index} is not opened`;
  if (wanted.path !== "" && isOfForm(header, wanted) && !header.shown.has(wanted.path)) {
    return `entry ${index} does not show its \`${visible(wanted.path)}\``;
  }
  return null;
}

function rangeVerdict({ found, entries, judged, charter, asked, trust }) {
  const wanted = parseAsked(asked);
  const { origin, size } = judged.head;
  const closed = entries.map((entry) => closedTo(entry, wanted)).filter((why) => why !== null);
  const present = entries.filter(({ header }) => isSaid(header, wanted)).map(({ index }) => index);
  const open = entries.filter(({ header }) => header !== null);
  const lack = rangeLack(judged, charter, closed);
  const where = `entries [${found.from}, ${size}) of ${origin}`;
  const answer =
    present.length > 0
      ? `valid: \`${asked}\` stands in ${where}, first as entry ${present[0]}`
      : `valid: no \`${asked}\` in ${where}`;
  const facts = {
    party: parted(origin, "/")[0],
    origin,
    from: found.from,
    to: size,
    entries: entries.length,
    classes: open.map(({ header }) => header.answer),
    formats: open.map(({ header }) => header.format),
    kinds: entries.map(({ kind }) => kind),
    asked,
    present,
    ...trustFacts(judged),
    ...timesFacts(judged),
  };
  if (lack === null && present.length === 0) facts.absent = asked;
  return {
    kind: "range",
    firstLine: lack ?? answer,
    status: charter === null ? "unknown" : charter.status,
    isShown: lack === null,
    allowExercise: trust.allowExercise,
    details: [
      `range [${found.from}, ${size}) of ${origin}, entries: ${entries.length}`,
      ...lineLines(charter),
      ...entries.map(entryLine),
      ...closed.map((why) => `not shown: ${why}`),
      ...timesLines(judged),
      ...ownLines(judged, parted(origin, "/")[0]),
      ...judged.remarks,
      `on this line, up to ${untilText(judged)}; ${ONLY_THIS_LINE}`,
      ...trustLines(judged),
    ],
    facts,
  };
}

function rangeLack(judged, charter, closed) {
  if (charter === null) return STATUS_UNKNOWN;
  if (judged.basis === "unverified") return POLICY_UNVERIFIED;
  return closed.length > 0 ? `not shown: ${closed[0]}` : compromisedLine(judged, judged.head.size);
}

/** The time up to which the head speaks: as the quorum saw it, else as a receipt says. */
function untilText({ committed, receipts, head }) {
  const times = [...receipts.values()];
  const known = committed ?? (times.length === 0 ? null : times.reduce((a, b) => (a < b ? a : b)));
  return known === null ? `a head at ${head.size} that nobody dated` : timeText(known);
}

function entryLine({ index, kind, header }) {
  if (header === null) return `entry ${index}: kind ${kind}, nothing shown`;
  const refs = header.refs.map(([origin, at]) => `${origin} entry ${at}`).join("; ") || "nothing";
  return (
    `entry ${index}: kind ${kind}, format ${visible(header.format)},` +
    ` class ${visible(header.answer)}, refers to ${refs}`
  );
}
