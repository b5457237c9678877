// A form while it is typed: kept on the node every moment, flaws shown at the fields that were
// touched, and a clear word when it could not be kept. The rules are the node's; this only shows.

const PAUSE_MS = 700;
const RETRY_MS = 4_000;

const form = () => document.getElementById("compose");
const touched = new Set();
let waiting = 0;
let busy = false;
let again = false;
let sending = null; // what htmx asks for, a file perhaps
let pressed = null; // a button that waits until what is under way has its answer

/** The path of the item that an input belongs to: the nearest one that has a place for flaws. */
function pathOf(input) {
  return input.closest("[id^='at-']")?.id.slice(3) ?? "";
}

function listed(id, sentences) {
  const list = document.getElementById(id);
  const shown = [...list.children].map((each) => each.textContent);
  if (shown.join("\n") === sentences.join("\n")) return;
  list.replaceChildren(
    ...sentences.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
}

/** Flaws where the person has been; what is only missing is said when the form is checked. */
function show(told) {
  for (const path of touched) {
    const place = document.getElementById(`e-${path}`);
    if (!place) continue;
    const flaw = told.flaws[path] ?? "";
    // What was wrong with a file was said when it was sent; typing elsewhere mends nothing of it.
    if (flaw === "" && place.parentElement.querySelector("input[type=file]")) continue;
    if (place.textContent !== flaw) place.textContent = flaw;
    place.parentElement.classList.toggle("flawed", flaw !== "");
    const input = document.getElementById(`f-${path}`);
    if (flaw) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
  }
  for (const place of document.querySelectorAll("#compose .understood")) {
    const moment = told.understood[place.id.slice(2)] ?? "";
    if (place.textContent !== moment) place.textContent = moment;
  }
  listed("times", told.times);
  listed("cautions", told.warnings);
}

function say(words, isFault = false) {
  const place = document.getElementById("kept");
  place.textContent = words;
  place.classList.toggle("problem", isFault);
}

function keptAs(told) {
  form().elements.u.value = told.form;
  form().elements.rev.value = told.revision;
  history.replaceState(null, "", `/compose?u=${told.form}`);
  document.getElementById("away").hidden = true;
  say(`${document.getElementById("kept").dataset.kept} ${told.at}`);
  if (told.parted) parted(told.parted);
}

/** Somebody else typed into the same form: this text goes on as a form of its own. */
function parted(told) {
  const notice = document.createElement("div");
  notice.className = "summary";
  notice.setAttribute("role", "alert");
  const words = Object.assign(document.createElement("p"), { textContent: told.words });
  const both = document.getElementById("kept").dataset.both;
  const link = Object.assign(document.createElement("a"), { href: told.both, textContent: both });
  words.append(" ", link);
  notice.append(words);
  document.getElementById("sheet").prepend(notice);
}

/** After a new sign-in in this browser the page's form secret is another one. */
async function renewed() {
  const answer = await fetch("/compose/token", { redirect: "manual" });
  if (!answer.ok) return false;
  form().elements.form.value = (await answer.json()).form;
  return true;
}

async function keep() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  const words = document.getElementById("kept").dataset;
  try {
    // Files go once, when they are attached; what is kept while typing names them only.
    const typed = [...new FormData(form())].filter(([, value]) => typeof value === "string");
    const body = new URLSearchParams(typed);
    const answer = await fetch("/compose/check", { method: "POST", body, redirect: "manual" });
    if (answer.ok) {
      const told = await answer.json();
      keptAs(told);
      show(told);
    } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      if (await renewed()) again = true;
      else {
        say(words.away, true);
        document.getElementById("away").hidden = false;
        later(RETRY_MS);
      }
    } else say(`${words.lost} (${answer.status})`, true);
  } catch (fault) {
    say(`${words.lost} (${fault.name})`, true);
    later(RETRY_MS);
  } finally {
    free();
  }
}

/** What was asked for meanwhile comes now: first a button that was pressed, then keeping. */
function free() {
  busy = false;
  const button = pressed;
  pressed = null;
  if (button?.isConnected) button.click();
  else if (again) {
    again = false;
    later(0);
  }
}

function later(pause = PAUSE_MS) {
  clearTimeout(waiting);
  waiting = setTimeout(keep, pause);
}

// ---- files ------------------------------------------------------------------------------------

const MEGA = 1024 * 1024;

/** A file's name without letters that hide or turn what stands around it. */
const legible = (name) => name.replace(/\p{C}/gu, "\uFFFD");

/** Why chosen files cannot go, said before they are sent; "" where they can. */
function unfit(files) {
  const words = form().dataset;
  const large = files.find((each) => each.size > Number(words.fileMost));
  if (large) {
    const size = (Math.ceil((10 * large.size) / MEGA) / 10).toFixed(1);
    return words.tooLarge.replace("%size%", size).replace("%name%", () => legible(large.name));
  }
  const all = files.reduce((sum, each) => sum + each.size, 0);
  return all > Number(words.postMost) ? words.tooMuch.replace("%name%", () => legible(files[0].name)) : "";
}

/** A file was chosen: it is sent at once, so that it is kept like everything that is typed. */
function chosen(input) {
  const path = pathOf(input);
  const flaw = unfit([...input.files]);
  document.getElementById(`e-${path}`).textContent = flaw;
  document.getElementById(`at-${path}`).classList.toggle("flawed", flaw !== "");
  if (flaw) input.value = "";
  else if (input.files.length > 0) input.parentElement.querySelector("[data-attach]").click();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("#compose input[type=file]")) chosen(event.target);
});

// One thing at a time: two of them would each go on from the same text, and one would part from it.
// The whole form waits for a file alone, which would else go a second time.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#compose button:not([type=button])");
  if (!button || !(button.matches("[hx-post]") ? busy : sending)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  pressed = button;
}, true);
document.addEventListener("htmx:before:request", (event) => {
  if (!event.target.closest("#compose")) return;
  clearTimeout(waiting);
  [busy, sending] = [true, event.detail.ctx];
  if (event.target.matches("[data-attach]")) say(form().dataset.sending);
});
// Only a form takes the place of a form: another page says that the session is over, or worse.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (ctx === sending && ![200, 409, 422].includes(ctx.response.status)) event.preventDefault();
});
document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail.ctx !== sending) return;
  const isDone = sending.status === "swapped";
  sending = null;
  // What was attached is named in the form now, and what was not has its flaw there.
  for (const each of isDone ? document.querySelectorAll("#compose input[type=file]") : []) each.value = "";
  again = true; // says when it was kept, or why not
  free();
});

document.addEventListener("input", (event) => {
  if (!event.target.closest("#compose")) return;
  touched.add(pathOf(event.target));
  // What was understood of the old text says nothing of the new one.
  document.getElementById(`u-${pathOf(event.target)}`)?.replaceChildren();
  later();
});

// ---- which fields belong to the class of an answer ----------------------------------------------

/** A field of another class is out of the way, unless something stands in it: that is never hidden. */
function fit() {
  const chosen = document.getElementById("class")?.value ?? "";
  for (const field of document.querySelectorAll("#compose [data-classes]")) {
    const isFilled = [...field.querySelectorAll("input[type=text], input:not([type]), textarea")].some((each) => each.value.trim());
    field.hidden = !field.dataset.classes.split(" ").includes(chosen) && !isFilled;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.id === "class") fit();
});

// A row was added or taken away: what was typed is kept already; go on in the new row.
document.addEventListener("htmx:after:swap", () => {
  fit();
  document.querySelector("#sheet [autofocus]")?.focus();
});
fit();
