import assert from "node:assert/strict";
import test from "node:test";
import { brief, extent, full, isZero, rows, scalar, tight } from "../numbers.js";

const MINUS = "\u2212";

test("a number has the digits of Python's .6g, and a true minus sign", () => {
  const table = [
    [0, "0"],
    [-0, `${MINUS}0`],
    [1, "1"],
    [-2.5, `${MINUS}2.5`],
    [1 / 3, "0.333333"],
    [123456, "123456"],
    [999999.7, "1e+06"],
    [1234567, "1.23457e+06"],
    [0.0001, "0.0001"],
    [0.00001234, "1.234e" + MINUS + "05"],
    [-1e-300, `${MINUS}1e${MINUS}300`],
    [true, "True"],
    ["nan", "nan"],
    ["-inf", `${MINUS}inf`],
  ];
  for (const [value, text] of table) assert.equal(scalar(value), text);
});

const vector = { shape: [3], entries: [1, -2, 0.5] };
const matrix = { shape: [2, 2], entries: [1, 2, 3, 4] };
const large = { shape: [100, 7], low: -3, high: 2, strange: 1 };

test("a short vector is written out, other arrays by their shape", () => {
  assert.equal(brief(vector), `[1, ${MINUS}2, 0.5]`);
  assert.equal(brief(matrix), "2×2");
  assert.equal(full(large), `100×7, from ${MINUS}3 to 2, 1 not finite`);
  assert.equal(full({ shape: [50], strange: 50 }), "50 entries, 50 not finite");
});

test("a narrow cell gets as many digits as it has room for", () => {
  assert.equal(tight(-0.9589242746, 8), `${MINUS}0.95892`);
  assert.equal(tight(vector, 4), "3 entries");
});

test("entries stand in rows", () => {
  assert.deepEqual(rows(matrix), [
    ["1", "2"],
    ["3", "4"],
  ]);
  assert.equal(rows(large), null);
  assert.equal(rows(3), null);
});

test("the extent of a value is its largest entry, and whether all are finite", () => {
  assert.deepEqual(extent(vector), { largest: 2, finite: true });
  assert.deepEqual(extent(large), { largest: 3, finite: false });
  assert.deepEqual(extent("nan"), { largest: 0, finite: false });
  assert.deepEqual(extent(-4), { largest: 4, finite: true });
  assert.ok(isZero({ shape: [2], entries: [0, -0] }) && !isZero("nan") && !isZero(1e-300));
});
