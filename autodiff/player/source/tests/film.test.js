import assert from "node:assert/strict";
import test from "node:test";
import {
  adjointAt,
  frameOf,
  gradient,
  hasValue,
  nextStop,
  prepare,
  reason,
  received,
  sentence,
  written,
} from "../film.js";
import { SPAN, WHOLE, windowAt } from "../windows.js";

/** x * x at 3: the smallest film with a fan-out. */
const square = () =>
  prepare({
    title: "",
    output: 1,
    nodes: [
      { role: "input", label: "x", name: "x", operation: "input", value: 3, active: true },
      {
        role: "output",
        label: "×",
        name: "",
        operation: "mul",
        value: 9,
        active: true,
        form: "{0} × {1}",
        infix: true,
        operands: [0, 0],
        saved: [0, 0],
      },
    ],
    frames: [
      { kind: "forward", node: 0 },
      { kind: "forward", node: 1 },
      { kind: "seed", node: 1, after: 1 },
      { kind: "send", node: 1, to: 0, operand: 0, partial: 3, formula: "v0", contribution: 3, after: 3 },
      { kind: "send", node: 1, to: 0, operand: 1, partial: 3, formula: "v0", contribution: 3, after: 6 },
      { kind: "arrive", node: 0 },
      { kind: "end", node: 1 },
    ],
  });

const NEVER = { strange: false, above: null, below: null };

test("values and adjoints appear in their frame, and are gone again when one goes back", () => {
  const film = square();
  assert.deepEqual(
    [0, 1, 2].map((k) => hasValue(film, 1, k)),
    [false, true, true],
  );
  assert.deepEqual(
    film.frames.map((_, k) => adjointAt(film, 0, k)),
    [undefined, undefined, undefined, 3, 6, 6, 6],
  );
  assert.deepEqual(
    film.frames.map((_, k) => received(film, 0, k)),
    [0, 0, 0, 1, 2, 2, 2],
  );
  assert.equal(film.turn, 2);
  assert.equal(film.awaited[0], 2);
});

test("every frame has a sentence", () => {
  const film = square();
  assert.equal(sentence(film, 1), "Forward: v1 = v0 × v0 = 9.");
  assert.equal(sentence(film, 2), "The reverse sweep begins: the adjoint of v1, the output, is 1.");
  assert.match(
    sentence(film, 3),
    /v1 sends 1 × 3 = 3 to v0 \(x\), contribution 1 of 2; the adjoint of v0 \(x\) is now 3/,
  );
  assert.match(sentence(film, 4), /the adjoint of v0 \(x\) goes from 3 to 6/);
  assert.equal(sentence(film, 6), "Both sweeps are done. ∂v1/∂x is 6.");
  assert.deepEqual(gradient(film), [["∂v1/∂x", 6]]);
});

test("a negative number in an equation has brackets", () => {
  const film = square();
  film.nodes[0].value = -3;
  assert.equal(written(film, 1, true), "(\u22123) × (\u22123)");
  assert.equal(written(film, 0), "");
});

test("stops are found by size and by nan, and only where they are", () => {
  const film = square();
  assert.equal(nextStop(film, 0, NEVER), -1);
  assert.equal(nextStop(film, 0, { ...NEVER, above: 5 }), 4);
  assert.equal(nextStop(film, 4, { ...NEVER, above: 5 }), -1);
  assert.equal(nextStop(film, 0, { ...NEVER, below: 2 }), 2);
  assert.equal(nextStop(film, 0, { ...NEVER, strange: true }), -1);
  assert.match(reason(film, 4, { ...NEVER, above: 5 }), /\|adjoint of v0\| = 6, above 5/);
  film.nodes[1].value = "inf";
  assert.equal(nextStop(film, 0, { ...NEVER, strange: true }), 1);
  film.frames[4].contribution = "nan";
  assert.equal(nextStop(film, 1, { ...NEVER, strange: true }), 4);
});

test("a node is found in the sweep where one is", () => {
  const film = square();
  assert.equal(frameOf(film, 1, 0), 1);
  assert.equal(frameOf(film, 1, 5), 2);
  assert.equal(frameOf(film, 0, 5), 5);
});

const chain = (count) => ({
  nodes: Array.from({ length: count }, (_, i) => (i ? { operands: [i - 1, { constant: 2 }] } : {})),
});

test("a small graph is drawn whole, a large one in windows with what they read", () => {
  const whole = windowAt(chain(WHOLE), 3);
  assert.equal(whole.nodes.length, WHOLE + WHOLE - 1);
  const part = windowAt(chain(WHOLE + 1), SPAN + 3);
  assert.deepEqual([part.first, part.last], [SPAN, 2 * SPAN - 1]);
  assert.deepEqual(
    part.nodes.filter((node) => node.outside).map((node) => node.id),
    [SPAN - 1],
  );
  assert.equal(part.edges.length, 2 * SPAN);
});

test("a node that reads very many leaves some out, and says how many", () => {
  const count = 500;
  const film = {
    nodes: [...Array.from({ length: count }, () => ({})), { operands: Array.from({ length: count }, (_, i) => i) }],
  };
  const view = windowAt(film, count);
  assert.equal(view.left + view.edges.length, count);
  assert.ok(view.left > 0 && view.nodes.length < 100);
});
