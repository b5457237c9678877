// Drawing beside a form: positions are set on a map, by keys or by pointer, and written into the
// form's own field. What stands in the field counts: the map reads it anew at every change, writes
// whole lines at its end only, and never touches a line that it cannot read. A point that the scale
// cannot show as exactly as a field asks is not written: the map comes closer to it instead.
/* global d3, topojson */

import { SIZE, add, arc, core, fetched, filled, ground, metresTo, radians, scale, shapesOn } from "earth";

const WORLD = 180; // from this reach on the whole earth is drawn
const HEMISPHERE = 90;
const BEGIN_CLOSER = 60;
const NEAREST = 0.0005; // degrees of arc from the middle to the edge: some fifty metres
const A_METRE = 0.00001;
const FINE_BELOW = 20;
const CLOSER = 16; // how much closer it comes at once: what was meant is still in sight
const POLE_REACH = 25;
const AROUND_A_POINT = 2;
const EDGE = 60; // a cross this near to the edge turns the map
const TURNS_MAX = 20;
const FAR = 24;
const NEAR = 2;
const DECIMALS_MAX = 7;
// Decimals apart by a blank, or decimal commas with a blank or semicolon between: as the node reads.
const APART = /^([+-]?\d{1,3}\.\d+) ([+-]?\d{1,3}\.\d+)$/;
const COMMAS = /^([+-]?\d{1,3}),(\d{4,7})(?: ?; ?| )([+-]?\d{1,3}),(\d{4,7})$/;
const DEGREES = /^[+-]?\d{1,3}(\.\d{1,7})?$/;
const METRES = /^(\d{1,9}|\d{1,3}([ \u00a0\u202f\u2009])\d{3}(\2\d{3})*)$/; // as the node reads them
const KEYS = {
  Enter: "set", Backspace: "back", c: "close", r: "radius", "+": "in", "=": "in", "-": "out", 0: "fit",
};
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const figure = document.getElementById("picker");
const svg = figure.querySelector("svg");
const choice = figure.querySelector("select");
const [where, what] = figure.querySelector("output").children;
const state = { at: [0, 0], centre: [0, 0], reach: WORLD, path: "", land: null, isFine: false, said: "" };
// Degrees of arc that the last digit of a place may stand for: the node's own limit.
const EXACT = arc(Number(figure.dataset.exact));

// ---- the form's fields --------------------------------------------------------------------------

const fields = () => [...document.querySelectorAll("#compose textarea[data-place]")];
const field = () => fields().find((each) => each.dataset.place === state.path);
const beside = (area, part) => area.form.elements[`f.${area.dataset.place}.${part}`];
const linesOf = (area) => area.value.split("\n").map((line) => line.trim()).filter(Boolean);

/** A line of a field as [longitude, latitude], or null where it is not spelled as one. */
function position(line) {
  const plain = line.replace(/\s+/g, " ").replace(COMMAS, "$1.$2, $3.$4").replace(APART, "$1, $2");
  const [latitude, longitude, ...more] = plain.split(",").map((part) => part.trim());
  if (more.length > 0 || !DEGREES.test(latitude) || !DEGREES.test(longitude ?? "")) return null;
  const place = [Number(longitude), Number(latitude)];
  return Math.abs(place[0]) <= 180 && Math.abs(place[1]) <= 90 ? place : null;
}

const isClosed = (lines) => lines.length > 3 && lines[0] === lines.at(-1);

/** What a field spells, as the map draws it; null where nothing in it can be read. */
function shapeOf(area) {
  const points = linesOf(area).map(position).filter(Boolean);
  if (points.length === 0) return null;
  const [first, last] = [points[0], points.at(-1)];
  const isRing = points.length > 3 && first[0] === last[0] && first[1] === last[1];
  const typed = beside(area, "radius").value.trim();
  const radius = METRES.test(typed) ? Number(typed.replace(/\D/g, "")) : 0;
  return {
    kind: points.length === 1 ? "point" : isRing ? "ring" : "track",
    points,
    radius_m: radius,
  };
}

const shapes = () => fields().map(shapeOf).filter(Boolean);

/** Write into an input as if it had been typed: the form keeps and checks it the same way. */
function write(input, value) {
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

// ---- acts ---------------------------------------------------------------------------------------

/** Degrees of arc of one unit of the drawing. */
const unit = () => (state.reach > HEMISPHERE ? 360 / SIZE[0] : state.reach / (SIZE[1] / 2));

/** As many decimals as one unit of the drawing can tell apart. */
function spelled([longitude, latitude]) {
  const decimals = Math.min(DECIMALS_MAX, Math.max(0, Math.ceil(-Math.log10(unit()))));
  return [latitude, longitude].map((angle) => angle.toFixed(decimals).replace(/^-(0(\.0*)?)$/, "$1")).join(", ");
}

/** Set a point where the cross is; `units` of the drawing are the least that can be pointed at,
 * `hand` is where it was pressed, if it was. */
function set(units = 1, hand = null) {
  if (unit() * units > EXACT) return closer(units, hand);
  const [area, here] = [field(), spelled(state.at)];
  state.at = position(here); // the cross stands where the point stands, not between two numbers
  const lines = linesOf(area);
  const rest = isClosed(lines) ? lines.splice(-1) : [];
  if (lines.at(-1) === here) return;
  write(area, [...lines, here, ...rest].join("\n"));
}

/** Towards the cross, until a point set there is exact enough. The place that was pressed stays
 * under the hand: whoever presses again without moving means the same place. */
function closer(units, hand) {
  const enough = (0.99 * EXACT * SIZE[1]) / 2 / units; // a little nearer than the limit itself
  const pressed = state.at;
  look(pressed, Math.max((unit() * SIZE[1]) / 2 / CLOSER, enough));
  if (hand) hold(pressed, hand);
  state.said = figure.dataset.closer;
}

/** Turn the map until a place is drawn where the hand is. */
function hold(place, [x, y]) {
  for (let i = 0; i < TURNS_MAX; i += 1) {
    const made = projection();
    const drawn = made(place);
    const [aside, down] = [x - drawn[0], y - drawn[1]];
    if (Math.hypot(aside, down) < 0.01) return;
    const centre = made.invert([SIZE[0] / 2 - aside, SIZE[1] / 2 - down]);
    if (!centre?.every(Number.isFinite)) return;
    state.centre = centre;
  }
}

function back() {
  write(field(), linesOf(field()).slice(0, -1).join("\n"));
}

function close() {
  const lines = linesOf(field());
  if (lines.length > 2 && !isClosed(lines)) write(field(), [...lines, lines[0]].join("\n"));
  show();
}

function radius() {
  const shape = shapeOf(field());
  const metres = shape ? Math.round(metresTo(shape.points, state.at)) : 0;
  if (metres > 0) write(beside(field(), "radius"), String(metres));
  show();
}

/** Look at all of what is drawn, which may be larger than the picture; the cross stays. */
function show() {
  const [shape, { at }] = [shapeOf(field()), state];
  if (!shape) return;
  around([shape]);
  state.at = at;
}

/** Look at everything that the form holds. */
const fit = () => around(shapes());

function around(all) {
  const points = all.flatMap((shape) => shape.points);
  if (points.length === 0) return look([0, 0], WORLD);
  const middle = d3.geoCentroid({ type: "MultiPoint", coordinates: points });
  const centre = middle.every(Number.isFinite) ? middle : points[0];
  const reach = Math.max(...all.flatMap((shape) => shape.points.map(
    (point) => (d3.geoDistance(centre, point) / Math.PI) * 180 + arc(shape.radius_m))));
  return look(centre, reach > A_METRE ? reach * 1.4 : AROUND_A_POINT);
}

function look(centre, reach) {
  const isWorld = reach > HEMISPHERE;
  state.reach = isWorld ? WORLD : Math.max(reach, NEAREST);
  state.at = centre;
  state.centre = isWorld ? [centre[0], 0] : centre;
  if (state.reach < FINE_BELOW) refine();
}

const ACTS = {
  set, back, close, radius, fit,
  in: () => look(state.at, state.reach > HEMISPHERE ? BEGIN_CLOSER : state.reach / 2),
  out: () => look(state.at, state.reach * 2),
  north: () => look([0, 90], POLE_REACH),
  south: () => look([0, -90], POLE_REACH),
};

/** Move the cross over the drawing; the map follows a step to the edge, and never the hand. */
function move(x, y, isHand = false) {
  const made = projection();
  const there = made.invert([x, y]);
  const again = there && there.every(Number.isFinite) ? made(there) : null;
  if (!again || Math.hypot(again[0] - x, again[1] - y) > 0.5) return; // beside the earth
  state.at = there;
  if (isHand) return;
  const isInside = x > EDGE && x < SIZE[0] - EDGE && y > EDGE && y < SIZE[1] - EDGE;
  if (!isInside && state.reach > HEMISPHERE) state.centre = [there[0], 0];
  else if (!isInside) state.centre = there;
}

// ---- drawing ------------------------------------------------------------------------------------

function projection() {
  const [longitude, latitude] = state.centre;
  if (state.reach > HEMISPHERE) {
    return d3.geoEqualEarth().rotate([-longitude, 0]).fitExtent([[8, 8], [SIZE[0] - 8, SIZE[1] - 8]], { type: "Sphere" });
  }
  const scale = (SIZE[1] / 2 - 10) / (2 * Math.sin(radians(state.reach) / 2));
  const corner = Math.min(1, Math.hypot(...SIZE) / 2 / (2 * scale));
  const clip = Math.min(175, (2 * Math.asin(corner) * 180) / Math.PI + 5);
  return d3.geoAzimuthalEqualArea().rotate([-longitude, -latitude]).clipAngle(clip)
    .translate([SIZE[0] / 2, SIZE[1] / 2]).scale(scale)
    .clipExtent([[-20, -20], [SIZE[0] + 20, SIZE[1] + 20]]).precision(0.3);
}

function draw() {
  const made = projection();
  const path = d3.geoPath(made).pointRadius(4);
  svg.replaceChildren();
  ground(svg, made, path, state.land);
  for (const area of fields()) drawShape(path, made, area);
  const [x, y] = made(state.at);
  add(svg, "path", { class: "cross", d: `M${x - 14} ${y}h28M${x} ${y - 14}v28` });
  scale(svg, made, figure.dataset);
  where.textContent = spelled(state.at);
  what.textContent = state.said || told();
}

function drawShape(path, made, area) {
  const shape = shapeOf(area);
  if (!shape) return;
  const isOwn = area.dataset.place === state.path;
  const outline = shapesOn(made, path);
  const group = add(svg, "g", { class: isOwn ? "place drawn" : "place other" });
  group.dataset.drawn = area.dataset.place;
  add(group, "path", { class: "area", d: outline(filled(shape)) ?? "" });
  add(group, "path", { class: `core ${shape.kind}`, d: outline(core(shape)) ?? "" });
  if (!isOwn) return;
  for (const point of shape.points) {
    add(group, "path", { class: "vertex", d: path({ type: "Point", coordinates: point }) ?? "" });
  }
  if (shape.kind !== "ring") {
    const line = { type: "LineString", coordinates: [shape.points.at(-1), state.at] };
    add(group, "path", { class: "next", d: path(line) ?? "" });
  }
}

/** What the field holds, in words. */
function told() {
  const shape = field() ? shapeOf(field()) : null;
  if (!shape) return "";
  const words = figure.dataset;
  const count = shape.points.length - (shape.kind === "ring" ? 1 : 0);
  const parts = [words[shape.kind], words.points.replace("{count}", count)];
  if (shape.radius_m > 0) parts.push(words.within.replace("{metres}", shape.radius_m));
  return parts.join(" · ");
}

async function refine() {
  if (state.isFine) return;
  state.isFine = true;
  await coast(figure.dataset.fine);
}

async function coast(address) {
  const found = await fetched(address);
  state.land = topojson.feature(found, found.objects.land);
  draw();
}

// ---- which field is drawn -----------------------------------------------------------------------

/** The fields as they stand now: rows come and go. */
function scan() {
  const there = fields();
  if (!field()) state.path = there[0]?.dataset.place ?? "";
  figure.hidden = there.length === 0;
  choice.replaceChildren(...there.map((area) => {
    const label = document.getElementById(`l-${area.dataset.place}`).cloneNode(true);
    label.querySelector(".must")?.remove();
    return new Option(label.textContent.trim(), area.dataset.place, false, area.dataset.place === state.path);
  }));
  for (const button of document.querySelectorAll("#compose [data-draw]")) button.hidden = false;
  if (there.length > 0) draw();
}

function choose(path) {
  state.path = path;
  choice.value = path;
  draw();
}

function act(what, ...given) {
  if (!field()) return;
  state.said = "";
  ACTS[what](...given);
  draw();
}

svg.addEventListener("keydown", (event) => {
  // In a layout whose letters are not Latin a key counts by its place.
  const key = /^Key[A-Z]$/.test(event.code) && !/^[a-z]$/i.test(event.key)
    ? event.code.slice(3).toLowerCase()
    : event.key;
  const [step, what] = [STEPS[key], KEYS[key]];
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") return field()?.focus();
  if (!step && !what) return;
  event.preventDefault();
  event.stopPropagation();
  if (what) return act(what);
  state.said = "";
  const length = event.shiftKey ? NEAR : FAR;
  const [x, y] = projection()(state.at);
  move(x + step[0] * length, y + step[1] * length);
  draw();
});
svg.addEventListener("click", (event) => {
  const to = svg.getScreenCTM().inverse();
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(to);
  move(x, y, true);
  act("set", Math.max(1, to.a), [x, y]); // on a small screen one pixel is several units
});
for (const button of figure.querySelectorAll("[data-act]")) {
  button.addEventListener("click", () => act(button.dataset.act));
}
choice.addEventListener("change", () => choose(choice.value));
document.addEventListener("click", (event) => {
  const path = event.target.closest?.("[data-draw]")?.dataset.draw;
  if (!path) return;
  choose(path);
  if (shapeOf(field())) act("fit");
  svg.focus();
});
document.addEventListener("focusin", (event) => {
  const path = event.target.dataset?.place;
  if (path && path !== state.path) choose(path);
});
document.addEventListener("input", (event) => {
  if (event.target.closest("#compose") && fields().length > 0) draw();
});
document.addEventListener("htmx:after:swap", scan);
scan();
fit();
await coast(figure.dataset.land);
figure.dataset.ready = "yes";
