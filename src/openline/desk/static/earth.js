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

/** Sea, degrees and coast below everything else. */
export function ground(svg, path, land) {
  const under = add(svg, "g", { "aria-hidden": "true" });
  add(under, "path", { class: "sea", d: path({ type: "Sphere" }) ?? "" });
  add(under, "path", { class: "grid", d: path(d3.geoGraticule10()) ?? "" });
  if (land) add(under, "path", { class: "land", d: path(land) ?? "" });
  return under;
}

/** A file of this desk. */
export async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}
