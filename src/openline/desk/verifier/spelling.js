// Small spellings: errors with names, base64, integers, names, lines, times (PROTOCOL part 2).
//
// Written from docs/PROTOCOL.md; shares no code with the program's own verifier, and must give the
// same verdict. All files of this folder are joined into one script by verifier_page.py.

const REMEDIES = {
  "formats.malformed": "Ask whoever sent or wrote these bytes for a correct copy.",
  "envelope.bad-signature": "Ask the sender for the same bytes again; do not act on this copy.",
  "record.bad-note": "Ask the signer for the note again; do not act on this copy.",
  "record.bad-proof":
    "Do not rely on this copy; ask whoever gave it for the original file.",
  "record.bad-policy":
    "Write one log line (the 0x06 key) and, for each cosigner, one group `all` of its two keys.",
  "record.quorum-not-met":
    "Ask for a copy with the missing cosignatures, or wait for them.",
  "record.bad-cards":
    "Ask the party for its card file again and compare the digits with it.",
  "record.other-fingerprint":
    "Compare the thirty digits with the party by telephone or in person.",
  "record.not-a-fork":
    "Treat the log as unexplained: ask all members for their signed heads.",
  "record.bad-asked": "Give a class, a form, or a form and one field: `FORM PATH=VALUE`.",
  "record.bad-release":
    "Do not count this release; ask the sender to release the message anew.",
};

/** A refusal with a name. */
class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
    this.remedy = REMEDIES[code];
  }
}

const malformed = (what, reason) => new Refused("formats.malformed", `${what}: ${reason}`);
const badProof = (message) => new Refused("record.bad-proof", message);
const badNote = (message) => new Refused("record.bad-note", message);
const badRelease = (message) => new Refused("record.bad-release", message);

const INTEGER_MAX = Number.MAX_SAFE_INTEGER;
const HASH_SIZE = 32;
const NAME_BYTES_MAX = 200;
const WORD_BYTES_MAX = 500;

// What Unicode calls white space, and the separators that count as such in a key name.
const SPACES = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACE_OR_PLUS = new RegExp(`[${SPACES}+]`);
const SPACE_AT_END = new RegExp(`^[${SPACES}]|[${SPACES}]$`);
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const PARTY = new RegExp(`^${LABEL}(?:\\.${LABEL})+$`);
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const PORT_AND_PATH = "(?::[1-9][0-9]{0,4})?(?:/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?";
const HTTPS = new RegExp(
  `^https://(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:]+\\])${PORT_AND_PATH}$`,
);
const LOOPBACK = new RegExp(
  `^http://(?:(?:[a-z0-9-]+\\.)*localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1\\])${PORT_AND_PATH}$`,
);
const KEY_NAME = /^[a-z0-9./-]{1,200}$/;
const TOKEN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const toBytes = (text) => encoder.encode(text);
const byteLength = (text) => encoder.encode(text).length;

function fromBytes(data, what, reason = "not UTF-8") {
  try {
    return decoder.decode(data);
  } catch {
    throw malformed(what, reason);
  }
}

function concat(...pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function sameBytes(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Ends a text in front of a separator, as [before, separator or "", after]. */
function parted(text, separator) {
  const at = text.indexOf(separator);
  if (at < 0) return [text, "", ""];
  return [text.slice(0, at), separator, text.slice(at + separator.length)];
}

function startsWith(data, text) {
  const begin = toBytes(text);
  return data.length >= begin.length && begin.every((byte, at) => byte === data[at]);
}

/** The place of two bytes of LF, first or last; -1 if there is none. */
function emptyLine(data, fromEnd) {
  const step = fromEnd ? -1 : 1;
  const stop = fromEnd ? -1 : data.length - 1;
  for (let at = fromEnd ? data.length - 2 : 0; fromEnd ? at > stop : at < stop; at += step) {
    if (data[at] === 10 && data[at + 1] === 10) return at;
  }
  return -1;
}

const NOT_BASE64 = "not standard padded base64 in its one spelling";
const DIGITS64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES64 = new Int8Array(128).fill(-1);
for (let at = 0; at < 64; at += 1) VALUES64[DIGITS64.charCodeAt(at)] = at;

function b64(data) {
  let text = "";
  for (let at = 0; at < data.length; at += 3) {
    const [a, b, c] = [data[at], data[at + 1], data[at + 2]];
    text += DIGITS64[a >> 2] + DIGITS64[((a & 3) << 4) | ((b ?? 0) >> 4)];
    text += b === undefined ? "=" : DIGITS64[((b & 15) << 2) | ((c ?? 0) >> 6)];
    text += c === undefined ? "=" : DIGITS64[c & 63];
  }
  return text;
}

/** The bytes of canonical padded base64, `size` of them if given. */
function unb64(text, size, what = "base64") {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  if (text.length % 4 !== 0) throw malformed(what, NOT_BASE64);
  const data = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let out = 0;
  for (let at = 0; at < digits; at += 1) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? VALUES64[code] : -1;
    if (value < 0) throw malformed(what, NOT_BASE64);
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      data[out] = (bits >> held) & 255;
      out += 1;
    }
  }
  if (bits & ((1 << held) - 1)) throw malformed(what, NOT_BASE64);
  if (size !== undefined && data.length !== size) {
    throw malformed(what, `${data.length} bytes instead of ${size}`);
  }
  return data;
}

/** Lower-case base32 without padding. */
function b32(data) {
  const digits = "abcdefghijklmnopqrstuvwxyz234567";
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of data) {
    bits = ((bits << 8) | byte) & 0x1fff;
    for (held += 8; held >= 5; held -= 5) text += digits[(bits >> (held - 5)) & 31];
  }
  return held ? text + digits[(bits << (5 - held)) & 31] : text;
}

function parseInteger(text, most = INTEGER_MAX, what = "integer") {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text)) throw malformed(what, "not a decimal integer");
  const value = BigInt(text);
  if (value > BigInt(most)) throw malformed(what, `larger than ${most}`);
  return Number(value);
}

function checkInteger(value, most = INTEGER_MAX, what = "integer") {
  if (value < 0 || value > most) throw malformed(what, `not within 0 and ${most}`);
  return value;
}

function checkSize(data, size, what) {
  if (data.length !== size) throw malformed(what, `${data.length} bytes instead of ${size}`);
  return data;
}

function checkParty(name) {
  if (name.length > 100 || !PARTY.test(name)) {
    throw malformed("party name", "not a lower-case domain name of at most 100 bytes");
  }
  return name;
}

function checkDomain(name) {
  if (name.length > 253 || !DOMAIN.test(name)) {
    throw malformed("domain name", "not a lower-case domain name");
  }
  return name;
}

function checkKeyName(name) {
  if (!KEY_NAME.test(name)) throw malformed("key name", "not [a-z0-9./-]{1,200}");
  return name;
}

function checkNoteName(name) {
  const length = byteLength(name);
  if (length < 1 || length > NAME_BYTES_MAX) {
    throw malformed("key name", `empty or longer than ${NAME_BYTES_MAX} bytes`);
  }
  if (SPACE_OR_PLUS.test(name)) throw malformed("key name", "holds a space or a plus sign");
  if (CONTROL.test(name)) throw malformed("key name", "holds a control character");
  return name;
}

function checkToken(text, what) {
  if (!TOKEN.test(text)) {
    throw malformed(what, "not a lower-case word of [a-z0-9._-], at most 64 bytes");
  }
  return text;
}

function checkWord(text, what) {
  const length = byteLength(text);
  if (length < 1 || length > WORD_BYTES_MAX) {
    throw malformed(what, `empty or longer than ${WORD_BYTES_MAX} bytes`);
  }
  if (/[\x00-\x20\x7f]/.test(text)) {
    throw malformed(what, "holds a space or a control character");
  }
  return text;
}

function checkUrl(text) {
  if (codePoints(text) > WORD_BYTES_MAX || !(HTTPS.test(text) || LOOPBACK.test(text))) {
    throw malformed("url", "not https, or http on a host other than loopback");
  }
  return text;
}

function checkLine(text, most, what) {
  const length = byteLength(text);
  if (length < 1 || length > most) throw malformed(what, `empty or longer than ${most} bytes`);
  if (text.includes("\n") || CONTROL.test(text)) {
    throw malformed(what, "holds a line end or a control character");
  }
  if (SPACE_AT_END.test(text)) throw malformed(what, "begins or ends with a space");
  return text;
}

function checkSorted(keys, what) {
  for (let at = 1; at < keys.length; at += 1) {
    if (keys[at - 1] >= keys[at]) throw malformed(what, "not sorted, or twice");
  }
}

function codePoints(text) {
  let count = text.length;
  for (let at = 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0xdc00 && code < 0xe000) count -= 1;
  }
  return count;
}

const compareText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

const LAST_SECOND = 253402300799n; // 9999-12-31T23:59:59Z: no calendar here goes further

/** A time as `2023-02-20T08:00:00Z`, or the bare number where no calendar has it. */
function timeText(time) {
  if (time > LAST_SECOND) return String(time);
  return `${new Date(Number(time) * 1000).toISOString().slice(0, 19)}Z`;
}

/** The seconds of a time in exactly that spelling. */
function parseTime(text) {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/.test(text)) {
    throw malformed("time", "not YYYY-MM-DDThh:mm:ssZ");
  }
  const moment = new Date(text);
  if (text.startsWith("0000") || Number.isNaN(moment.getTime())) {
    throw malformed("time", "no such day or hour");
  }
  if (`${moment.toISOString().slice(0, 19)}Z` !== text) {
    throw malformed("time", "no such day or hour");
  }
  return BigInt(moment.getTime() / 1000);
}

/** The lines of a text that ends with LF, without their LFs; no other control character. */
function textLines(data, most, what) {
  const isText = typeof data === "string";
  if ((isText ? codePoints(data) : data.length) > most) {
    throw malformed(what, `longer than ${most} bytes`);
  }
  const text = isText ? data : fromBytes(data, what);
  if (!text.endsWith("\n")) throw malformed(what, "does not end with LF");
  if (CONTROL.test(text)) throw malformed(what, "holds a control character");
  return text.slice(0, -1).split("\n");
}

/** The lines of one text of keywords, taken from first to last. */
class Lines {
  constructor(data, most, what) {
    this.lines = textLines(data, most, what);
    this.at = 0;
    this.what = what;
  }

  line() {
    if (this.at === this.lines.length) throw malformed(this.what, "ends too early");
    this.at += 1;
    return this.lines[this.at - 1];
  }

  exactly(line) {
    if (this.line() !== line) throw malformed(this.what, `line ${this.at} is not \`${line}\``);
  }

  one(keyword) {
    const [word, , rest] = parted(this.line(), " ");
    if (word !== keyword) throw malformed(this.what, `line ${this.at} is not \`${keyword}\``);
    return rest;
  }

  raw(...keywords) {
    const found = [];
    while (
      this.at < this.lines.length && keywords.includes(parted(this.lines[this.at], " ")[0])
    ) {
      found.push(this.line());
    }
    return found;
  }

  words(keyword, count) {
    const found = this.raw(keyword).map((line) => line.split(" ").slice(1));
    if (found.some((words) => words.length !== count)) {
      throw malformed(this.what, `a \`${keyword}\` line without ${count} words after it`);
    }
    return found;
  }

  end() {
    if (this.at !== this.lines.length) {
      throw malformed(this.what, `line ${this.at + 1} is out of place`);
    }
  }
}

const HIDING = /[\u202a-\u202e\u2066-\u2069\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]/u;

/** Text whose hidden and turning letters are spelled out. */
function visible(text) {
  let shown = "";
  for (const letter of text) {
    const code = letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    shown += HIDING.test(letter) ? `\\u{${code}}` : letter;
  }
  return shown;
}

const countOf = (number, noun) => (number === 1 ? `1 ${noun}` : `${number} ${noun}s`);
