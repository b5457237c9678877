// The desk's own script: passkeys, the live signal, the clock, the keyboard. Nothing here decides:
// every rule is the node's, and every page works as a plain form where no key is needed.

const BEAT_LOST_MS = 15_000;

// ---- passkeys ---------------------------------------------------------------------------------

/** Ask the authenticator, put its answer into the form, send the form. */
async function answer(form) {
  const options = JSON.parse(form.dataset.options);
  const creating = form.dataset.passkey === "create";
  const publicKey = creating
    ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
    : PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials[creating ? "create" : "get"]({ publicKey });
  form.elements.answer.value = JSON.stringify(credential.toJSON());
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

function live() {
  const lost = document.getElementById("lost");
  let heard = Date.now();
  const hear = () => {
    heard = Date.now();
    lost.hidden = true;
  };
  // The page says with which count it was made, so nothing between page and stream is missed.
  let seen = document.body.dataset.changes;
  const source = new EventSource("/signals");
  source.addEventListener("count", (event) => {
    hear();
    if (event.data === seen) return;
    seen = event.data;
    document.body.dispatchEvent(new Event("changed"));
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

function tick() {
  const now = new Date();
  const clock = document.getElementById("clock");
  if (clock) clock.textContent = zulu(now);
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

function pressed(event) {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
}

document.addEventListener("keydown", pressed);
document.getElementById("summary")?.focus();
tick();
setInterval(tick, 1_000);
if (document.body.dataset.changes) live();
