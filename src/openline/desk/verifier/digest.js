// The list in an in-force digest, held against its root (PROTOCOL part 11, "In-force digest").

const LIST_WHAT = "in-force list";
const LIST_BLOCKS_MAX = 150;
const LIST_ROWS_MAX = 200;

/** The list of a digest; null for another form. `lack` says why it cannot be relied on. */
function judgeList(header) {
  if (!header.format.startsWith("humanitarian/digest@")) return null;
  const shown = (path) => header.shown.get(path)?.json;
  const asOf = shown("as_of");
  if (typeof asOf !== "string") return { asOf: "", rows: [], lack: "its time is not shown" };
  const blocks = [];
  for (let n = 1; n <= LIST_BLOCKS_MAX; n += 1) {
    const block = [shown(`list.${n}.origin`), shown(`list.${n}.rows`)];
    if (!block.every((each) => typeof each === "string")) break;
    blocks.push(block);
  }
  try {
    const rows = parseBlocks(blocks);
    return { asOf, rows, lack: lackOfList(rows, shown("count"), shown("root")) };
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    return { asOf, rows: [], lack: refusal.message };
  }
}

function parseBlocks(blocks) {
  const rows = [];
  const sizes = [];
  for (const [origin, text] of blocks) {
    const lines = text.split("\n");
    const rest = lines.pop();
    if (rest !== "" || lines.length === 0 || lines.length > LIST_ROWS_MAX) {
      throw malformed(LIST_WHAT, `a block is not 1 to ${LIST_ROWS_MAX} whole lines`);
    }
    rows.push(...lines.map((line) => parseRow(origin, line)));
    sizes.push([origin, lines.length]);
  }
  const isSorted = rows.every((row, at) => at === 0 || compareRows(rows[at - 1], row) <= 0);
  // Only the last block of a log may be short.
  const isDivided = sizes.every(
    ([origin, size], at) => size === LIST_ROWS_MAX || sizes[at + 1]?.[0] !== origin,
  );
  if (!isSorted || !isDivided) throw malformed(LIST_WHAT, "not sorted, or not divided as it should be");
  if (new Set(rows.map(({ origin, index }) => `${origin} ${index}`)).size !== rows.length) {
    throw malformed(LIST_WHAT, "a notice stands in it twice");
  }
  return rows;
}

function parseRow(origin, line) {
  const words = line.split(" ");
  if (words.length !== 3) throw malformed(LIST_WHAT, "a row is not index, version and end");
  if (words[2] !== "-") parseTime(words[2]);
  const index = parseInteger(words[0], INTEGER_MAX, LIST_WHAT);
  const version = unb64(words[1], HASH_SIZE, LIST_WHAT);
  return { origin, index, version, until: words[2] === "-" ? "" : words[2], line };
}

function compareRows(one, other) {
  return (
    compareText(one.origin, other.origin) || one.index - other.index ||
    compareText(hex(one.version), hex(other.version)) || compareText(one.until, other.until)
  );
}

function lackOfList(rows, count, root) {
  if (typeof count !== "number") return "its count is not shown";
  if (count !== rows.length) return `${rows.length} notices are shown, the digest counts ${count}`;
  const hashes = rows.map(({ origin, line }) => leafHash(toBytes(`${origin} ${line}\n`)));
  if (root !== b64(rootOf(hashes))) return "the list that is shown does not have the root of the digest";
  return "";
}

/** ORIGIN:INDEX, or null for anything else. */
function entryNamed(asked) {
  const found = /^(.*):([0-9]{1,15})$/s.exec(asked);
  return found === null ? null : [found[1], Number(found[2])];
}

const isListed = (list, [origin, index]) =>
  list.rows.some((row) => row.origin === origin && row.index === index);

function listLines(list, asked) {
  if (list.lack !== "") return [`in-force list: not shown: ${list.lack}`];
  const lines = [`in-force list: complete, ${list.rows.length} notices as of ${list.asOf}`];
  const named = entryNamed(asked);
  if (named !== null) {
    const word = isListed(list, named) ? "in force" : "not in the list, so not in force";
    lines.push(`${named[0]} entry ${named[1]}: ${word} as of ${list.asOf}, says its author`);
  }
  return lines;
}

function listFacts(list, asked) {
  const facts = { list_shown: list.lack === "", as_of: list.asOf };
  if (list.lack !== "") return { ...facts, list_lack: list.lack };
  facts.in_force = list.rows.length;
  const named = entryNamed(asked);
  if (named !== null) facts.listed = isListed(list, named);
  return facts;
}
