// The shapes of the picture.

const SVG = "http://www.w3.org/2000/svg";
const SLANT = 12; // of a hexagon's sides

/** An SVG element; text is always text, never markup. */
export function svg(tag, attributes = {}, parent = null, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

/** The border of a node, around the origin. */
export function outline(role, width, height) {
  const [x, y] = [-width / 2, -height / 2];
  if (role === "parameter") {
    const upper = [-x - SLANT, x + SLANT].map((corner) => `${corner},${y}`);
    const points = [`${x},0`, upper[1], upper[0], `${-x},0`, `${-x - SLANT},${-y}`, `${x + SLANT},${-y}`];
    return svg("polygon", { points: points.join(" "), class: "shape" });
  }
  const radius = { input: height / 2, constant: 0, outside: 0 }[role] ?? 8;
  return svg("rect", { x, y, width, height, rx: Math.min(radius, 22), class: "shape" });
}

/** A smooth line through points. */
export function path(points) {
  const [first, ...rest] = points;
  let d = `M${first.x} ${first.y}`;
  for (let i = 0; i < rest.length - 1; i += 1) {
    const end =
      i === rest.length - 2
        ? rest[i + 1]
        : { x: (rest[i].x + rest[i + 1].x) / 2, y: (rest[i].y + rest[i + 1].y) / 2 };
    d += `Q${rest[i].x} ${rest[i].y} ${end.x} ${end.y}`;
  }
  return rest.length === 1 ? `${d}L${rest[0].x} ${rest[0].y}` : d;
}
