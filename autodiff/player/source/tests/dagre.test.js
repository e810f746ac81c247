import assert from "node:assert/strict";
import test from "node:test";
import dagre from "@dagrejs/dagre";
import { layout, newGraph } from "../dagre.js";

const SETTINGS = { nodesep: 26, edgesep: 14, ranksep: 52, marginx: 14, marginy: 9 };

/** Numbers from 0 to 1 that look random, the same on each run. */
function* numbers(seed) {
  for (let x = seed; ; ) {
    x = (1103515245 * x + 12345) % 2147483648;
    yield x / 2147483648;
  }
}

/** A graph as an expression has it: a node reads earlier ones, some twice, and some nodes are read by nobody. */
function sample(graph, seed, count) {
  const next = numbers(seed);
  const draw = (below) => Math.floor(next.next().value * below);
  graph.setGraph({ ...SETTINGS });
  graph.setDefaultEdgeLabel(() => ({}));
  for (let i = 0; i < count; i += 1) {
    graph.setNode(`${i}`, { width: 40 + draw(80), height: 28 + draw(40) });
    for (let k = 0; i > 1 && k < draw(4); k += 1) graph.setEdge(`${draw(i)}`, `${i}`, {}, `${k}`);
  }
  return graph;
}

/** A coordinate without the rounding error of a shift. */
const at = ({ x, y }) => [x, y].map((z) => z.toFixed(6));

const places = (graph) => ({
  nodes: graph.nodes().map((key) => [key, at(graph.node(key))]),
  edges: graph.edges().map((edge) => [edge, graph.edge(edge).points.map(at)]),
  size: at({ x: graph.graph().width, y: graph.graph().height }),
});

test("everything stands where dagre's own layout() puts it", () => {
  for (const [seed, count] of [1, 2, 3, 5, 8, 13, 21, 34, 55].entries()) {
    const [ours, theirs] = [newGraph(), new dagre.graphlib.Graph({ multigraph: true })];
    layout(sample(ours, seed + 1, count));
    dagre.layout(sample(theirs, seed + 1, count));
    assert.deepEqual(places(ours), places(theirs));
  }
});
