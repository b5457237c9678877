// One check, as the worker does it: bytes and the reader's trust in, a verdict or a refusal out.

/** `party=fingerprint` lines, or texts of QR codes. */
function parsePrints(text) {
  const prints = new Map();
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "") continue;
    const isCode = line.startsWith("openline:");
    const sign = isCode ? "#" : "=";
    const [party, found, print] = parted(isCode ? line.slice("openline:".length) : line, sign);
    if (found === "") throw malformed("fingerprint", "not party=fingerprint");
    prints.set(party, unb64(print, HASH_SIZE, "fingerprint"));
  }
  return prints;
}

/** The verdict, with its table for machines; or the refusal; or that the page itself failed. */
function checkFile(request) {
  try {
    const policies = request.policies.flatMap((data) => parsePolicies(fromBytes(data, "policy")));
    const trust = makeTrust({
      policies,
      fingerprints: parsePrints(request.prints),
      cards: request.cards.map(parseCards),
      charters: request.charters.map((data) => fromBytes(data, "charter")),
      allowExercise: request.allow,
    });
    const verdict = verifyFile(request.file, trust, request.asked);
    const table = verdictTable(verdict);
    return { table, lines: verdictLines(verdict), json: tableText(table) };
  } catch (refusal) {
    if (!(refusal instanceof Refused)) return { failure: String(refusal) };
    const { code, message, remedy } = refusal;
    const lines = [`refused: ${visible(message)} (${code})`, remedy];
    return { refusal: { code, message, remedy }, lines, json: tableText({ code, message, remedy }) };
  }
}

function startWorker() {
  self.onmessage = ({ data }) => self.postMessage({ number: data.number, ...checkFile(data) });
}
