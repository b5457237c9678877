// Whom the reader trusts, and what a signed head amounts to under that trust (PROTOCOL parts 4, 8, 9).

const ED25519_SENTENCES = {
  good: "Ed25519 log signature good",
  absent: "no Ed25519 log signature in the note",
  unchecked: "Ed25519 log signature not checked",
};

/** Puts the reader's trust together: policies, fingerprints by party, cards, charters. */
function makeTrust({ policies, fingerprints, cards, charters, allowExercise }) {
  const trust = {
    policies, fingerprints, allowExercise, cards: new Map(), charters: new Map(), vouchers: [],
    floors: [], joints: new Set(),
  };
  for (const part of cards) addCards(trust, part);
  for (const text of charters) addCharter(trust, parseCharter(text));
  return trust;
}

function addCards(trust, { party, pieces }) {
  const chain = verifyCards(party, pieces, trust.fingerprints.get(party));
  const held = trust.cards.get(party);
  const leaves = (each, count) => each.cards.slice(0, count).map((c) => hex(sha256(c.leaf))).join();
  const shared = Math.min(held?.cards.length ?? 0, chain.cards.length);
  if (held !== undefined && leaves(held, shared) !== leaves(chain, shared)) {
    throw badCards(`${party}: two chains of cards that differ`);
  }
  if (held !== undefined && held.cards.length > chain.cards.length) return held; // goes on from it
  trust.cards.set(party, chain);
  return chain;
}

function addCharter(trust, charter) {
  trust.charters.set(hex(charter.lineId), charter);
}

/** The cards of a party that the reader compared or the charter names; else none. */
function trustedCards(trust, party, charter) {
  const named = charter?.members.find((member) => member.party === party)?.print;
  const compared = trust.fingerprints.get(party);
  if (named !== undefined && compared !== undefined && !sameBytes(named, compared)) {
    throw otherPrint(`${party}: the charter names another fingerprint than was given`);
  }
  const chain = trust.cards.get(party);
  if (chain !== undefined && named !== undefined && !sameBytes(chain.print, named)) {
    throw otherPrint(`${party}: these cards are not those that the charter names`);
  }
  return chain !== undefined && (named !== undefined || compared !== undefined) ? chain.cards : [];
}

/** The head of a note under the reader's policy, or under one rebuilt from cards. */
function judgeNote(data, trust, charter) {
  const { note, head } = readCheckpoint(data);
  const { signatures } = note;
  const party = partyOf(head.origin);
  const members = charter === null ? null : memberNames(charter);
  const cards = trustedCards(trust, party, charter);
  const policy = trust.policies.find((each) => logKeyOf(each).name === head.origin);
  let counted;
  let log6;
  let basis = "brought";
  if (policy !== undefined) {
    log6 = logKeyOf(policy);
    verifyLine(head, log6, requiredLine(signatures, log6));
    counted = tally(policy, head, signatures, members);
    if (!counted.isMet) {
      throw new Refused(
        "record.quorum-not-met",
        `${head.origin} at ${head.size}: quorum \`${policy.quorum}\` is not met`,
      );
    }
  } else if (trust.policies.length > 0 && !trust.fingerprints.has(party)) {
    throw badNote(`${head.origin}: no policy that was given is about this log`);
  } else {
    log6 = cardLogKey(cards, head.origin, signatures);
    if (log6 === null) return unsignedHead(head);
    verifyLine(head, log6, requiredLine(signatures, log6));
    counted = charterTally(head, signatures, charter);
    basis = trust.fingerprints.has(party) ? "rebuilt" : "unverified";
  }
  const ed25519 = checkLog1(head, signatures, cards, log6);
  const { receipts, remarks } = countReceipts(head, signatures, counted.receipts, trust, charter);
  const compromised = compromisedSince(cards, log6);
  return {
    head, basis, ed25519, receipts, remarks, compromised,
    committed: counted.committed,
    witnesses: counted.witnesses,
    own: compromised === null ? null : ownPart(head, trust),
  };
}

function unsignedHead(head) {
  return {
    head, basis: "unverified", ed25519: "unchecked", receipts: new Map(), witnesses: new Map(),
    committed: null, compromised: null, own: null,
    remarks: ["no policy was given and no card is at hand: no signature was checked"],
  };
}

/** The 0x06 log key of the newest card that has a line in the note. */
function cardLogKey(cards, origin, signatures) {
  for (const card of [...cards].reverse()) {
    const [, log6] = logKeys(card, origin);
    if (findLine(signatures, log6) !== undefined) return log6;
  }
  if (cards.length > 0) throw badNote(`${origin}: no line of a log key that stands on a card`);
  return null;
}

/** The cosignatures under the charter's own quorum, which has to be met. */
function charterTally(head, signatures, charter) {
  if (charter === null) return { committed: null, receipts: new Map(), witnesses: new Map() };
  const counted = tally(charterPolicy(charter), head, signatures, memberNames(charter));
  if (!counted.isMet) {
    throw new Refused(
      "record.quorum-not-met", `${head.origin} at ${head.size}: the charter's quorum is not met`,
    );
  }
  return counted;
}

/** The 0x01 line, checked with the key of the card that names the 0x06 key. */
function checkLog1(head, signatures, cards, log6) {
  if (cards.length === 0) return "unchecked";
  const card = [...cards].reverse().find((each) => sameKey(each.log6, log6));
  if (card === undefined) {
    throw badNote(`${head.origin}: the policy's log key stands on no card of its party`);
  }
  const [log1] = logKeys(card, head.origin);
  const line = findLine(signatures, log1);
  if (line === undefined) return "absent";
  verifyLine(head, log1, line);
  return "good";
}

/**
 * Receipts that the policy counted, and those under the keys of cards that the reader compared. One
 * whose key came into other hands counts only if a log named it before, under a quorum.
 */
function countReceipts(head, signatures, counted, trust, charter) {
  const receipts = new Map(counted);
  const remarks = [];
  const sender = partyOf(head.origin);
  const chains = (charter === null ? [] : memberNames(charter))
    .filter((party) => trust.fingerprints.has(party) && party !== sender)
    .map((party) => [party, trustedCards(trust, party, charter)]);
  for (const [party, cards] of chains) {
    const card = [...cards].reverse().find(
      (each) => findLine(signatures, each.receipt6) !== undefined,
    );
    if (card === undefined) continue;
    if (!receipts.has(party)) {
      receipts.set(party, verifyPair(head, signatures, card.receipt4, card.receipt6));
    }
    const since = compromisedSince(cards, card.receipt6);
    if (since === null) continue;
    const lines = [card.receipt4, card.receipt6].map((vkey) => requiredLine(signatures, vkey).line);
    const digest = sha256(toBytes(lines.map((line) => `${line}\n`).join("")));
    if (trust.vouchers.some((each) => isVouched(each, party, head, digest, since))) {
      remarks.push(
        `the key of the receipt of ${party} was reported compromised; the receipt was` +
          " named before that in a log that the quorum held, so it stands",
      );
    } else {
      receipts.delete(party);
      remarks.push(
        `the receipt of ${party} is not counted: its key was reported compromised, and` +
          " nothing here shows that the receipt was given before",
      );
    }
  }
  return { receipts, remarks };
}

/** Whether a statement in a log shows that the addressee's receipt stood before its key was lost. */
function isVouched(voucher, addressee, head, digest, since) {
  if (voucher.origin !== head.origin || voucher.committed >= since) return false;
  if (voucher.digest !== null) {
    return (
      voucher.party === partyOf(head.origin) && voucher.size === head.size &&
      sameBytes(voucher.digest, digest)
    );
  }
  if (voucher.party !== addressee) return false;
  return (
    voucher.size > head.size ||
    (voucher.size === head.size && sameBytes(voucher.root, head.root))
  );
}

/** When the charter's quorum held the card log at each of its sizes after the first. */
function newerCardTimes(trust, party, charter) {
  const times = [];
  const notes = trust.cards.get(party)?.notes ?? [];
  notes.forEach((data, n) => {
    if (n === 0) return;
    const { note, head } = readCheckpoint(data);
    const counted = tally(charterPolicy(charter), head, note.signatures, memberNames(charter));
    if (counted.isMet && counted.committed !== null) times.push([n + 1, counted.committed]);
  });
  return times;
}
