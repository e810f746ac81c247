// The list of all nodes: a row each, with its value and adjoint as far as they are known.

import { element } from "./dom.js";
import { adjointAt, hasValue, nameOf, sweepOf, target, written } from "./film.js";
import { full, isArray, tight } from "./numbers.js";

const ROOM = 8; // characters of a number
const ROOM_OF_VECTOR = 10;

export class Listing {
  constructor(film, box, choose) {
    this.film = film;
    this.box = box;
    this.k = null; // the frame that is shown
    this.marked = []; // the rows that stand out
    this.rows = film.nodes.map((node, id) => this.row(node, id, choose));
    const head = ["node", "is", "value", "adjoint"].map((text) => element("th", { scope: "col" }, text));
    box.replaceChildren(
      element(
        "table",
        { class: "list" },
        element("caption", { class: "hidden" }, "All nodes, in the order in which they were computed"),
        element("thead", {}, element("tr", {}, ...head)),
        element("tbody", {}, ...this.rows.map(({ row }) => row)),
      ),
    );
  }

  row(node, id, choose) {
    const button = element(
      "button",
      { type: "button", tabindex: -1, title: `Go to the step of ${nameOf(id)}` },
      nameOf(id),
    );
    button.addEventListener("click", () => choose(id));
    const what = written(this.film, id) || (node.role === "constant" ? "constant" : node.name);
    const [value, adjoint] = [element("td", { class: "number" }), element("td", { class: "number adjoint" })];
    const row = element(
      "tr",
      { class: node.role },
      element("th", { scope: "row" }, element("span", { class: "swatch" }), button),
      element("td", { class: "is", title: what }, what),
      value,
      adjoint,
    );
    row.addEventListener("click", () => choose(id));
    return { row, value, adjoint };
  }

  /** Show frame k: only what may have changed since the frame before is written. */
  paint(k) {
    const frame = this.film.frames[k];
    for (const id of this.changed(k)) {
      write(this.rows[id].value, hasValue(this.film, id, k) ? this.film.nodes[id].value : undefined);
      write(this.rows[id].adjoint, adjointAt(this.film, id, k));
    }
    for (const row of this.marked) {
      row.classList.remove("forward", "reverse", "target");
      row.removeAttribute("aria-current");
    }
    this.marked = [];
    if (frame.kind !== "end") this.mark(frame.node, sweepOf(frame)).setAttribute("aria-current", "step");
    if (frame.kind === "send") this.mark(frame.to, "reverse", "target");
    this.k = k;
    this.follow(this.rows[target(frame)].row);
  }

  mark(id, ...classes) {
    const { row } = this.rows[id];
    row.classList.add(...classes);
    this.marked.push(row);
    return row;
  }

  changed(k) {
    if (this.k === null) return this.rows.keys();
    const between = this.film.frames.slice(Math.min(k, this.k) + 1, Math.max(k, this.k) + 1);
    return new Set(between.map(target));
  }

  /** Scroll the list, and nothing around it, so that a row is in sight. */
  follow(row) {
    const head = this.box.querySelector("thead").offsetHeight;
    const { offsetTop: top, offsetHeight: height } = row;
    if (top < this.box.scrollTop + head) this.box.scrollTop = top - head - height;
    else if (top + height > this.box.scrollTop + this.box.clientHeight)
      this.box.scrollTop = top + 2 * height - this.box.clientHeight;
  }
}

function write(cell, value) {
  const text = value === undefined ? "" : tight(value, isArray(value) ? ROOM_OF_VECTOR : ROOM);
  if (cell.textContent === text) return;
  cell.textContent = text;
  cell.title = value === undefined ? "" : full(value);
}
