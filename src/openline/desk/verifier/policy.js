// Trust policies: reading them, and holding them against the lines of a note (PROTOCOL parts 1, 8, 9).

const POLICY_CHARS_MAX = 262_144;
const POLICIES_MAX = 64;
const POLICY_LOGS_MAX = 32;
const POLICY_NAMES_MAX = 256;

const badPolicy = (message) => new Refused("record.bad-policy", message);
const policyWords = (line) => line.replaceAll("\t", " ").split(" ").filter((word) => word !== "");

function parsePolicy(text, withLog) {
  if (codePoints(text) > POLICY_CHARS_MAX) {
    throw malformed("policy", `longer than ${POLICY_CHARS_MAX} characters`);
  }
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(text)) throw malformed("policy", "holds a control character");
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: undefined };
  for (const line of text.split("\n")) {
    const words = policyWords(line);
    if (words.length > 0 && !words[0].startsWith("#")) takePolicyLine(policy, words);
  }
  if (policy.quorum === undefined) throw malformed("policy", "no quorum line");
  if (policy.logs.length > 0 !== withLog) {
    throw malformed("policy", withLog ? "no log line" : "log lines have no place here");
  }
  checkPolicy(policy);
  return policy;
}

function takePolicyLine(policy, [kind, ...rest]) {
  const isKnown = (name) => policy.witnesses.has(name) || policy.groups.has(name);
  const define = (name) => {
    if (isKnown(name)) throw malformed("policy", "a name is defined twice");
  };
  const needKnown = (names) => {
    if (!names.every(isKnown)) throw malformed("policy", "a name is used before it is defined");
  };
  if (kind === "log" && (rest.length === 1 || rest.length === 2)) {
    policy.logs.push({ vkey: parseVkey(rest[0]), url: rest[1] });
  } else if (kind === "witness" && (rest.length === 2 || rest.length === 3)) {
    define(rest[0]);
    policy.witnesses.set(rest[0], { vkey: parseVkey(rest[1]), url: rest[2] });
  } else if (kind === "group" && rest.length >= 3) {
    define(rest[0]);
    const members = rest.slice(2);
    needKnown(members);
    policy.groups.set(rest[0], { k: parseThreshold(rest[1], members.length), members });
  } else if (kind === "quorum" && rest.length === 1 && policy.quorum === undefined) {
    if (rest[0] !== "none") needKnown(rest);
    policy.quorum = rest[0] === "none" ? null : rest[0];
  } else {
    throw malformed("policy", "a line that is no log, witness, group or single quorum");
  }
}

function parseThreshold(word, members) {
  if (word === "all") return members;
  return word === "any" ? 1 : parseInteger(word, members, "policy threshold");
}

/** Kinds that fit the role, no key and no member twice, names that are words. */
function checkPolicy(policy) {
  if (policy.logs.length > POLICY_LOGS_MAX || policy.witnesses.size > POLICY_NAMES_MAX) {
    throw malformed("policy", `more than ${POLICY_LOGS_MAX} logs or ${POLICY_NAMES_MAX} witnesses`);
  }
  for (const [kinds, entries] of [
    [[ED25519, ML_DSA_44], policy.logs],
    [[ED25519_COSIGNATURE, ML_DSA_44], [...policy.witnesses.values()]],
  ]) {
    const seen = new Set();
    for (const { vkey, url } of entries) {
      if (!kinds.includes(vkey.kind)) {
        throw malformed("policy", "a key whose kind does not fit its role");
      }
      if (seen.has(hex(vkey.key))) throw malformed("policy", "one public key stands on two lines");
      seen.add(hex(vkey.key));
      if (url !== undefined) checkWord(url, "policy url");
    }
  }
  for (const name of policy.witnesses.keys()) checkPolicyName(name);
  let known = policy.witnesses.size;
  const used = new Set();
  for (const [name, group] of policy.groups) {
    checkPolicyName(name);
    if (known > 2 * POLICY_NAMES_MAX) {
      throw malformed("policy", "a name is defined twice, or there are too many groups");
    }
    known += 1;
    const members = new Set(group.members);
    if (members.size !== group.members.length || group.members.some((each) => used.has(each))) {
      throw malformed("policy", "a name is a member twice");
    }
    if (group.k < 1 || group.k > group.members.length) {
      throw malformed("policy", "a threshold below one or above the number of members");
    }
    for (const each of members) used.add(each);
  }
}

function checkPolicyName(name) {
  if (checkWord(name, "policy name") === "none") throw malformed("policy", "`none` names nobody");
}

/** A file of one or more policies; each begins with its one `log` line. */
function parsePolicies(text) {
  if (codePoints(text) > POLICIES_MAX * POLICY_CHARS_MAX) {
    throw malformed("policy", `longer than ${POLICIES_MAX} policies`);
  }
  const pieces = [[]];
  let hasLog = false;
  for (const line of text.split("\n")) {
    const isLog = /^ *log /.test(line.replaceAll("\t", " "));
    if (isLog && hasLog) pieces.push([]);
    hasLog = hasLog || isLog;
    pieces[pieces.length - 1].push(line);
  }
  if (pieces.length > POLICIES_MAX) {
    throw malformed("policy", `more than ${POLICIES_MAX} policies in one file`);
  }
  return pieces.map((piece) => parsePolicy(piece.join("\n"), true));
}

// ---- what the lines of a note amount to --------------------------------------------------------

function logKeyOf(policy) {
  if (policy.logs.length !== 1 || policy.logs[0].vkey.kind !== ML_DSA_44) {
    throw badPolicy("a policy has exactly one log line, the 0x06 key under the origin");
  }
  return policy.logs[0].vkey;
}

/** The groups `all` of the two keys of one cosigner; `receiptOf` names a member of the line. */
function cosignersOf(policy, members) {
  const pairs = new Map();
  for (const [name, group] of policy.groups) {
    const direct = group.members
      .filter((each) => policy.witnesses.has(each))
      .map((each) => policy.witnesses.get(each).vkey);
    if (direct.length === 0) continue;
    const vkey4 = direct.find((vkey) => vkey.kind === ED25519_COSIGNATURE);
    const vkey6 = direct.find((vkey) => vkey.kind === ML_DSA_44);
    if (
      group.members.length !== 2 || direct.length !== 2 || group.k !== 2 ||
      vkey4 === undefined || vkey6 === undefined || vkey4.name !== vkey6.name
    ) {
      throw badPolicy(`group ${name}: not \`all\` of the two keys of one cosigner`);
    }
    const isNamed = vkey4.name.endsWith("/receipt");
    const party = isNamed ? vkey4.name.slice(0, -"/receipt".length) : vkey4.name;
    const isReceipt = isNamed && (members === null || members.includes(party));
    pairs.set(name, { vkey4, vkey6, receiptOf: isReceipt ? party : null });
  }
  return pairs;
}

/** The time of a cosigner whose lines are good: both are there and state one time above 0. */
function pairTime(signatures, pair) {
  const [one, other] = [pair.vkey4, pair.vkey6].map((vkey) => {
    const line = findLine(signatures, vkey);
    return line === undefined ? 0n : timeOf(line);
  });
  return one === other && one !== 0n ? one : null;
}

/** Counts the cosignatures on a head. A bad line of a known key refuses the note. */
function tally(policy, head, signatures, members) {
  const cosigners = cosignersOf(policy, members);
  for (const { vkey } of policy.witnesses.values()) {
    const line = findLine(signatures, vkey);
    if (line !== undefined) verifyLine(head, vkey, line);
  }
  const times = new Map();
  for (const [name, pair] of cosigners) times.set(name, pairTime(signatures, pair));
  const receipts = new Map();
  const witnesses = new Map();
  for (const [name, pair] of cosigners) {
    const time = times.get(name);
    if (time === null) continue;
    if (pair.receiptOf === null) witnesses.set(pair.vkey6.name, time);
    else if (pair.receiptOf !== partyOf(head.origin)) receipts.set(pair.receiptOf, time);
  }
  return { ...quorumOf(policy, cosigners, times), receipts, witnesses };
}

/** Whether the quorum is met, and the time at which its neutral part was met. */
function quorumOf(policy, cosigners, times) {
  if (policy.quorum === null) return { isMet: true, committed: null };
  const met = new Map();
  const neutral = new Map(); // [has a neutral member, when that part was met]
  for (const [name, group] of policy.groups) {
    if (cosigners.has(name)) {
      const isWitness = cosigners.get(name).receiptOf === null;
      met.set(name, times.get(name) !== null);
      neutral.set(name, [isWitness, isWitness ? times.get(name) : null]);
      continue;
    }
    if (!group.members.every((member) => met.has(member))) {
      throw badPolicy(`group ${name}: names what is not defined before it`);
    }
    met.set(name, group.members.filter((member) => met.get(member)).length >= group.k);
    neutral.set(name, neutralTime(group, group.members.map((member) => neutral.get(member))));
  }
  if (!met.has(policy.quorum)) {
    throw badPolicy(`quorum ${policy.quorum}: names one key; name the group of a cosigner`);
  }
  return { isMet: met.get(policy.quorum), committed: neutral.get(policy.quorum)[1] };
}

/** The k-th smallest time of the members that are not receipts; `all` stays all that remain. */
function neutralTime(group, members) {
  const remaining = members.filter(([hasNeutral]) => hasNeutral).map(([, time]) => time);
  if (remaining.length === 0) return [false, null];
  const known = remaining.filter((time) => time !== null).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const k = group.k === group.members.length ? remaining.length : group.k;
  return [true, known.length >= k ? known[k - 1] : null];
}
