// Single values as people read them: a place with its letters, a text with its language, a code by
// its name. What is not of the type that the form says is shown as it is spelled.

/** Elements for one value; each has a direction of its own. */
function spelledValue(value, text, item, page) {
  if (item?.type === "area" && isObject(value)) return spelledArea(value, page);
  if (["text", "text-or-string"].includes(item?.type) && Array.isArray(value)) {
    return value.map((part) => spelledText(part, page));
  }
  const codes = item?.codes ?? {};
  const known = (Array.isArray(value) ? value : [value]).map((each) => codes[each]);
  if (known.length > 0 && known.every((each) => each !== undefined)) {
    return known.map((each) => line(page.term(each)));
  }
  if (item?.type === "time" && momentOf(value) !== null) {
    return [line(`${dateTimeGroup(value)} (${value})`)];
  }
  if (typeof value === "boolean") return [line(page.term(value ? "word.yes" : "word.no"))];
  const isText = typeof value === "string";
  return (isText ? value.split("\n").map(visible) : [visible(text)]).map((each) => line(each));
}

const SHORT_MAX = 60;

/** One value in a sentence; "" where it is too long for one, or has several lines. */
function shortValue(value, item, page) {
  if (item?.type === "time" && momentOf(value) !== null) {
    return `${dateTimeGroup(value)} (${momentInWords(value, page)})`;
  }
  const lines = spelledValue(value, spellJson(value), item, page).map((each) => each.textContent);
  return lines.length === 1 && lines[0].length <= SHORT_MAX ? lines[0] : "";
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const MOMENT = /^(\d{4})-(0[1-9]|1[0-2])-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;

/** The parts of a time as messages spell it; null for anything else. */
const momentOf = (value) => (typeof value === "string" ? MOMENT.exec(value) : null);

/** Military form of a time: 200800Z FEB 23. */
function dateTimeGroup(value) {
  const [, year, month, day, hour, minute] = momentOf(value);
  return `${day}${hour}${minute}Z ${MONTHS[Number(month) - 1]} ${year.slice(2)}`;
}

/** As the reader would say it: 1 March 2023, 08:00Z. */
function momentInWords(value, page) {
  const [, year, month, day, hour, minute, second] = momentOf(value);
  const name = page.say("date.months").split(", ")[Number(month) - 1];
  const words = page.say("date.words", { day: Number(day), month: name, year: Number(year) });
  return `${words}, ${hour}:${minute}${second === "00" ? "" : `:${second}`}Z`;
}

const line = (...children) =>
  made("div", {}, ...children.map((each) => (typeof each === "string" ? made("bdi", {}, each) : each)));

/** One language of a text, its status before it; a part of another shape as it is spelled. */
function spelledText(part, page) {
  const [lang, status, words] = ["lang", "status", "text"].map((key) => part?.[key]);
  if (![lang, status, words].every((each) => typeof each === "string")) {
    return line(visible(spellJson(part)));
  }
  const kind = TEXT_STATUSES.includes(status) ? page.term(`text.${status}`) : visible(status);
  const beside = made("bdi", { className: "beside" }, `[${visible(lang)}, ${kind}]`);
  const said = words.split("\n").map((each) => made("bdi", {}, visible(each)));
  return made("div", {}, beside, " ", ...said);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const TEXT_STATUSES = ["original", "official", "courtesy"];

function spelledArea(area, page) {
  const { points } = area;
  const isPoint = (each) => Array.isArray(each) && each.length === 2;
  if (!Array.isArray(points) || !points.every(isPoint)) return [line(visible(spellJson(area)))];
  const rows = points.map(([longitude, latitude]) =>
    made("bdi", { dir: "ltr" }, `${degreesOf(latitude, "NS")} ${degreesOf(longitude, "EW")}`),
  );
  const limits = [["radius_m", "area.radius"], ["lower_m", "area.lower"], ["upper_m", "area.upper"]]
    .filter(([key]) => key in area)
    .map(([key, term]) => line(`${page.term(term)}: ${area[key]} ${page.term("unit.m")}`));
  return [...rows.map((each) => line(each)), ...limits];
}

/** Units of 1e-7 degree with seven decimals and the letter that no order can be mistaken by. */
function degreesOf(units, letters) {
  const value = BigInt(units);
  const size = value < 0n ? -value : value;
  const part = String(size % 10_000_000n).padStart(7, "0");
  return `${size / 10_000_000n}.${part}°${letters[value < 0n ? 1 : 0]}`;
}
