// The map of the desk: a coastline and what was told to happen where. It draws what the list beside
// it has; every shape is a link that the keyboard reaches.
/* global d3, topojson */

import { SIZE, add, arc, core, disc, fetched, filled, ground, scale, shapesOn } from "earth";

const FINE_FROM = 3; // the finer coastline is fetched when somebody looks closely
const NEAREST = 0.02; // degrees of arc around one message that is looked for: some two kilometres
const STEP = { west: [-20, 0], east: [20, 0], up: [0, 15], down: [0, -15] };
const KEYS = { ArrowLeft: "west", ArrowRight: "east", ArrowUp: "up", ArrowDown: "down", "+": "in", "=": "in", "-": "out", 0: "again" };

const figure = document.getElementById("map");
const svg = figure.querySelector("svg");
const state = { view: figure.dataset.view, zoom: 1, turn: [0, 0], shapes: [], land: null, borders: null, isFine: false, one: figure.dataset.find };

// ---- the projection of a view ------------------------------------------------------------------

function projection() {
  const { view, turn, zoom } = state;
  const ones = state.shapes.filter((shape) => shape.id === state.one);
  const meant = ones.length > 0 ? ones : state.shapes;
  const all = { type: "MultiPoint", coordinates: meant.flatMap((shape) => shape.points) };
  const inner = [[40, 40], [SIZE[0] - 40, SIZE[1] - 40]];
  let made;
  if (view === "north" || view === "south") {
    const pole = view === "north" ? -90 : 90;
    made = d3.geoAzimuthalEqualArea().rotate([-turn[0], pole, 0]).clipAngle(75);
    made.fitExtent([[10, 10], [SIZE[0] - 10, SIZE[1] - 10]], disc([turn[0], -pole], 60));
  } else if (view === "fit" && all.coordinates.length > 0) {
    const [x, y] = d3.geoCentroid(all);
    const [lon, lat] = Number.isFinite(x) ? [x, y] : all.coordinates[0];
    const reach = Math.max(ones.length > 0 ? NEAREST : 2, ...meant.flatMap((shape) => shape.points.map(
      (point) => (d3.geoDistance([lon, lat], point) / Math.PI) * 180 + arc(shape.radius_m))));
    made = d3.geoAzimuthalEqualArea().rotate([-lon - turn[0], -lat - turn[1]]).clipAngle(Math.min(178, Math.max(90, reach * 2)));
    made.fitExtent(inner, disc([lon + turn[0], Math.max(-89.9, Math.min(89.9, lat + turn[1]))], Math.min(reach * 1.15, 88)));
  } else {
    const centre = view === "pacific" ? 180 : 0;
    made = d3.geoEqualEarth().rotate([-centre - turn[0], -turn[1]]);
    made.fitExtent([[8, 8], [SIZE[0] - 8, SIZE[1] - 8]], { type: "Sphere" });
  }
  const [tx, ty] = made.translate();
  const [cx, cy] = [SIZE[0] / 2, SIZE[1] / 2];
  made.scale(made.scale() * zoom).translate([cx + (tx - cx) * zoom, cy + (ty - cy) * zoom]);
  return made.clipExtent([[-20, -20], [SIZE[0] + 20, SIZE[1] + 20]]).precision(0.3);
}

// ---- drawing -----------------------------------------------------------------------------------

function draw() {
  const focused = document.activeElement?.closest?.("#map a")?.dataset.place;
  const made = projection();
  const path = d3.geoPath(made).pointRadius(4);
  svg.replaceChildren();
  const under = ground(svg, made, path, state.land);
  if (state.borders) add(under, "path", { class: "borders", d: path(state.borders) ?? "" });
  const outline = shapesOn(made, path);
  for (const shape of state.shapes) drawShape(path, outline, shape);
  scale(svg, made, figure.dataset);
  if (focused) find(focused, false);
}

function drawShape(path, outline, shape) {
  const area = outline(filled(shape)) ?? "";
  const line = outline(core(shape)) ?? "";
  if (!area && !line) return;
  const link = add(svg, "a", { href: shape.href, "aria-label": shape.words, class: `place ${shape.phase || "open-ended"}${shape.withheld ? " withheld" : ""}` });
  link.dataset.place = shape.id;
  add(link, "title", {}, shape.words);
  if (area) add(link, "path", { class: "area", d: area });
  add(link, "path", { class: `core ${shape.kind}`, d: line });
  const [x, y] = path.centroid(core(shape));
  if (Number.isFinite(x)) add(link, "text", { x: Math.round(x + 9), y: Math.round(y - 7) }, shape.id.split(":").pop());
}

/** Put the focus on a shape; turn the map to it when it lies on the far side. */
function find(id, turns = true) {
  const link = [...svg.querySelectorAll("a")].find((each) => each.dataset.place === id);
  if (link) {
    link.focus({ preventScroll: !turns });
  } else if (turns && state.view !== "fit") {
    look("fit");
    find(id, false);
  }
}

function look(view) {
  Object.assign(state, { view, zoom: 1, turn: [0, 0] });
  const choice = document.getElementById("view");
  if (choice) choice.value = view;
  draw();
}

function move(what) {
  if (what === "again") {
    state.one = "";
    return look(state.view);
  }
  if (what === "in") state.zoom = Math.min(state.zoom * 1.5, 400);
  else if (what === "out") state.zoom = Math.max(state.zoom / 1.5, 0.5);
  else state.turn = state.turn.map((angle, i) => angle + STEP[what][i] / state.zoom);
  if (state.zoom >= FINE_FROM) refine();
  return draw();
}

// ---- what is fetched ---------------------------------------------------------------------------

const lines = (topology) => topojson.mesh(topology, Object.values(topology.objects)[0]);

async function refine() {
  if (state.isFine) return;
  state.isFine = true;
  const fine = await fetched(figure.dataset.fine);
  state.land = topojson.feature(fine, fine.objects.land);
  draw();
}

async function load() {
  state.shapes = (await fetched(figure.dataset.shapes)).shapes;
  draw();
}

async function begin() {
  const coast = await fetched(figure.dataset.land);
  state.land = topojson.feature(coast, coast.objects.land);
  if (figure.dataset.boundaries) {
    const borders = await fetched(figure.dataset.boundaries);
    state.borders = borders.type === "Topology" ? lines(borders) : borders;
  }
  await load();
}

svg.addEventListener("keydown", (event) => {
  const what = event.target === svg ? KEYS[event.key] : undefined;
  if (!what || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  move(what);
});
svg.addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return; // the page scrolls, unless somebody means the map
  event.preventDefault();
  move(event.deltaY < 0 ? "in" : "out");
}, { passive: false });
for (const button of figure.querySelectorAll("[data-map]")) button.addEventListener("click", () => move(button.dataset.map));
document.getElementById("view").addEventListener("change", (event) => look(event.target.value));
document.addEventListener("click", (event) => {
  const id = event.target.closest("[data-find]")?.dataset.find;
  if (id) find(id);
});
document.body.addEventListener("changed", load);
await begin();
if (state.one) {
  await refine();
  find(state.one, false);
}
figure.dataset.ready = "yes";
