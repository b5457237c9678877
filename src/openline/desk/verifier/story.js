// What is proven, in words and before anything else: who told whom what, and who answered how.
// Nothing is told of a part that does not hold: its own verdict says why.

/** Each message that a verdict shows: sentences, the gravest word of an answer with its meaning. */
function story(table, page) {
  const proofs = (table.parts ?? [table]).filter(
    (part) => part.kind === "proof" && part.entry === "message" && part.verdict === "valid",
  );
  return proofs.map((part) => told(part, proofs, membersOf(table, part), page));
}

/** The members of the line as its charter in the file names them; else who gave a receipt. */
function membersOf(table, { line, party, receipts }) {
  const charter = (table.parts ?? []).find((part) => part.kind === "charter" && part.line === line);
  const names = charter?.members ?? [...receipts.keys()].sort(compareText);
  return names.filter((name) => name !== party);
}

function told(part, proofs, members, page) {
  const { party, index } = part;
  const form = page.formLabel(part);
  const others = members.join(", ");
  const key = page.isAnswer(part) ? "answered" : "told";
  const sentences = [
    members.length > 0
      ? page.tell(`verify.story.${key}`, { party, others, form, index })
      : page.tell("verify.story.said", { party, form, index }),
  ];
  const says = page.classLabel(part);
  const meaning = page.meaning(part);
  const about = part.refs.length > 0 ? [aboutWhat(part.refs[0], proofs, page)] : [];
  const shown = [...heldWhen(part, page), disclosed(part, page)];
  return { sentences: [...sentences, ...about, ...shown], says, meaning };
}

/** By when each addressee had it; where no receipt is shown, by when neutral witnesses did. */
function heldWhen({ receipts, committed }, page) {
  const held = [...receipts].sort(([a], [b]) => compareText(a, b)).map(([party, time]) =>
    page.tell("verify.story.held", { party, time: timeText(time) }),
  );
  if (held.length > 0 || committed === undefined) return held;
  return [page.tell("verify.entry.dated", { time: timeText(committed) })];
}

/** The fields of a message that the file shows, by their labels, with what is short enough. */
function disclosed(part, page) {
  const labels = part.fields
    .filter(([, path]) => !isReserved(path))
    .map(([, path, value]) => page.fieldInWords(part, path, value));
  if (labels.length === 0) return page.tell("verify.story.nothing", {});
  return page.tell("verify.story.disclosed", { fields: [...new Set(labels)].join("; ") });
}

/** The message that is meant: by its form where the file shows it, else by its place alone. */
function aboutWhat([origin, at], proofs, page) {
  const found = proofs.find((each) => each.origin === origin && BigInt(each.index) === BigInt(at));
  const party = partyOf(origin);
  return found === undefined
    ? page.tell("verify.story.about-other", { party, index: at })
    : page.tell("verify.story.about", { party, index: at, form: page.formLabel(found) });
}
