// The alarm's sound. What rings is the node's word (the bar is fetched from it); this only makes it
// heard, and says when it cannot. No file: tones are made here, another pattern per precedence.

const REPEAT_MS = { flash: 3_000, immediate: 8_000, priority: 30_000, routine: 60_000 };
const TONES = {
  flash: [[880, 0, 0.25], [660, 0.3, 0.25], [880, 0.6, 0.25], [660, 0.9, 0.25]],
  immediate: [[740, 0, 0.2], [740, 0.3, 0.2], [740, 0.6, 0.2]],
  priority: [[520, 0, 0.3], [520, 0.45, 0.3]],
  routine: [[440, 0, 0.4]],
  lost: [[220, 0, 0.6], [196, 0.7, 0.6]],
  test: [[523, 0, 0.2], [659, 0.25, 0.2], [784, 0.5, 0.3]],
};
const VOLUME = 0.3;
const TESTED = "sound-tested";
const LOOK_MS = 500;

const bar = document.getElementById("sound");
const title = document.title;
const audio = new AudioContext();
let rangAt = 0;
let rang = "";
let silentUntil = 0;

function play(name) {
  if (audio.state !== "running") return false;
  for (const [pitch, start, length] of TONES[name]) {
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const gain = new GainNode(audio, { gain: VOLUME });
    tone.connect(gain).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + length);
  }
  return true;
}

/** Whether no alarm can reach this page: its node is not heard, or nobody is signed in. */
function isDeaf() {
  return ["lost", "over"].some((each) => !document.getElementById(each).hidden);
}

/** What has to ring now: a page that hears of nothing counts as an alarm. */
function due() {
  if (isDeaf()) return "lost";
  return document.getElementById("alarm")?.dataset.ring ?? "";
}

function look() {
  const now = Date.now();
  const name = due();
  const count = document.getElementById("alarm")?.dataset.count;
  document.title = count ? `▲ ${count} · ${title}` : title;
  state();
  if (!name || now < silentUntil) {
    rang = "";
    delete document.body.dataset.sounding;
    return;
  }
  const pause = REPEAT_MS[name] ?? REPEAT_MS.priority;
  if (name === rang && now - rangAt < pause) return;
  if (!play(name)) return; // tried again at once when the sound is let go
  [rang, rangAt] = [name, now];
  document.body.dataset.sounding = name;
}

/** Off, not yet tested, or armed: said on every page. */
function state() {
  bar.hidden = isDeaf(); // an armed sound says nothing where nothing can come
  const is = audio.state !== "running" ? "off" : sessionStorage.getItem(TESTED) ? "armed" : "untested";
  if (bar.dataset.state === is) return;
  bar.dataset.state = is;
  document.getElementById("sound-words").textContent = bar.dataset[is];
}

document.getElementById("sound-test").addEventListener("click", async () => {
  await audio.resume();
  if (play("test")) document.getElementById("sound-heard").hidden = false;
  state();
});

document.getElementById("sound-heard").addEventListener("click", async (event) => {
  const body = new URLSearchParams(new FormData(event.target.form));
  const answer = await fetch("/alarm/heard", { method: "POST", body });
  if (!answer.ok) return;
  sessionStorage.setItem(TESTED, new Date().toISOString());
  event.target.hidden = true;
  state();
});

document.addEventListener("click", (event) => {
  const seconds = event.target.closest("[data-silence]")?.dataset.silence;
  if (seconds) silentUntil = Date.now() + Number(seconds) * 1_000;
});

// What was unfolded on this page stays so when the bar is fetched again.
const unfolded = new Set();
document.addEventListener(
  "toggle",
  (event) => {
    const name = event.target.dataset?.alarm;
    if (name) unfolded[event.target.open ? "add" : "delete"](name);
  },
  true,
);
document.addEventListener("htmx:after:swap", () => {
  for (const each of document.querySelectorAll("details[data-alarm]")) {
    each.open = unfolded.has(each.dataset.alarm);
  }
});

// A browser takes a moment to say whether it lets this page sound.
setInterval(look, LOOK_MS);
