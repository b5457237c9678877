// A verdict in the reader's language: short sentences made from its facts, never from its English.
// `say(key, values)` gives a sentence; verifier_words.py says the same by the same keys.

function explained(table, say, lacksPolicy = false) {
  if (table.code !== undefined) return explainedRefusal(table.code, say, lacksPolicy);
  return [...ofStatus(table, say), ...ofResult(table, say), ...ofKind(table, say)];
}

/** Where the reader gave no policy, a quorum that is not met says nothing against the file. */
const needsPolicy = (code, lacksPolicy) => lacksPolicy && code === "record.quorum-not-met";

const explainedRefusal = (code, say, lacksPolicy = false) =>
  needsPolicy(code, lacksPolicy)
    ? [say("verify.result.bring-policy")]
    : [say("verify.result.refused"), say(`verify.code.${code}`)];

/** The key of the one word that stands above a verdict. */
function markOf(table, lacksPolicy = false) {
  if (needsPolicy(table.code, lacksPolicy)) return "verify.mark.bring-policy";
  if (table.code !== undefined) return "verify.mark.refused";
  if (table.kind === "cards") return "verify.mark.keys";
  if (table.kind === "charter") return "verify.mark.rules";
  if (table.kind === "consistency") return "verify.mark.consistency";
  if (table.verdict !== "valid") return "verify.mark.not-shown";
  return table.exit === 0 ? "verify.mark.valid" : "verify.mark.not-accepted";
}

function ofStatus(table, say) {
  if (["cards", "consistency", "evidence"].includes(table.kind)) return [];
  return [say(`verify.status.${table.status}`)];
}

function ofResult(table, say) {
  if (["cards", "charter", "consistency"].includes(table.kind)) return [];
  const sentences = [];
  if (table.verdict === "valid" && table.exit === 0) {
    sentences.push(say(`verify.result.${isUncompared(table) ? "not-compared" : "valid"}`));
  } else if (table.verdict === "valid") {
    sentences.push(say("verify.result.not-accepted"));
  } else {
    sentences.push(say("verify.result.not-shown"), ...ofLack(table, say));
  }
  if (table.kind === "bundle") sentences.push(say("verify.result.bundle"));
  return sentences;
}

/** Whether something shown hangs on keys that the reader did not compare: they count under what
 * the reader gave, and nobody should read that he trusts them. */
function isUncompared(table) {
  return (table.parts ?? [table]).some(
    (part) => part.compared === false || (part.releases > 0 && part.officers !== "compared"),
  );
}

function ofLack(table, say) {
  if (["bundle", "evidence"].includes(table.kind) || table.status === "unknown") return [];
  if (table.policy === "unverified") return [say("verify.lack.unverified")];
  if (table.kind === "proof" && table.releases < table.officers_asked) {
    return [say("verify.lack.not-released")];
  }
  return [say("verify.lack.other", { words: table.first_line })];
}

function ofKind(table, say) {
  const kinds = {
    proof: ofProof, range: ofRange, bundle: ofBundle, cards: ofCards, charter: ofCharter,
    consistency: ofConsistency, evidence: ofEvidence,
  };
  const claimed = table.policy === "unverified" ? [say("verify.claimed")] : [];
  return [...claimed, ...kinds[table.kind](table, say)];
}

function ofProof(table, say) {
  const later = table.withheld_revealed_later.filter((path) => !path.startsWith("release."));
  const sentences = [
    say("verify.entry.what", { party: table.party, index: table.index }),
    ...ofTimes(table, say),
    ...ofOwn(table, table.index + 1, say),
    ...ofDelivery(table, say),
    ...ofReleases(table, say),
    ...ofFields(table, say),
  ];
  if (later.length > 0) sentences.push(say("verify.entry.revealed", { paths: later.join(", ") }));
  if (table.list_shown !== undefined) {
    const key = table.list_shown ? "shown" : "not-shown";
    const values = { count: table.in_force ?? "", time: visible(table.as_of) };
    sentences.push(say(`verify.list.${key}`, values));
  }
  return [
    ...sentences, ...ofBinding(table, say), say("verify.may-not.true"), say("verify.may-not.else"),
  ];
}

/** How much of the message is shown; without releases nobody can tell them from the content. */
function ofFields(table, say) {
  const [of, withheld] = [table.content_of, table.content_withheld];
  const leftOut = of - table.content_shown - withheld;
  const isWhole = withheld === 0 && leftOut === 0;
  const sentences = [];
  if (withheld > 0) sentences.push(say("verify.entry.withheld-fields", { count: withheld, of }));
  if (leftOut > 0) sentences.push(say("verify.entry.left-out-fields", { count: leftOut, of }));
  sentences.push(say(`verify.entry.${isWhole ? "all" : "some"}-fields`, { of }));
  const isReleased = table.fields.some(([, path]) => path.startsWith("release."));
  const mayBeReleases = !isReleased && !isWhole && table.officers_asked !== 0;
  return mayBeReleases ? [...sentences, say("verify.entry.releases-among")] : sentences;
}

/** Which grade of proof of delivery is reached, for each addressee. */
function ofDelivery({ grade: least, grades, relays }, say) {
  if (least === 0) return [say("verify.delivery.none")];
  const word = (grade) => say(`verify.grade.${grade}`);
  if (grades.size === 0) return [say("verify.delivery.nobody", { grade: least, word: word(least) })];
  const sentences = [...grades].map(([party, grade]) =>
    say("verify.delivery.to", { party, grade, word: word(grade) }),
  );
  const isOpen = relays && Math.min(...grades.values()) < AVAILABLE;
  return isOpen ? [...sentences, say("verify.delivery.no-deposit")] : sentences;
}

function ofReleases(table, say) {
  if (table.officers_asked === 0) return [say("verify.entry.by-machine")];
  const asked = table.officers_asked ?? "?";
  const sentences = [say("verify.entry.released", { count: table.releases, asked })];
  if (table.releases > 0 && table.officers !== "compared") {
    sentences.push(say("verify.entry.officers-unknown", { party: table.party }));
  }
  return sentences;
}

function ofTimes(table, say) {
  const sentences = [
    table.committed === undefined
      ? say("verify.entry.not-dated")
      : say("verify.entry.dated", { time: timeText(table.committed) }),
  ];
  const receipts = [...table.receipts].sort(([a], [b]) => compareText(a, b));
  for (const [party, time] of receipts) {
    sentences.push(say("verify.entry.received", { party, time: timeText(time) }));
  }
  if (receipts.length === 0) sentences.push(say("verify.entry.no-receipt"));
  return sentences;
}

/** What a party whose key was in other hands says of this log: how far it is its own. */
function ofOwn(table, stop, say) {
  const { own_below: below, own_shown: isShown, party } = table;
  if (below === undefined) return [];
  if (stop > below) return [say("verify.own.not", { party, index: below })];
  return isShown ? [say("verify.own.shown", { party, index: below })] : [];
}

const ofConsistency = ({ old, size }, say) => [say("verify.consistency", { old, size })];

const ofBinding = (table, say) => [
  say(`verify.entry.${table.log_bound_to_line ? "bound" : "not-bound"}`),
];

function ofRange(table, say) {
  const values = { party: table.party, asked: visible(table.asked) };
  const sentences = [];
  if (table.present.length > 0) {
    sentences.push(say("verify.range.present", { ...values, index: table.present[0] }));
  } else if (table.absent !== undefined) {
    sentences.push(say("verify.range.absent", { ...values, from: table.from, to: table.to - 1 }));
  }
  return [
    ...sentences, ...ofTimes(table, say), ...ofOwn(table, table.to, say), ...ofBinding(table, say),
    say("verify.may-not.else"),
  ];
}

function ofBundle(table, say) {
  return table.absences.map((each) =>
    say(`verify.absence.${each.is_shown ? "shown" : "not-shown"}`, {
      party: each.party, asked: visible(each.asked),
    }),
  );
}

function ofCards(table, say) {
  const digits = parted(table.details[0], ": ")[2];
  const key = table.compared ? "compared" : "not-compared";
  const { party } = table;
  return [
    say(`verify.cards.${key}`, { party, digits }),
    ...table.ends.map(([, name, , time, reason]) =>
      say(`verify.cards.${reason === "compromised" ? "compromised" : "ended"}`, {
        party, name, time: timeText(time),
      }),
    ),
  ];
}

const ofCharter = (table, say) => [
  say("verify.charter.members", { members: table.members.join(", ") }),
];

const ofEvidence = (table, say) => [
  say(`verify.evidence.${table.verdict === "valid" ? "fork" : "not-compared"}`, {
    party: table.party,
  }),
];
