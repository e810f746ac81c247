// Puts the page together: head, graph, panel, list, controls.

import { Controls } from "./controls.js";
import { element } from "./dom.js";
import { prepare, frameOf } from "./film.js";
import { Graph } from "./graph.js";
import { Listing } from "./listing.js";
import { showFrame } from "./panel.js";

const film = prepare(JSON.parse(document.getElementById("film").textContent));
const still = matchMedia("(prefers-reduced-motion: reduce)");
const ROLES = ["input", "parameter", "constant", "intermediate", "output"];

const graphBox = element("div", { class: "graph", tabindex: 0, role: "region", "aria-label": "Graph" });
const note = element("p", { class: "note" });
const panel = element("section", { class: "panel", tabindex: 0, "aria-label": "This step" });
const list = element("section", { class: "listing", tabindex: 0, "aria-label": "All nodes" });
const spoken = element("p", { class: "hidden", "aria-live": "polite", "aria-atomic": "true" });
const bar = element("section", { class: "controls", "aria-label": "Controls" });

const choose = (id) => controls.go(frameOf(film, id, controls.k));
const graph = new Graph(film, graphBox, choose);
const listing = new Listing(film, list, choose);
const controls = new Controls(film, bar, (k, played) => {
  graph.paint(k, !still.matches);
  note.textContent = graph.note();
  note.hidden = !note.textContent;
  listing.paint(k);
  showFrame(film, k, panel, spoken);
  document.body.dataset.sweep = k < film.turn ? "forward" : "reverse";
});

function zoomButton(text, label, next) {
  const button = element("button", { type: "button", "aria-label": label, title: label }, text);
  button.addEventListener("click", () => {
    graph.zoom = next(graph.scale);
    graph.resize();
    graph.paint(controls.k, false);
  });
  return button;
}

const shown = new Set(film.nodes.map((node) => node.role));
for (const node of film.nodes) if (node.operands?.some((j) => typeof j === "object")) shown.add("constant");

document.body.append(
  element(
    "header",
    {},
    element("h1", {}, document.title),
    element(
      "ul",
      { class: "roles", "aria-label": "What the shapes mean" },
      ...ROLES.filter((role) => shown.has(role)).map((role) => element("li", { class: role }, role)),
    ),
  ),
  element(
    "main",
    {},
    element(
      "div",
      { class: "picture" },
      note,
      graphBox,
      element(
        "div",
        { class: "zoom", role: "group", "aria-label": "Size of the graph" },
        zoomButton("−", "Smaller", (s) => s / 1.25),
        zoomButton("fit", "Fit", () => 0),
        zoomButton("+", "Larger", (s) => s * 1.25),
      ),
    ),
    bar, // below on a wide page; here on a narrow one, and for the keyboard
    element("div", { class: "side" }, panel, list),
  ),
  spoken,
);
controls.go(Number(location.hash.slice(1)) - 1 || 0); // player.html#14 begins at step 14
new ResizeObserver(() => {
  graph.resize();
  graph.paint(controls.k, false);
}).observe(graphBox);
