// Proof of delivery: which of five grades a file reaches for each addressee (PROTOCOL 9.4).

const [SIGNED, DATED, AVAILABLE, RECEIVED, NAMED] = [1, 2, 3, 4, 5];
const GRADE_WORDS = ["", "signed", "dated", "available", "received", "named"];
const NO_GRADE = "delivery: no grade of 5: what signed this entry does not count";
const NO_DEPOSIT =
  "grade 3 of 5, available, is not provable offline: no file holds a relay's note of a deposit";

/** Says of every entry how well its delivery is proven; `elsewhere` are logs of another line. */
function grade(judgements, elsewhere) {
  for (const told of judgements.filter(({ verdict }) => verdict.kind === "proof")) {
    const { stretch, verdict } = told;
    const { charter, judged, party } = stretch;
    const least = gradeOfHead(told, elsewhere);
    const naming = judgements.filter((each) => namesEntry(each, told) && gradeOfHead(each, elsewhere));
    const named = new Set(naming.map((each) => each.stretch.party));
    const gradeOf = (name) => {
      if (least === 0) return 0;
      if (named.has(name)) return NAMED;
      return judged.receipts.has(name) ? RECEIVED : least;
    };
    const members = charter === null ? [...judged.receipts.keys()] : memberNames(charter);
    const others = members.filter((name) => name !== party).sort(compareText);
    const grades = new Map(others.map((name) => [name, gradeOf(name)]));
    const relays = charter !== null && charter.relays.length > 0;
    Object.assign(verdict.facts, { grade: least, grades, relays });
    verdict.details.push(...gradeLines(least, grades, relays));
  }
}

/** What holds of an entry whoever its addressee is. */
function gradeOfHead({ stretch: { judged, origin, stop } }, elsewhere) {
  const isVoid = judged.basis === "unverified" || compromisedLine(judged, stop) !== null;
  if (isVoid || elsewhere.has(origin)) return 0;
  return judged.committed === null ? SIGNED : DATED;
}

/** Whether one entry is a released message of the line that names another entry. */
function namesEntry({ verdict, stretch }, told) {
  const { origin, lineId, start } = told.stretch;
  const isMessage = verdict.kind === "proof" && verdict.facts.entry === "message";
  if (!isMessage || !verdict.isShown || !sameBytes(stretch.lineId, lineId)) return false;
  return verdict.facts.refs.some(([log, at]) => log === origin && BigInt(at) === BigInt(start));
}

function gradeLines(least, grades, hasRelays) {
  if (least === 0) return [NO_GRADE];
  if (grades.size === 0) {
    return [`delivery: grade ${least} of 5, ${GRADE_WORDS[least]}; no addressee is shown`];
  }
  const lines = [...grades].map(
    ([party, grade]) => `delivery to ${party}: grade ${grade} of 5, ${GRADE_WORDS[grade]}`,
  );
  const isOpen = hasRelays && Math.min(...grades.values()) < AVAILABLE;
  return isOpen ? [...lines, NO_DEPOSIT] : lines;
}
