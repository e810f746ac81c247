// What is known at each frame of a film. No page here: these functions are tested without one.

import { bracketed, brief, extent, full, isArray, scalar } from "./numbers.js";

/** A film with what is asked of it again and again: when a node gets its value, and how its adjoint grows. */
export function prepare(film) {
  const valued = film.nodes.map(() => -1); // the frame in which a node gets its value; constants have theirs before
  const growth = film.nodes.map(() => []); // [frame, adjoint] in order
  const awaited = film.nodes.map(() => 0); // how many contributions a node gets in all
  const own = film.nodes.map(() => ({})); // the first frame of each sweep that belongs to a node
  film.frames.forEach((frame, k) => {
    if (frame.kind === "forward") valued[frame.node] = k;
    if ("after" in frame) growth[target(frame)].push([k, frame.after]);
    if (frame.kind === "send") awaited[frame.to] += 1;
    const sweep = sweepOf(frame);
    if (frame.kind !== "end" && !(sweep in own[frame.node])) own[frame.node][sweep] = k;
  });
  const turn = film.frames.findIndex((frame) => frame.kind !== "forward");
  return { ...film, valued, growth, awaited, own, turn };
}

export const sweepOf = (frame) => (frame.kind === "forward" ? "forward" : "reverse");

/** The node whose adjoint a frame writes. */
export const target = (frame) => (frame.kind === "send" ? frame.to : frame.node);

/** Whether a node has its value at frame k. */
export const hasValue = (film, node, k) => film.valued[node] <= k;

/** A node's adjoint at frame k; undefined while nothing has come. */
export function adjointAt(film, node, k) {
  let found;
  for (const [frame, adjoint] of film.growth[node]) {
    if (frame > k) break;
    found = adjoint;
  }
  return found;
}

/** How many contributions a node has got at frame k. */
export const received = (film, node, k) =>
  film.growth[node].filter(([frame]) => frame <= k && film.frames[frame].kind === "send").length;

/** The frame to go to for a node: that of the sweep in which frame k is, or of the other. */
export function frameOf(film, node, k) {
  const { forward, reverse } = film.own[node];
  const got = film.growth[node][0]?.[0]; // a leaf that is reached has a frame of its own; others are told by what came
  return sweepOf(film.frames[k]) === "reverse" ? (reverse ?? got ?? forward ?? k) : (forward ?? reverse ?? k);
}

// -- what a node is, in text ----------------------------------------------------------------------------------------

export const nameOf = (node) => `v${node}`;

/** A node's name, with that of the input: `v0 (x)`. */
export const called = (film, node) => {
  const { name } = film.nodes[node];
  return name ? `${nameOf(node)} (${name})` : nameOf(node);
};

/** `v0 × v1`, or with numbers `2 × 5`; empty for a leaf. */
export function written(film, node, withValues = false) {
  const { form, infix, operands } = film.nodes[node];
  if (!form) return "";
  return form.replace(/\{(\d+)\}/g, (_, place) => {
    const operand = operands[place];
    const constant = isArray(operand);
    if (!constant && !withValues) return nameOf(operand);
    const text = brief(constant ? operand.constant : film.nodes[operand].value);
    return infix ? bracketed(text) : text;
  });
}

/** Whether a node's equation can be written with numbers. */
export const hasNumbers = (film, node) =>
  film.nodes[node].operands.every((j) => !isArray(isArray(j) ? j.constant : film.nodes[j].value));

// -- frames in words ------------------------------------------------------------------------------------------------

const ordinal = (k, n) => (n > 1 ? `, contribution ${k} of ${n}` : "");

/** One sentence for a frame, as a screen reader says it. */
export function sentence(film, k) {
  const frame = film.frames[k];
  const node = film.nodes[frame.node];
  const v = nameOf(frame.node);
  switch (frame.kind) {
    case "forward":
      if (!node.form) return `Forward: ${v} is the ${node.role} ${node.name} = ${full(node.value)}.`;
      return `Forward: ${v} = ${written(film, frame.node)} = ${full(node.value)}.`;
    case "seed": {
      const everywhere = isArray(frame.after) ? " at every entry" : "";
      return `The reverse sweep begins: the adjoint of ${v}, the output, is 1${everywhere}.`;
    }
    case "send": {
      const to = called(film, frame.to);
      const n = film.awaited[frame.to];
      const before = adjointAt(film, frame.to, k - 1);
      const what =
        "partial" in frame && !isArray(frame.contribution)
          ? `${brief(adjointAt(film, frame.node, k))} × ${bracketed(brief(frame.partial))} = ${full(frame.contribution)}`
          : full(frame.contribution);
      const sum =
        before === undefined
          ? `the adjoint of ${to} is now ${full(frame.after)}`
          : `the adjoint of ${to} goes from ${full(before)} to ${full(frame.after)}`;
      return `Reverse: ${v} sends ${what} to ${to}${ordinal(received(film, frame.to, k), n)}; ${sum}.`;
    }
    case "still":
      return `Reverse: ${v} sends nothing back: its partials are zero.`;
    case "arrive": {
      const adjoint = full(adjointAt(film, frame.node, k));
      return `Reverse: the adjoint of ${called(film, frame.node)} is complete: ${adjoint}.`;
    }
    default:
      return `Both sweeps are done. ${gradient(film)
        .map(([name, value]) => `${name} is ${full(value)}`)
        .join("; ")}.`;
  }
}

/** The derivative of the output with respect to each input that may have one. */
export function gradient(film) {
  const last = film.frames.length - 1;
  return film.nodes
    .map((node, i) => [node, i])
    .filter(([node]) => !node.form && node.role !== "constant" && node.active)
    .map(([node, i]) => [`∂${nameOf(film.output)}/∂${node.name}`, adjointAt(film, i, last) ?? 0]);
}

// -- stops ----------------------------------------------------------------------------------------------------------

/** What a frame computes that is new. */
const produced = (film, frame) =>
  frame.kind === "forward"
    ? [film.nodes[frame.node].value]
    : frame.kind === "send"
      ? [frame.contribution, frame.after]
      : frame.kind === "seed"
        ? [frame.after]
        : [];

/** Why playing stops at frame k; empty if it does not. stops: {strange, above, below}, null where not asked for. */
export function reason(film, k, stops) {
  const frame = film.frames[k];
  if (stops.strange && produced(film, frame).some((value) => !extent(value).finite)) {
    return "a value that is not finite";
  }
  if (!("after" in frame)) return "";
  const { largest, finite } = extent(frame.after);
  if (!finite) return "";
  const size = `|adjoint of ${nameOf(target(frame))}| = ${scalar(largest, 4)}`;
  if (stops.above !== null && largest > stops.above) return `${size}, above ${scalar(stops.above)}`;
  if (stops.below !== null && largest < stops.below) return `${size}, below ${scalar(stops.below)}`;
  return "";
}

/** The next frame after k where there is a reason to stop; -1 if there is none. */
export function nextStop(film, k, stops) {
  for (let i = k + 1; i < film.frames.length; i += 1) if (reason(film, i, stops)) return i;
  return -1;
}
