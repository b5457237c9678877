// Openline JSON: one spelling per value (PROTOCOL part 2), and taking values apart.

const NESTING_MAX = 16;
const NESTING_READ = 1000; // deeper than this nothing is read at all
const VALUES_MAX = 10_000;
const JSON_BYTES_MAX = 16 * 1024 * 1024;
const JSON_KEY = /^[a-z0-9_]{1,64}$/;
const JSON_WHAT = "Openline JSON";

// What JSON has and Openline JSON has not; read so that the refusal can say which rule was broken.
const OTHER = Symbol("null or fraction");
const LARGE = Symbol("integer of 2**53 or more");

const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads one JSON value at the beginning of a text; what follows it is not looked at. */
class Scanner {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail() {
    throw malformed(JSON_WHAT, "not UTF-8 or not JSON");
  }

  space() {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at += 1;
  }

  string() {
    const pieces = [];
    const plain = /[^"\\\x00-\x1f]*/y;
    for (this.at += 1; ; ) {
      plain.lastIndex = this.at;
      plain.exec(this.text);
      const end = plain.lastIndex;
      pieces.push(this.text.slice(this.at, end));
      this.at = end + 1;
      if (this.text[end] === '"') return pieces.join("");
      if (this.text[end] !== "\\") this.fail();
      pieces.push(this.escape());
    }
  }

  escape() {
    const letter = this.text[this.at];
    this.at += 1;
    const plain = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
    if (letter === "u") {
      const digits = this.text.slice(this.at, this.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail();
      this.at += 4;
      return String.fromCharCode(parseInt(digits, 16));
    }
    if (letter === undefined || !Object.hasOwn(plain, letter)) this.fail();
    return plain[letter];
  }

  scalar() {
    for (const [word, value] of [
      ["true", true], ["false", false], ["null", OTHER], ["NaN", OTHER], ["Infinity", OTHER],
      ["-Infinity", OTHER],
    ]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    const number = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
    number.lastIndex = this.at;
    const found = number.exec(this.text);
    if (found === null) this.fail();
    this.at = number.lastIndex;
    if (found[2] !== undefined || found[3] !== undefined) return OTHER;
    if (found[1].length > 4300) this.fail();
    const value = Number(found[1]);
    return Math.abs(value) > INTEGER_MAX ? LARGE : value + 0;
  }

  /** A value, with a stack of its own: nesting cannot exhaust that of the machine. */
  value() {
    const open = []; // containers that are not closed yet, each with the key that waits
    for (;;) {
      let value;
      const letter = this.text[this.at];
      if (letter === '"') {
        value = this.string();
      } else if (letter === "[" || letter === "{") {
        if (open.length >= NESTING_READ) this.fail();
        this.at += 1;
        this.space();
        value = letter === "[" ? [] : Object.create(null);
        const close = letter === "[" ? "]" : "}";
        if (this.text[this.at] !== close) {
          open.push({ value, close, key: letter === "{" ? this.key() : null });
          continue;
        }
        this.at += 1;
      } else {
        value = this.scalar();
      }
      for (;;) {
        const inside = open[open.length - 1];
        if (inside === undefined) return value;
        if (inside.key === null) inside.value.push(value);
        else inside.value[inside.key] = value;
        this.space();
        const next = this.text[this.at];
        this.at += 1;
        if (next === ",") {
          this.space();
          if (inside.key !== null) inside.key = this.key();
          break;
        }
        if (next !== inside.close) this.fail();
        value = inside.value;
        open.pop();
      }
    }
  }

  key() {
    if (this.text[this.at] !== '"') this.fail();
    const key = this.string();
    this.space();
    if (this.text[this.at] !== ":") this.fail();
    this.at += 1;
    this.space();
    return key;
  }
}

function isWhole(text) {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0xd800 && code < 0xe000) {
      const next = text.charCodeAt(at + 1);
      if (code >= 0xdc00 || !(next >= 0xdc00 && next < 0xe000)) return false;
      at += 1;
    }
  }
  return true;
}

/** The only spelling of a value, as text. */
function spellJson(value) {
  if (typeof value === "string") {
    if (!isWhole(value)) throw malformed(JSON_WHAT, "a string holds half of a surrogate pair");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(spellJson).join(",")}]`;
  if (isTable(value)) {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `"${key}":${spellJson(value[key])}`).join(",")}}`;
  }
  return String(value);
}

/** Types, keys and limits, level by level. */
function checkJson(value, valuesMax) {
  let level = [value];
  let count = 0;
  for (let depth = 0; depth <= NESTING_MAX; depth += 1) {
    count += level.length;
    if (count > valuesMax) throw malformed(JSON_WHAT, `more than ${valuesMax} values`);
    const inner = [];
    for (const each of level) {
      if (each === LARGE) throw malformed(JSON_WHAT, "an integer of 2**53 or more");
      if (each === OTHER) {
        throw malformed(
          JSON_WHAT, "neither string, integer, array, object, true nor false",
        );
      }
      if (typeof each === "object") inner.push(each);
    }
    if (inner.length === 0) return;
    if (depth === NESTING_MAX) break;
    level = [];
    for (const each of inner) {
      if (!Array.isArray(each) && !Object.keys(each).every((key) => JSON_KEY.test(key))) {
        throw malformed(JSON_WHAT, "a key that is not [a-z0-9_]{1,64}");
      }
      for (const member of Object.values(each)) level.push(member);
    }
  }
  throw malformed(JSON_WHAT, `nested more than ${NESTING_MAX} deep`);
}

/** Reads a value strictly, from bytes or from text whose length is bounded already. */
function parseJson(data, valuesMax = VALUES_MAX, bytesMax = JSON_BYTES_MAX) {
  const isText = typeof data === "string";
  if (!isText && data.length > bytesMax) {
    throw malformed(JSON_WHAT, `longer than ${bytesMax} bytes`);
  }
  const text = isText ? data : fromBytes(data, JSON_WHAT, "not UTF-8 or not JSON");
  const value = new Scanner(text).value();
  checkJson(value, valuesMax);
  if (spellJson(value) !== text) throw malformed(JSON_WHAT, "not the canonical spelling");
  return value;
}

// ---- taking a value apart ----------------------------------------------------------------------

function asText(value, what) {
  if (typeof value !== "string") throw malformed(what, "not text");
  return value;
}

function asWhole(value, what) {
  if (typeof value !== "number") throw malformed(what, "not a whole number");
  return checkInteger(value, INTEGER_MAX, what);
}

function asArray(value, what, length) {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    throw malformed(what, length === undefined ? "not an array" : `not an array of ${length}`);
  }
  return value;
}

function asTable(value, what, required, optional = []) {
  const keys = isTable(value) ? Object.keys(value) : [];
  if (
    !isTable(value) ||
    !required.every((key) => keys.includes(key)) ||
    !keys.every((key) => required.includes(key) || optional.includes(key))
  ) {
    throw malformed(what, `not an object of ${[...required].sort().join(", ")}`);
  }
  return value;
}

const asData = (value, what, size) => unb64(asText(value, what), size, what);

function asHashes(value, what, most) {
  const found = asArray(value, what);
  if (found.length > most) throw malformed(what, `more than ${most} hashes`);
  return found.map((each) => asData(each, what, HASH_SIZE));
}
