// Where everything stands: sizes from the texts that will ever stand in a node, places from dagre.

import { layout, newGraph } from "./dagre.js";
import { nameOf } from "./film.js";
import { brief } from "./numbers.js";

export const FONT = { label: 15, small: 11, value: 13 };
export const LINE = 17;
export const GAP = 52; // between the ranks: an edge's label stands there
const MARGIN = 14;
const FAMILY = getComputedStyle(document.documentElement).fontFamily;
const widths = new Map();
const ruler = document.createElement("canvas").getContext("2d");

export function textWidth(text, size, weight = 600) {
  const key = `${weight} ${size} ${text}`;
  if (!widths.has(key)) {
    ruler.font = `${weight} ${size}px ${FAMILY}`;
    widths.set(key, ruler.measureText(text).width);
  }
  return widths.get(key);
}

export const valueText = (film, id) => brief(film.nodes[id].value, 5);
export const adjointText = (adjoint) => `v\u0304 = ${brief(adjoint, 5)}`;

function size(film, { id, constant, outside }) {
  if (constant !== undefined) return { width: textWidth(brief(constant, 5), FONT.value) + 20, height: 28 };
  if (outside) return { width: 54, height: 28 };
  const node = film.nodes[id];
  const head = textWidth(node.label, FONT.label) + textWidth(nameOf(id), FONT.small);
  if (node.role === "constant") return { width: head + 28, height: 30 };
  const adjoints = film.growth[id].map(([, adjoint]) => textWidth(adjointText(adjoint), FONT.value));
  const inner = Math.max(head + 14, textWidth(valueText(film, id), FONT.value), ...adjoints);
  const corner = { input: 20, parameter: 30, output: 18 }[node.role] ?? 8;
  return {
    width: Math.max(64, inner + corner + 16),
    height: 26 + LINE * (adjoints.length ? 2 : 1) + (node.role === "output" ? 8 : 0),
  };
}

/** A graph of dagre's that knows the place of every node and the course of every edge. */
export function arrange(film, view) {
  const graph = newGraph();
  graph.setGraph({ nodesep: 26, edgesep: 14, ranksep: GAP, marginx: MARGIN, marginy: MARGIN });
  for (const node of view.nodes) graph.setNode(node.key, size(film, node));
  for (const edge of view.edges) graph.setEdge(edge.from, edge.to, null, `${edge.operand}`);
  layout(graph);
  if (turned(film, view, graph)) mirror(graph);
  return graph;
}

/** Whether more operands stand in the wrong order than in the right one; inputs count as operands of the whole. */
function turned(film, view, graph) {
  const place = (id) => graph.node(`${id}`)?.x;
  const groups = view.nodes.filter(({ id }) => film.nodes[id]?.operands).map(({ id }) => film.nodes[id].operands);
  groups.push(view.nodes.map(({ id }) => id).filter((id) => film.nodes[id]?.role === "input"));
  let score = 0;
  for (const group of groups) {
    const places = group.map(place).filter((x) => x !== undefined);
    for (let i = 1; i < places.length; i += 1) score += Math.sign(places[i] - places[i - 1]);
  }
  return score < 0;
}

function mirror(graph) {
  const { width } = graph.graph();
  for (const key of graph.nodes()) graph.node(key).x = width - graph.node(key).x;
  for (const edge of graph.edges()) for (const point of graph.edge(edge).points) point.x = width - point.x;
}

/** Where a line of points is at a height. */
export function across(points, y) {
  for (let i = 1; i < points.length; i += 1) {
    const [a, b] = [points[i - 1], points[i]];
    if (Math.min(a.y, b.y) <= y && y <= Math.max(a.y, b.y) && a.y !== b.y) {
      return a.x + ((b.x - a.x) * (y - a.y)) / (b.y - a.y);
    }
  }
  return points.at(-1).x;
}
