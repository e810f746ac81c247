// The graph: drawn once for each window, and painted anew at every frame by attributes and texts alone.

import { adjointAt, called, hasValue, nameOf, sweepOf, target, written } from "./film.js";
import { FONT, GAP, LINE, across, adjointText, arrange, textWidth, valueText } from "./layout.js";
import { bracketed, brief } from "./numbers.js";
import { outline, path, svg } from "./shapes.js";
import { SPAN, windowAt } from "./windows.js";

const SMALLEST = 0.85; // of the chosen size: below, one would scroll rather than squint
const LABEL = 34; // characters of an edge's label

/** The picture of a film in a scrolling box. */
export class Graph {
  constructor(film, box, choose) {
    this.film = film;
    this.box = box;
    this.choose = choose;
    this.zoom = 0; // 0: chosen so that the picture fits
    this.first = -1;
  }

  /** Draw the window in which a node is, if another one is shown. */
  open(node) {
    const view = windowAt(this.film, node);
    if (this.first === view.first) return;
    this.first = view.first;
    this.view = view;
    const graph = arrange(this.film, view);
    const { width, height } = graph.graph();
    this.size = { width, height };
    this.nodes = new Map();
    this.edges = new Map();
    this.svg = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": this.description() });
    this.defineArrows();
    const edges = svg("g", {}, this.svg);
    const boxes = svg("g", {}, this.svg);
    for (const edge of view.edges) this.drawEdge(edges, graph, edge);
    for (const node of view.nodes) this.drawNode(boxes, graph.node(node.key), node);
    this.label = svg("g", { class: "label", visibility: "hidden" }, this.svg);
    this.labelBox = svg("rect", { rx: 5 }, this.label);
    this.labelText = svg("text", { "text-anchor": "middle" }, this.label);
    this.box.replaceChildren(this.svg);
    this.resize();
  }

  description() {
    const { whole, first, last } = this.view;
    return whole
      ? `The graph of ${this.film.nodes.length} nodes; the list beside it has the same nodes.`
      : `A part of the graph, nodes v${first} to v${last}; the list has all nodes.`;
  }

  /** What is said above the picture: where one is in a large graph. */
  note() {
    const { whole, first, last, left } = this.view;
    if (whole) return "";
    const missing = left ? ` ${left} edges from before are not drawn.` : "";
    const part = `v${first} to v${last} of ${this.film.nodes.length} nodes`;
    return `${part}: a large graph is drawn ${SPAN} nodes at a time.${missing}`;
  }

  defineArrows() {
    const defs = svg("defs", {}, this.svg);
    for (const kind of ["quiet", "forward", "reverse"]) {
      const marker = { id: `arrow-${kind}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9 };
      const head = svg("marker", { ...marker, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" }, defs);
      svg("path", { d: "M0 1L10 5L0 9z", class: `head ${kind}` }, head);
    }
  }

  drawEdge(parent, graph, edge) {
    const { points } = graph.edge({ v: edge.from, w: edge.to, name: `${edge.operand}` });
    const line = svg("path", { d: path(points), class: "edge" }, parent);
    if (this.film.nodes[edge.id].ordered) {
      const { x, y } = points.at(-1);
      svg("text", { x: x - 7, y: y - 5, class: "order" }, parent, `${edge.operand + 1}`);
    }
    this.edges.set(`${edge.id}.${edge.operand}`, { line, points, reader: graph.node(edge.to) });
  }

  drawNode(parent, place, { id, constant, outside }) {
    const role = constant !== undefined ? "constant" : outside ? "outside" : this.film.nodes[id].role;
    const group = svg("g", { class: `node ${role}`, transform: `translate(${place.x} ${place.y})` }, parent);
    group.append(outline(role, place.width, place.height));
    if (role === "output") {
      const ring = outline("ring", place.width - 8, place.height - 8);
      ring.setAttribute("class", "ring");
      group.append(ring);
    }
    if (constant !== undefined || outside) {
      const text = outside ? nameOf(id) : brief(constant, 5);
      svg("text", { y: 4, "font-size": FONT.value }, group, text);
      if (outside) this.nodes.set(id, { group });
      return;
    }
    const node = this.film.nodes[id];
    svg("title", {}, group, `${called(this.film, id)} = ${written(this.film, id) || node.role}`);
    const top = -place.height / 2 + 19 + (role === "output" ? 4 : 0);
    const head = svg("text", { y: top, "font-size": FONT.label, class: "name" }, group);
    svg("tspan", {}, head, node.label);
    svg("tspan", { dx: 6, "font-size": FONT.small, class: "place" }, head, nameOf(id));
    if (role === "constant") return;
    const value = svg("text", { y: top + LINE, "font-size": FONT.value, class: "value" }, group);
    const adjoint = svg("text", { y: top + 2 * LINE, "font-size": FONT.value, class: "adjoint" }, group);
    group.addEventListener("click", () => this.choose(id));
    this.nodes.set(id, { group, value, adjoint, place });
  }

  /** The size of the picture on the page. */
  resize() {
    const { clientWidth, clientHeight } = this.box;
    const below = parseFloat(getComputedStyle(this.box).paddingBottom);
    const fit = Math.min((clientWidth - 4) / this.size.width, (clientHeight - below - 4) / this.size.height);
    this.scale = this.zoom || Math.min(1.15, Math.max(SMALLEST, fit));
    this.svg.setAttribute("width", Math.round(this.size.width * this.scale));
    this.svg.setAttribute("height", Math.round(this.size.height * this.scale));
  }

  /** Show frame k. */
  paint(k, smooth) {
    const frame = this.film.frames[k];
    this.open(frame.node);
    const reverse = sweepOf(frame) === "reverse";
    for (const [id, { group, value, adjoint }] of this.nodes) {
      group.classList.remove("now", "forward", "reverse", "target");
      if (!value) continue;
      const known = hasValue(this.film, id, k);
      group.classList.toggle("waiting", !known);
      value.textContent = known ? valueText(this.film, id) : "";
      const found = adjointAt(this.film, id, k);
      adjoint.textContent = found === undefined ? "" : adjointText(found);
    }
    for (const { line } of this.edges.values()) line.setAttribute("class", "edge");
    for (const { line } of this.edges.values()) line.setAttribute("marker-end", "url(#arrow-quiet)");
    for (const { line } of this.edges.values()) line.removeAttribute("marker-start");
    if (frame.kind !== "end") this.nodes.get(frame.node)?.group.classList.add("now", reverse ? "reverse" : "forward");
    this.label.setAttribute("visibility", "hidden");
    if (frame.kind === "send") {
      this.nodes.get(frame.to)?.group.classList.add("target", "reverse");
      this.paintContribution(frame, k);
    }
    if (frame.kind === "forward") this.paintOperands(frame.node);
    this.follow(frame, smooth);
  }

  paintOperands(node) {
    (this.film.nodes[node].operands ?? []).forEach((_, operand) => {
      const edge = this.edges.get(`${node}.${operand}`);
      edge?.line.setAttribute("class", "edge now forward");
      edge?.line.setAttribute("marker-end", "url(#arrow-forward)");
    });
  }

  paintContribution(frame, k) {
    const edge = this.edges.get(`${frame.node}.${frame.operand}`);
    if (!edge) return;
    edge.line.setAttribute("class", "edge now reverse");
    edge.line.removeAttribute("marker-end");
    edge.line.setAttribute("marker-start", "url(#arrow-reverse)");
    const contribution = brief(frame.contribution, 4);
    const factors = [adjointAt(this.film, frame.node, k), frame.partial ?? 0].map((value) => brief(value, 4));
    const product = `${factors[0]} × ${bracketed(factors[1])} = ${contribution}`;
    this.labelText.textContent = "partial" in frame && product.length <= LABEL ? product : `+ ${contribution}`;
    const width = textWidth(this.labelText.textContent, FONT.value) * 1.06 + 16;
    const y = edge.reader.y - edge.reader.height / 2 - GAP / 2;
    const x = Math.min(
      Math.max(across(edge.points, y), width / 2 + 2),
      Math.max(this.size.width - width / 2 - 2, width / 2),
    );
    for (const [name, value] of Object.entries({ x: x - width / 2, y: y - 12, width, height: 24 })) {
      this.labelBox.setAttribute(name, value);
    }
    for (const [name, value] of Object.entries({ x, y: y + 4.5, "font-size": FONT.value })) {
      this.labelText.setAttribute(name, value);
    }
    this.label.setAttribute("visibility", "visible");
  }

  /** Keep what happens in sight. */
  follow(frame, smooth) {
    const places = [frame.node, target(frame)].map((id) => this.nodes.get(id)?.place).filter(Boolean);
    if (!places.length) return;
    const x = (places.reduce((sum, p) => sum + p.x, 0) / places.length) * this.scale;
    const y = (places.reduce((sum, p) => sum + p.y, 0) / places.length) * this.scale;
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = this.box;
    const [left, top] = [x - clientWidth / 2, y - clientHeight / 2];
    const near = Math.hypot(left - scrollLeft, top - scrollTop) < clientHeight;
    this.box.scrollTo({ left, top, behavior: smooth && near ? "smooth" : "instant" });
  }
}
