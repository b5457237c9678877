// What a verdict is: status first, in words and as facts. The words are those of `openline verify`.

const BANNERS = { exercise: "EXERCISE", test: "TEST", unknown: "STATUS UNKNOWN" };
const STATUS_UNKNOWN = "status unknown: may be an exercise";
const POLICY_UNVERIFIED = "policy unverified: whose signatures count came with the proof";
const ONLY_THIS_LINE = "says nothing about other lines, calls or letters";

/** 0 only if everything is shown and nobody could take an exercise for the real thing. */
function exitOf({ status, isShown, allowExercise }) {
  const isAccepted = status === "actual" || (allowExercise && status !== "unknown");
  return isShown && isAccepted ? 0 : 4;
}

/** Everything to print: the status before anything else, then the verdict. */
function verdictLines(verdict) {
  const banner = BANNERS[verdict.status];
  const lines = banner === undefined ? [] : [banner];
  lines.push(verdict.firstLine);
  if (verdict.isShown && exitOf(verdict) !== 0) {
    lines.push(`not accepted: the status is ${verdict.status}, and that was not asked for`);
  }
  lines.push(...verdict.details);
  (verdict.parts ?? []).forEach((part, at) => {
    lines.push("", `part ${at + 1}: ${part.kind}`, ...verdictLines(part));
  });
  return lines;
}

/** The verdict as a table for machines; members as `openline verify --json` names them. */
function verdictTable(verdict) {
  const table = {
    kind: verdict.kind,
    verdict: verdict.isShown ? "valid" : "not shown",
    status: verdict.status,
    exit: exitOf(verdict),
    first_line: verdict.firstLine,
    details: verdict.details,
    ...verdict.facts,
  };
  if (verdict.parts?.length > 0) table.parts = verdict.parts.map(verdictTable);
  return table;
}

/** A table as JSON text: whole numbers beyond 2**53 stay whole, maps are objects. */
function tableText(value) {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(tableText).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${tableText(each)}`).join(",")}}`;
}

/** When the neutral quorum held it, and by when each addressee had it. */
function timesLines({ committed, receipts }) {
  const lines = [
    committed === null
      ? "not committed: no neutral quorum stands under this head"
      : `committed ${timeText(committed)} (the time at which the neutral quorum held it)`,
  ];
  if (receipts.size === 0) lines.push("no receipt of an addressee is shown");
  for (const [party, time] of [...receipts].sort(([a], [b]) => compareText(a, b))) {
    lines.push(`received by ${party} no later than ${timeText(time)}`);
    if (committed !== null && time < committed - 300n) {
      lines.push(`the clock of ${party} was off: its receipt is dated before the quorum`);
    }
  }
  return lines;
}

function timesFacts({ committed, receipts }) {
  const facts = { receipts };
  if (committed !== null) facts.committed = committed;
  const times = [...receipts.values()];
  if (times.length > 0) facts.received_no_later_than = times.reduce((a, b) => (a > b ? a : b));
  return facts;
}

const trustLines = (judged) => [`policy ${judged.basis}`, ED25519_SENTENCES[judged.ed25519]];

const trustFacts = (judged) => ({
  policy: judged.basis,
  ed25519: judged.ed25519,
  size: judged.head.size,
  witnesses: judged.witnesses,
  ...(judged.own === null ? {} : { own_below: judged.own.size, own_shown: judged.own.isShown }),
});

function lineLines(charter) {
  if (charter === null) return ["the charter of the line is not shown"];
  const members = memberNames(charter).join(", ");
  return [`line ${hex(charter.lineId)}: ${visible(charter.title)} (${members})`];
}
