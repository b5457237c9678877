// The page: which files and trust the reader gives, and how a verdict is shown, printed and kept.

const FILE_BYTES_MAX = 65 * 1024 * 1024;
const SECONDS_MAX = 180;
// Isolates around a value in a sentence; they become elements before anything is shown.
const APART = "\u2068";
const JOINED = "\u2069";
const LIGHTS = ["auto", "day", "night"];
const ASKED_ELSE = "guarantee";
// Parts that only help to check others stand folded.
const HELPERS = ["cards", "charter"];

const words = () => JSON.parse(document.getElementById("words").textContent);

class VerifierPage {
  constructor() {
    this.words = words();
    this.files = [];
    this.result = null;
    this.number = 0;
    this.reading = Promise.resolve();
    this.worker = null;
    this.lang = this.chosenLanguage();
    this.light = "auto";
    this.at = (id) => document.getElementById(id);
  }

  chosenLanguage() {
    const known = this.words.languages.map(({ code }) => code);
    // A desk names the file for its language: the page itself is the same for everybody.
    const named = /\.([a-z]{2})\.html$/.exec(location.pathname)?.[1];
    if (known.includes(named)) return named;
    const asked = navigator.languages.map((each) => each.split("-")[0].toLowerCase());
    return asked.find((each) => known.includes(each)) ?? "en";
  }

  /** A sentence in the reader's language; English stands in for one that is not there. */
  say(key, values = {}) {
    const sentence = this.words.words[this.lang]?.[key] ?? this.words.words.en[key] ?? key;
    return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  }

  /** The same with every value kept apart, so that none turns the sentence; see `spread`. */
  tell(key, values = {}) {
    const apart = Object.entries(values).map(([name, each]) => [name, `${APART}${each}${JOINED}`]);
    return this.say(key, Object.fromEntries(apart));
  }

  term(key) {
    return this.words.terms[this.lang]?.[key] ?? this.words.terms.en[key] ?? key;
  }

  start() {
    const choice = this.at("language");
    for (const { code, name } of this.words.languages) {
      choice.append(made("option", { value: code, lang: code, textContent: name }));
    }
    choice.value = this.lang;
    choice.addEventListener("change", () => {
      this.lang = choice.value;
      this.show();
    });
    const light = this.at("light");
    light.addEventListener("change", () => {
      this.light = light.value;
      this.show();
    });
    this.at("chosen").addEventListener("change", ({ target }) => {
      this.take(target.files).then(() => {
        target.value = "";
      });
    });
    const drop = this.at("drop");
    for (const name of ["dragenter", "dragover"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    }
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      this.take(event.dataTransfer.files);
    });
    this.at("trust").addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    this.at("stop").addEventListener("click", () => this.stop("verify.stopped"));
    this.at("clear").addEventListener("click", () => this.clear());
    window.addEventListener("beforeprint", () => {
      for (const each of document.querySelectorAll("#verdict details")) each.open = true;
    });
    this.at("print").addEventListener("click", () => window.print());
    this.at("save").addEventListener("click", () => this.save());
    this.show();
  }

  // ---- what the reader gives -------------------------------------------------------------------

  /** Reads files one after the other; a check waits until they are there. */
  take(list) {
    const files = [...list];
    this.reading = this.reading.then(() => this.read(files));
    return this.reading;
  }

  async read(files) {
    for (const file of files) {
      if (file.size > FILE_BYTES_MAX) {
        const why = this.say("verify.too-long", { most: FILE_BYTES_MAX });
        this.state(`${visible(file.name)}: ${why}`, true);
        continue;
      }
      const data = new Uint8Array(await file.arrayBuffer());
      this.files.push({ name: file.name, data, kind: kindOf(data) });
    }
    this.forget();
    this.showFiles();
  }

  clear() {
    this.stop(null);
    this.files = [];
    this.at("prints").value = "";
    this.at("allow").checked = false;
    this.forget();
    this.state("");
    this.showFiles();
    this.at("chosen").focus();
  }

  /** A verdict stands only for what it was made from. */
  forget() {
    this.result = null;
    this.at("result").hidden = true;
  }

  of(kind) {
    return this.files.filter((file) => file.kind === kind);
  }

  // ---- the check -------------------------------------------------------------------------------

  async check() {
    this.stop(null);
    this.forget();
    await this.reading;
    const proofs = this.of("proof");
    if (proofs.length !== 1) {
      this.state(this.say(proofs.length === 0 ? "verify.no-proof" : "verify.two-proofs"), true);
      return;
    }
    this.number += 1;
    const given = {
      proof: proofs[0], policies: this.of("policy"), prints: this.at("prints").value,
    };
    const data = (kind) => this.of(kind).map((file) => file.data);
    const request = {
      number: this.number,
      file: proofs[0].data,
      policies: data("policy"),
      cards: data("cards"),
      charters: data("charter"),
      prints: given.prints,
      asked: this.at("asked").value.trim() || ASKED_ELSE,
      allow: this.at("allow").checked,
    };
    this.state(this.say("verify.busy"));
    this.at("stop").hidden = false;
    this.worker = newWorker();
    this.worker.onmessage = ({ data: answer }) => this.done(answer, given);
    this.worker.onerror = () => this.done({ failure: "worker" }, given);
    this.worker.postMessage(request);
    this.timer = setTimeout(() => this.stop("verify.too-slow"), SECONDS_MAX * 1000);
  }

  stop(why) {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.worker = null;
    this.at("stop").hidden = true;
    if (why !== null) this.state(this.say(why, { seconds: SECONDS_MAX }), true);
  }

  done(answer, given) {
    this.stop(null);
    this.state("");
    this.result = { answer, given };
    this.show();
    this.at("result").focus();
    this.at("result").scrollIntoView();
  }

  state(text, isProblem = false) {
    this.at("state").textContent = text;
    this.at("state").className = isProblem ? "problem" : "";
  }

  save() {
    const blob = new Blob([`${this.result.answer.json}\n`], { type: "application/json" });
    const link = made("a", { href: URL.createObjectURL(blob), download: "verdict.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // ---- what is shown ---------------------------------------------------------------------------

  show() {
    const { dir } = this.words.languages.find(({ code }) => code === this.lang);
    document.documentElement.lang = this.lang;
    document.documentElement.dir = dir;
    document.documentElement.dataset.theme = this.light;
    document.title = this.say("verify.title");
    const lights = LIGHTS.map((each) => {
      const key = each === "auto" ? "verify.light-auto" : `theme.${each}`;
      return made("option", { value: each, selected: each === this.light }, this.say(key));
    });
    this.at("light").replaceChildren(...lights);
    for (const element of document.querySelectorAll("[data-say]")) {
      element.textContent = this.say(element.dataset.say);
    }
    this.at("made-by").textContent = this.say("verify.made-by", { version: this.words.version });
    this.showFiles();
    this.at("result").hidden = this.result === null;
    if (this.result !== null) this.at("verdict").replaceChildren(...this.verdict());
  }

  showFiles() {
    const rows = this.files.map((file) => {
      const remove = made("button", { type: "button" }, this.say("verify.remove"));
      remove.setAttribute("aria-label", `${this.say("verify.remove")} ${visible(file.name)}`);
      remove.addEventListener("click", () => {
        this.files = this.files.filter((each) => each !== file);
        this.forget();
        this.showFiles();
        this.at("chosen").focus();
      });
      const kind = made("span", { className: "kind" }, this.say(`verify.as-${file.kind}`));
      return made("li", {}, made("bdi", { dir: "ltr" }, visible(file.name)), kind, remove);
    });
    this.at("files").replaceChildren(...rows);
  }

  verdict() {
    const { answer, given } = this.result;
    if (answer.failure !== undefined) {
      return [made("p", { className: "problem" }, this.say("verify.internal"))];
    }
    const lacks = given.policies.length === 0 && given.prints.trim() === "";
    this.lacksPolicy = lacks;
    const tell = (key, values) => this.tell(key, values);
    const shown =
      answer.refusal === undefined
        ? this.block(answer.table, "h3", story(answer.table, this))
        : this.frame(
            markOf(answer.refusal, lacks), explainedRefusal(answer.refusal.code, tell, lacks), "h3",
          );
    if (this.isUnasked(answer.table)) shown.querySelector(".mark").after(this.wayToBox());
    const parts = (answer.table?.parts ?? []).map((part, at) => [part, at + 1]);
    const isHelper = ([part]) => HELPERS.includes(part.kind) && part.code === undefined;
    // In the order of the file, which is that of their numbers.
    for (const part of parts) {
      shown.append(...(isHelper(part) ? [this.folded(...this.part(part))] : this.part(part)));
    }
    const exact = made("pre", { dir: "ltr", lang: "en" }, answer.lines.map(visible).join("\n"));
    return [
      ...this.banner(answer.table),
      shown,
      this.folded(made("h3", {}, this.say("verify.exact")), exact),
      ...this.checked(given),
    ];
  }

  part([part, number]) {
    const title = this.tell("verify.part", { number, kind: this.say(`verify.as-${part.kind}`) });
    const said = this.meant(this.result.answer.table);
    return [made("h3", {}, ...spread(title)), this.block(part, "h4", [], said)];
  }

  /** What a reader need not see: its heading stays, the rest opens under it. */
  folded(heading, ...rest) {
    return made("details", {}, made("summary", {}, heading), ...rest);
  }

  banner(table) {
    if (table === undefined || table.status === "actual") return [];
    const text = table.status === "unknown" ? this.say("verify.status.unknown") : null;
    return [made("p", { className: "banner" }, text ?? this.term(`status.${table.status}`))];
  }

  /** One verdict: its mark, what is proven, the fields that it shows, what it means. A part does
   * not say again what `said` of the whole says above it. */
  block(table, heading, stories = [], said = []) {
    const meant = this.meant(table).filter((each) => !said.includes(each));
    return this.frame(markOf(table, this.lacksPolicy), meant, heading, [
      ...(stories.length > 0 ? [this.stories(stories)] : []),
      ...(table.kind === "proof" && table.fields !== undefined ? this.fields(table, heading) : []),
    ]);
  }

  meant(table) {
    return explained(table, (key, values) => this.tell(key, values), this.lacksPolicy);
  }

  /** What is shown of an entry; what the protocol itself put there is folded. */
  fields(table, heading) {
    const said = table.fields.filter(([, path]) => !isReserved(path));
    return [
      made(heading, {}, this.say("verify.shown-fields")),
      ...this.formLines(table),
      ...(said.length > 0 ? [this.fieldTable(table, said)] : []),
      this.folded(
        made(heading, {}, this.say("verify.own-fields")),
        this.fieldTable(table, table.fields.filter(([, path]) => isReserved(path))),
      ),
    ];
  }

  frame(mark, sentences, heading, before = []) {
    const looks = { "verify.mark.valid": "shown", "verify.mark.keys": "", "verify.mark.rules": "" };
    const items = sentences.map((each) => made("li", {}, ...spread(each)));
    return made(
      "div", { className: `verdict ${looks[mark] ?? "lacking"}` },
      made("p", { className: "mark" }, this.say(mark)),
      ...before,
      made(heading, {}, this.say("verify.means")),
      made("ul", { className: "means" }, ...items),
    );
  }

  /** Whether a verdict, or a part of it, lacks nothing but that an exercise is expected. */
  isUnasked(table) {
    return [table ?? {}, ...(table?.parts ?? [])].some(
      (each) => each.kind !== undefined && markOf(each) === "verify.mark.not-accepted",
    );
  }

  /** Which box is to be ticked, and the way to it. */
  wayToBox() {
    const words = this.say("verify.tick", { box: this.say("verify.allow") });
    const way = made("a", { href: "#allow" }, words);
    way.addEventListener("click", (event) => {
      event.preventDefault(); // the page has one address, whatever is looked at
      this.at("allow").focus();
    });
    return made("p", { className: "way screen" }, way);
  }

  /** Who told whom what, who answered how: what a hurried reader takes away. */
  stories(found) {
    const told = found.map(({ sentences: [first, ...rest], says, meaning }) => {
      const answer = says === null ? [] : [made("p", {}, made("strong", {}, says), meaning)];
      const [head, ...more] = [first, ...rest].map((each) => made("p", {}, ...spread(each)));
      return made("div", {}, head, ...answer, ...more);
    });
    return made("section", { className: "story" }, ...told);
  }

  formLabel({ format }) {
    const form = this.words.forms[format];
    return visible(form === undefined ? format : this.term(form.term));
  }

  isAnswer({ format }) {
    return this.words.forms[format]?.family === "answer";
  }

  /** What an answer says, or null for a form without classes. */
  classLabel(table) {
    if (table.class === "-") return null;
    const says = this.words.forms[table.format]?.classes[table.class];
    return says === undefined ? visible(table.class) : this.term(says);
  }

  /** The full meaning of a class behind its name, where it is easily taken for more. */
  meaning(table) {
    const key = `meaning.${table.class}`;
    const text = this.say(key);
    return text === key ? "" : `. ${text}`;
  }

  /** An item of a form, whichever row of it a path names; undefined where the form has none. */
  itemOf({ format }, path) {
    const paths = this.words.forms[format]?.paths;
    return paths?.[path.replace(/\.[1-9][0-9]{0,3}(?=\.|$)/g, ".N")] ?? paths?.[path];
  }

  fieldLabel(table, path) {
    const item = this.itemOf(table, path);
    return item === undefined ? visible(path) : this.term(item.term);
  }

  fieldInWords(table, path, value) {
    const item = this.itemOf(table, path);
    const said = shortValue(parseJson(value), item, this);
    return said === "" ? this.fieldLabel(table, path) : `${this.fieldLabel(table, path)}: ${said}`;
  }

  /** Fields with the labels of this page's own dictionary; paths and values are the file's. */
  fieldTable(table, fields) {
    const head = ["verify.field", "verify.value", "verify.told"].map((key) =>
      made("th", { scope: "col" }, this.say(key)),
    );
    const rows = fields.map(([, path, value, told]) => {
      const item = this.itemOf(table, path);
      const label = item === undefined
        ? [made("bdi", { className: "path", dir: "ltr" }, path)]
        : [this.term(item.term)];
      const key = told === REVEALED ? "verify.told-no" : "verify.told-yes";
      return made(
        "tr", {},
        made("th", { scope: "row" }, ...label),
        made("td", { className: "value" }, ...this.value(path, value, item)),
        made("td", {}, this.say(key)),
      );
    });
    return made(
      "table", {}, made("thead", {}, made("tr", {}, ...head)), made("tbody", {}, ...rows),
    );
  }

  /** Which form it is and what class, in the words of this page's own dictionary. */
  formLines(table) {
    const form = spread(this.tell("verify.entry.form", { form: this.formLabel(table) }));
    const id = made("bdi", { className: "path", dir: "ltr" }, visible(table.format));
    const says = this.classLabel(table);
    const lines = says === null ? [] : [spread(this.tell("verify.entry.class", { class: says }))];
    return [[...form, " ", id], ...lines].map((line) => made("p", {}, ...line));
  }

  /** A value as people read it; what the protocol itself put into a long field is cut. */
  value(path, text, item) {
    if (isReserved(path)) {
      const cut = text.length > 160 ? `${visible(text.slice(0, 160))} …` : visible(text);
      return [made("bdi", { dir: "ltr" }, cut)];
    }
    return spelledValue(parseJson(text), text, item, this);
  }

  /** Which bytes were checked, under what. */
  checked({ proof, policies, prints }) {
    const digest = (data) => hex(sha256(data));
    const lines = [
      this.tell("verify.checked-file", {
        name: visible(proof.name), bytes: proof.data.length, digest: digest(proof.data),
      }),
      ...policies.map(({ name, data }) =>
        this.tell("verify.checked-policy", { name: visible(name), digest: digest(data) }),
      ),
      ...prints.split("\n").filter((line) => line.trim() !== "").map((line) =>
        this.tell("verify.checked-print", { name: visible(line.trim()), digest: "" }),
      ),
    ];
    return lines.map((line) => made("p", { className: "checked" }, ...spread(line)));
  }
}

/** An element with properties and children; text is only ever text. */
function made(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** A sentence with each value of it in an element of its own direction. */
function spread(sentence) {
  return sentence.split(/(\u2068[^\u2069]*\u2069)/).filter((each) => each !== "").map((each) =>
    each.startsWith(APART) ? made("bdi", {}, each.slice(1, -1)) : each,
  );
}

/** What a file is, by how it begins. */
function kindOf(data) {
  const begin = String.fromCharCode(...data.subarray(0, 400));
  const proofs = [`${PROOF_BEGINS}\n`, BUNDLE_BEGINS, RANGE_BEGINS, EVIDENCE_BEGINS];
  if (proofs.some((each) => begin.startsWith(each))) return "proof";
  if (begin.startsWith("openline/v1 line\n")) return "charter";
  return /^[a-z0-9.-]+\n[0-9]+\nopenline\/v1 card\n/.test(begin) ? "cards" : "policy";
}

// A content policy lets a page name such a rule once; a worker has no need of it.
const workerRule =
  typeof document === "undefined"
    ? undefined
    : globalThis.trustedTypes?.createPolicy("verifier", { createScriptURL: (each) => each });

/** A worker of this page's own text: a long check can be stopped, and the page stays usable. */
function newWorker() {
  const text = document.getElementById("program").textContent;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  return new Worker(workerRule?.createScriptURL(address) ?? address);
}

if (typeof document === "undefined") startWorker();
else new VerifierPage().start();
