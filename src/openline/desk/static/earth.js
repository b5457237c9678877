// Shapes on the sphere and how they are put into a drawing: shared by the map and by the picker of
// the forms. Spherical all the way: d3-geo cuts at 180 degrees and draws the poles, so nothing here
// knows of either.
/* global d3 */

const SVG = "http://www.w3.org/2000/svg";
export const SIZE = [960, 600];
const EARTH_M = 6_371_008.8;

export const radians = (degrees) => (degrees * Math.PI) / 180;
export const arc = (metres) => (metres / EARTH_M / Math.PI) * 180;

/** A ring the way round that d3 takes for its inside: the smaller part of the earth. */
function polygon(ring) {
  const own = { type: "Polygon", coordinates: [ring] };
  return d3.geoArea(own) > 2 * Math.PI ? { type: "Polygon", coordinates: [[...ring].reverse()] } : own;
}

/** The point at a distance (degrees of arc) and bearing (radians) from another. */
function away([x, y], distance, bearing) {
  const [a, b, d] = [radians(x), radians(y), radians(distance)];
  const lat = Math.asin(Math.sin(b) * Math.cos(d) + Math.cos(b) * Math.sin(d) * Math.cos(bearing));
  const lon = a + Math.atan2(Math.sin(bearing) * Math.sin(d) * Math.cos(b), Math.cos(d) - Math.sin(b) * Math.sin(lat));
  return [(lon / Math.PI) * 180, (lat / Math.PI) * 180];
}

function bearing([x1, y1], [x2, y2]) {
  const [a, b, c, e] = [x1, y1, x2, y2].map(radians);
  return Math.atan2(Math.sin(c - a) * Math.cos(e), Math.cos(b) * Math.sin(e) - Math.sin(b) * Math.cos(e) * Math.cos(c - a));
}

/** One leg widened by a radius on both sides, along the great circle. */
function strip(from, to, width) {
  const between = d3.geoInterpolate(from, to);
  const steps = Math.max(2, Math.ceil(d3.geoDistance(from, to) / radians(2)));
  const [left, right] = [[], []];
  for (let i = 0; i <= steps; i += 1) {
    const at = between(i / steps);
    const way = i < steps ? bearing(at, between((i + 1) / steps)) : bearing(between((i - 1) / steps), at);
    left.push(away(at, width, way - Math.PI / 2));
    right.unshift(away(at, width, way + Math.PI / 2));
  }
  return polygon([...left, ...right, left[0]]);
}

export const disc = (centre, width) => polygon(d3.geoCircle().center(centre).radius(width)().coordinates[0]);

/** What is filled of a shape: its ring, and everything within its radius of its points and legs. */
export function filled(shape) {
  const { kind, points, radius_m: radius } = shape;
  const parts = kind === "ring" ? [polygon(points)] : [];
  if (radius > 0) {
    const width = arc(radius);
    parts.push(...points.map((point) => disc(point, width)));
    for (let i = 1; i < points.length; i += 1) parts.push(strip(points[i - 1], points[i], width));
  }
  return { type: "GeometryCollection", geometries: parts };
}

/** What is drawn as a line or point of a shape. */
export function core(shape) {
  if (shape.kind === "point") return { type: "Point", coordinates: shape.points[0] };
  return { type: "LineString", coordinates: shape.points };
}

/** Metres from a place to the nearest part of a line through points, along the sphere. */
export function metresTo(points, place) {
  let nearest = Math.min(...points.map((point) => d3.geoDistance(point, place)));
  for (let i = 1; i < points.length; i += 1) {
    const [from, to] = [points[i - 1], points[i]];
    const far = d3.geoDistance(from, place);
    const turned = bearing(from, place) - bearing(from, to);
    const aside = Math.asin(Math.sin(far) * Math.sin(turned));
    const along = Math.atan2(Math.sin(far) * Math.cos(turned), Math.cos(far));
    if (along > 0 && along < d3.geoDistance(from, to)) nearest = Math.min(nearest, Math.abs(aside));
  }
  return nearest * EARTH_M;
}

// ---- drawing -----------------------------------------------------------------------------------

export function add(parent, name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

const WHOLE = 40; // a picture that shows so many degrees around its middle has lines of ten degrees
const STEPS = [20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];
const LINES = 3; // at least so many lines of degrees from the middle to the edge, however close
const AROUND = 8;

/** Degrees of arc from the middle of a picture to its nearer edge. */
function reachOf(made) {
  const [middle, edge] = [[SIZE[0] / 2, SIZE[1] / 2], [SIZE[0] / 2, 1]].map((at) => made.invert(at));
  const reach = middle && edge ? (d3.geoDistance(middle, edge) / Math.PI) * 180 : NaN;
  return Number.isFinite(reach) ? reach : 90;
}

/** Lines of degrees, so near to one another that some of them are in every picture. */
function degrees(made) {
  const reach = reachOf(made);
  if (reach >= WHOLE) return d3.geoGraticule10();
  const [lon, lat] = made.invert([SIZE[0] / 2, SIZE[1] / 2]);
  const step = STEPS.find((each) => each <= reach / LINES) ?? STEPS.at(-1);
  const isPole = Math.abs(lat) + reach >= 88; // all the meridians meet there: few are enough
  const narrow = Math.cos(radians(Math.abs(lat)));
  const aside = isPole ? 30 : Math.min(30, STEPS.findLast((each) => each * narrow >= step) ?? 30);
  const [x, y] = [Math.round(lon / aside) * aside, Math.round(lat / step) * step];
  const [west, east] = isPole ? [-180, 180] : [x - AROUND * aside, x + AROUND * aside];
  const [south, north] = [Math.max(-90, y - AROUND * step), Math.min(90, y + AROUND * step)];
  return d3.geoGraticule().step([aside, step]).precision(isPole ? 1 : Math.min(2.5, step / 2))
    .extent([[west, south - 1e-9], [east + 1e-9, north + 1e-9]])();
}

const CLOSE = 1; // degrees from the middle to the edge
const SMALL = 0.05; // degrees of arc: so small a part of the earth is flat to any drawing

function coordinatesOf(geometry) {
  if (geometry.geometries) return geometry.geometries.flatMap(coordinatesOf);
  return geometry.type === "Polygon" ? geometry.coordinates : [geometry.coordinates];
}

/** Shapes as d3 draws them, but small ones from near by, point by point: d3 takes points less than
 * some six metres apart for one, so that an area of 150 metres was not drawn at all. */
export function shapesOn(made, path) {
  const [isClose, middle] = [reachOf(made) < CLOSE, made.invert([SIZE[0] / 2, SIZE[1] / 2])];
  const isNear = (one, other, most) => d3.geoDistance(one, other) < radians(most);
  return (geometry) => {
    const rings = geometry.type === "Point" ? [] : coordinatesOf(geometry);
    const first = rings[0]?.[0];
    const isSmall = isClose && first && isNear(first, middle, 5) && rings.flat().every((point) => isNear(point, first, SMALL));
    if (!isSmall) return path(geometry);
    return rings.map((ring) => `M${ring.map((point) => made(point).map((n) => n.toFixed(2)).join(",")).join("L")}`).join("");
  };
}

/** Sea, coast and degrees below everything else; the degrees over the land, which from near by is
 * all that there is. */
export function ground(svg, made, path, land) {
  const under = add(svg, "g", { "aria-hidden": "true" });
  add(under, "path", { class: "sea", d: path({ type: "Sphere" }) ?? "" });
  if (land) add(under, "path", { class: "land", d: path(land) ?? "" });
  add(under, "path", { class: "grid", d: path(degrees(made)) ?? "" });
  return under;
}

/** How long a distance is in the middle of the picture: what tells a street from a country. */
export function scale(svg, made, words) {
  const [x, y] = [SIZE[0] / 2, SIZE[1] / 2];
  const ends = [made.invert([x - 50, y]), made.invert([x + 50, y])];
  const unit = (d3.geoDistance(...ends) * EARTH_M) / 100; // metres
  if (!Number.isFinite(unit) || unit <= 0) return;
  const power = 10 ** Math.floor(Math.log10(unit * 200));
  const metres = power * [5, 2, 1].find((each) => each * power <= unit * 200);
  const [count, word] = metres >= 1000 ? [metres / 1000, words.kilometres] : [metres, words.metres];
  const bar = add(svg, "g", { class: "scale" });
  bar.dataset.metres = metres;
  const length = (metres / unit).toFixed(1);
  add(bar, "path", { class: "under", d: `M16 ${SIZE[1] - 24}v8h${length}v-8` });
  add(bar, "path", { d: `M16 ${SIZE[1] - 24}v8h${length}v-8` });
  // Thousands by a narrow blank, as in the list: a comma is a decimal sign to half of the readers.
  const spelled = String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  add(bar, "text", { x: 16, y: SIZE[1] - 34 }, `${spelled} ${word}`);
}

/** A file of this desk. */
export async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}
