// Which nodes are drawn: all of a small graph, else those around the current one, with what they read from outside.

export const WHOLE = 200; // nodes of a graph that is drawn as one
export const SPAN = 40; // nodes of a window
const OUTSIDE = 24; // operands from before the window that are drawn

/** {first, last, nodes, edges, left}: nodes are {key, id} or {key, constant}, edges {from, to, id, operand}. */
export function windowAt(film, node) {
  const count = film.nodes.length;
  const small = count <= WHOLE;
  const first = small ? 0 : Math.floor(node / SPAN) * SPAN;
  const last = small ? count - 1 : Math.min(count, first + SPAN) - 1;
  const inside = new Set();
  const nodes = [];
  const edges = [];
  let outside = 0;
  let left = 0;
  for (let i = first; i <= last; i += 1) {
    inside.add(i);
    nodes.push({ key: `${i}`, id: i });
  }
  for (let i = first; i <= last; i += 1) {
    (film.nodes[i].operands ?? []).forEach((operand, k) => {
      let key = `${operand}`;
      if (typeof operand === "object") {
        key = `${i}.${k}`;
        nodes.push({ key, constant: operand.constant });
      } else if (!inside.has(operand)) {
        if (outside >= OUTSIDE) {
          left += 1;
          return;
        }
        outside += 1;
        inside.add(operand);
        nodes.push({ key, id: operand, outside: true });
      }
      edges.push({ from: key, to: `${i}`, id: i, operand: k });
    });
  }
  return { first, last, nodes, edges, left, whole: small };
}
