// The desk's own script: passkeys, the live signal, the clock, the keyboard. Nothing here decides:
// every rule is the node's, and every page works as a plain form where no key is needed.

const BEAT_LOST_MS = 15_000;

// ---- passkeys ---------------------------------------------------------------------------------

/** Ask the authenticator once. */
async function asked(options, creating) {
  const publicKey = creating
    ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
    : PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials[creating ? "create" : "get"]({ publicKey });
  return credential.toJSON();
}

/** Ask once for each of a list; what was signed before one failed is not lost. */
async function askedEach(list, progress) {
  const answers = [];
  for (const options of list) {
    progress.textContent = `${answers.length + 1} / ${list.length}`;
    try {
      answers.push(await asked(options, false));
    } catch (fault) {
      progress.textContent = "";
      if (answers.length === 0) throw fault;
      break;
    }
  }
  return answers;
}

/** Ask the authenticator, put its answer into the form, send the form. */
async function answer(form) {
  const options = JSON.parse(form.dataset.options);
  const told = Array.isArray(options)
    ? await askedEach(options, form.querySelector(".progress"))
    : await asked(options, form.dataset.passkey === "create");
  form.elements.answer.value = JSON.stringify(told);
  form.submit();
}

for (const form of document.querySelectorAll("form.passkey")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = form.querySelector(".problem");
    problem.hidden = true;
    answer(form).catch((fault) => {
      problem.textContent = `${problem.dataset.words} (${fault.name})`;
      problem.hidden = false;
    });
  });
}

// ---- live: look again when something changed; say loudly when the node is not heard -------------

/** One stream for all tabs: a browser keeps six connections to a desk, and each stream is one. */
function listen(tell) {
  const tabs = new BroadcastChannel("signals");
  tabs.addEventListener("message", (event) => tell(event.data));
  const open = () => {
    const source = new EventSource("/signals");
    const pass = (told) => {
      tell(told);
      tabs.postMessage(told);
    };
    source.addEventListener("count", (event) => pass({ count: event.data }));
    source.addEventListener("over", () => pass({ over: true }));
    return new Promise(() => {}); // until this tab is closed; then another one listens
  };
  if (navigator.locks) navigator.locks.request("signals", open);
  else open();
}

function live() {
  const lost = document.getElementById("lost");
  const over = document.getElementById("over");
  let heard = Date.now();
  // The page says with which count it was made, so nothing between page and stream is missed.
  let seen = document.body.dataset.changes;
  const tell = (told) => {
    heard = Date.now();
    lost.hidden = true;
    over.hidden = !told.over;
    if (told.over || told.count === seen) return;
    seen = told.count;
    document.body.dispatchEvent(new Event("changed"));
  };
  listen(tell);
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status === 401) tell({ over: true });
  });
  setInterval(() => {
    if (Date.now() - heard > BEAT_LOST_MS) {
      lost.textContent = `${lost.dataset.words} ${zulu(new Date(heard))}`;
      lost.hidden = false;
    }
  }, 1_000);
}

// ---- time ---------------------------------------------------------------------------------------

const pad = (number) => String(number).padStart(2, "0");
const zulu = (time) => `${pad(time.getUTCHours())}:${pad(time.getUTCMinutes())}:${pad(time.getUTCSeconds())}Z`;

/** Time left as +h:mm or -h:mm; the page's own words for it stand in the title. */
function left(due, now) {
  const minutes = Math.trunc((due - now) / 60_000);
  const whole = Math.abs(minutes);
  return `${minutes < 0 ? "−" : ""}${Math.trunc(whole / 60)}:${pad(whole % 60)}`;
}

// The clock of what the page shows, by its node: an exercise may have a clock of its own.
const ahead = Number(document.body.dataset.now) * 1_000 - Date.now();

function tick() {
  const now = new Date(Date.now() + ahead);
  const clock = document.getElementById("clock");
  if (clock) clock.textContent = `${now.toISOString().slice(0, 10)} ${zulu(now)}`;
  for (const each of document.querySelectorAll("[data-due]")) {
    const due = Date.parse(each.dataset.due);
    each.textContent = `${each.dataset.due.slice(11, 16)}Z ${left(due, now)}`;
    each.title = each.dataset.due;
  }
}

// ---- the keyboard -------------------------------------------------------------------------------

function move(step) {
  const links = [...document.querySelectorAll(".row-link")];
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(Math.max(at + step, 0), links.length - 1)];
  if (next) next.focus();
}

// Where a key stands on the keyboard, for layouts whose letters are not Latin.
const PLACES = { Slash: ["/", "?"] };

/** The letter that a key means here: what it types, or what its place would type in Latin. */
function letterOf(event) {
  if (/^[a-zA-Z/?]$/.test(event.key) || event.key.length > 1) return event.key;
  const found = /^Key([A-Z])$/.exec(event.code);
  if (found) return found[1].toLowerCase();
  return PLACES[event.code]?.[Number(event.shiftKey)] ?? event.key;
}

function pressed(event) {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const isOff = document.body.dataset.keys === "off"; // WCAG 2.1.4
  if (isOff || typing || event.ctrlKey || event.altKey || event.metaKey) return;
  const letter = letterOf(event);
  const search = letter === "/" && document.querySelector("[data-search]");
  if (letter === "j") move(1);
  else if (letter === "k") move(-1);
  else if (search) {
    event.preventDefault();
    search.focus();
  } else document.querySelector(`[data-key="${CSS.escape(letter)}"]`)?.click();
}

document.addEventListener("keydown", pressed);
for (const each of document.querySelectorAll("[data-print]")) {
  each.addEventListener("click", () => window.print());
}
// Rows of a list are chosen all at once; again, and none is.
function choosing() {
  for (const each of document.querySelectorAll("[data-choose]")) each.hidden = false;
}
document.addEventListener("click", (event) => {
  const form = document.getElementById(event.target.closest?.("[data-choose]")?.dataset.choose ?? "");
  const boxes = [...(form?.elements ?? [])].filter((each) => each.type === "checkbox");
  const isAll = boxes.every((each) => each.checked);
  for (const each of boxes) each.checked = !isAll;
});
// A link to something folded unfolds it; the keyboard goes on there.
for (const each of document.querySelectorAll("[data-unfold]")) {
  each.addEventListener("click", (event) => {
    event.preventDefault();
    const folded = document.querySelector(each.hash);
    folded.open = true;
    folded.querySelector("summary").focus();
  });
}
document.addEventListener("htmx:after:swap", choosing);
choosing();
document.getElementById("summary")?.focus();
tick();
setInterval(tick, 1_000);
if (document.body.dataset.changes) live();
