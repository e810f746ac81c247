// dagre's layout of a graph without cycles, loops and groups: its own modules in its own order, without the half of the
// library that is for those. tests/dagre.test.js holds it against dagre's layout(). dagre 1 comes as modules; 2 and 3
// come in one piece, which is as large as our whole script.

import networkSimplex from "@dagrejs/dagre/lib/rank/network-simplex.js";
import normalize from "@dagrejs/dagre/lib/normalize.js";
import order from "@dagrejs/dagre/lib/order/index.js";
import position from "@dagrejs/dagre/lib/position/index.js";
import { intersectRect, normalizeRanks } from "@dagrejs/dagre/lib/util.js";
import Graph from "@dagrejs/graphlib/lib/graph.js";

const ROOT = "root"; // no node of ours is called so

export const newGraph = () => new Graph({ multigraph: true });

/** Give each node, which has a size, its place, each edge its points, and the graph its size. */
export function layout(graph) {
  graph.graph().ranksep /= 2;
  for (const edge of graph.edges()) graph.setEdge(edge, { minlen: 2, weight: 1 }); // with a rank between, for its bend
  rank(graph);
  normalize.run(graph);
  order(graph);
  position(graph);
  normalize.undo(graph);
  for (const edge of graph.edges()) {
    const { points } = graph.edge(edge);
    const [first, last] = [points[0], points.at(-1)];
    points.unshift(intersectRect(graph.node(edge.v), first));
    points.push(intersectRect(graph.node(edge.w), last));
  }
  moveIntoSight(graph);
}

/** The rank of each node. The algorithm wants a graph of one piece: a root above all nodes sees to that. */
function rank(graph) {
  const nodes = graph.nodes();
  graph.setNode(ROOT, {});
  for (const node of nodes) graph.setEdge(ROOT, node, { weight: 0, minlen: 1 });
  networkSimplex(graph);
  graph.removeNode(ROOT);
  normalizeRanks(graph);
}

/** The nodes begin where the margin ends, and so does the picture. */
function moveIntoSight(graph) {
  const picture = graph.graph();
  const nodes = graph.nodes().map((key) => graph.node(key));
  const bends = graph.edges().flatMap((edge) => graph.edge(edge).points);
  for (const [at, size] of [
    ["x", "width"],
    ["y", "height"],
  ]) {
    const first = Math.min(...nodes.map((node) => node[at] - node[size] / 2)) - picture[`margin${at}`];
    for (const place of [...nodes, ...bends]) place[at] -= first;
    picture[size] = Math.max(...nodes.map((node) => node[at] + node[size] / 2)) + picture[`margin${at}`];
  }
}
