// What happens at a frame, in words and numbers.

import { element } from "./dom.js";
import { adjointAt, called, gradient, hasNumbers, nameOf, received, sentence, written } from "./film.js";
import { bracketed, brief, extent, full, isArray, isZero, rows } from "./numbers.js";

/** Fill the panel. The sentence is for screen readers, and is read aloud; what is seen says the same. */
export function showFrame(film, k, panel, spoken) {
  spoken.textContent = sentence(film, k);
  panel.replaceChildren(...CONTENT[film.frames[k].kind](film, k));
  panel.scrollTop = 0;
}

const CONTENT = {
  forward(film, k) {
    const { node: id } = film.frames[k];
    const node = film.nodes[id];
    if (!node.form) {
      return [
        heading("forward", `${node.role} ${node.name}`),
        equation(nameOf(id), node.name, full(node.value)),
        ...entries(node.value),
      ];
    }
    const numbers = hasNumbers(film, id) ? [written(film, id, true)] : [];
    const warning = extent(node.value).finite ? [] : [remark("This value is not finite.", "warning")];
    return [
      heading("forward", `compute ${nameOf(id)}`),
      equation(nameOf(id), written(film, id), ...numbers, full(node.value)),
      ...entries(node.value),
      ...warning,
      saved(film, node),
      ...source(node),
    ];
  },

  seed(film, k) {
    const { node: id, after } = film.frames[k];
    const everywhere = isArray(after) ? " at every entry" : "";
    return [
      heading("reverse", "the seed"),
      equation(`v\u0304${id}`, `∂v${id}/∂v${id}`, full(after)),
      remark(
        `The reverse sweep begins at the output: its adjoint is 1${everywhere}. ` +
          "An adjoint says how much the output changes when the node does.",
      ),
    ];
  },

  send(film, k) {
    const frame = film.frames[k];
    const { node: id, to } = frame;
    const adjoint = adjointAt(film, id, k);
    const before = adjointAt(film, to, k - 1);
    const [part, parts] = [received(film, to, k), film.awaited[to]];
    const single = "partial" in frame; // or the adjoint goes back by a rule that is no product
    const facts = [["adjoint", `v\u0304${id}`, adjoint]];
    if (single) facts.push(["partial", partial(frame), frame.partial]);
    facts.push(["contribution", single ? `v\u0304${id} × ∂v${id}/∂v${to}` : "", frame.contribution]);
    const running =
      before === undefined
        ? `v\u0304${to} = ${full(frame.after)}`
        : `v\u0304${to}: ${full(before)} + ${bracketed(full(frame.contribution))} → ${full(frame.after)}`;
    return [
      heading("reverse", `${nameOf(id)} → ${called(film, to)}`),
      equation(nameOf(id), written(film, id)),
      table(facts),
      ...(single ? [] : [remark(`It is ${frame.words}.`)]),
      element(
        "p",
        { class: "sum" },
        before === undefined ? "" : element("b", {}, "+= "),
        running,
        element("small", {}, counted(to, part, parts)),
      ),
      ...(frame.summed
        ? [remark(`v${to} was repeated to the shape of v${id}: what comes back is added up over the repetitions.`)]
        : []),
      ...(gated(frame, adjoint)
        ? [remark("The adjoint is exactly 0: the branch that was not taken contributes 0, whatever its partial is.")]
        : []),
      ...(extent(frame.after).finite ? [] : [remark("This adjoint is not finite.", "warning")]),
      ...entries(frame.after),
      ...source(film.nodes[id]),
    ];
  },

  still(film, k) {
    const { node: id } = film.frames[k];
    return [
      heading("reverse", `${nameOf(id)} sends nothing`),
      equation(nameOf(id), written(film, id)),
      remark("Its partials are zero, so nothing flows back from here."),
      ...source(film.nodes[id]),
    ];
  },

  arrive(film, k) {
    const { node: id } = film.frames[k];
    const adjoint = adjointAt(film, id, k);
    return [
      heading("reverse", `${called(film, id)} is complete`),
      equation(`∂${nameOf(film.output)}/∂${film.nodes[id].name}`, `v\u0304${id}`, full(adjoint)),
      ...entries(adjoint),
      remark("All that was computed from it has sent its contribution."),
    ];
  },

  end(film) {
    const found = gradient(film);
    const output = film.nodes[film.output];
    return [
      heading("reverse", "the gradient"),
      table([
        ["value", nameOf(film.output), output.value],
        ...found.map(([name, value]) => ["derivative", name, value]),
      ]),
      remark(
        found.length > 1
          ? `One reverse sweep gave ${found.length === 2 ? "both" : `all ${found.length}`} of them.`
          : "One reverse sweep gave it.",
      ),
    ];
  },
};

/** Which contribution it is, and why there are several. */
function counted(to, part, parts) {
  if (parts === 1) return "the only contribution: complete";
  if (part === parts) return `contribution ${part} of ${parts}: complete`;
  return `contribution ${part} of ${parts}: v${to} was read ${parts} times`;
}

const heading = (sweep, text) => element("h2", {}, element("span", { class: `badge ${sweep}` }, sweep), ` ${text}`);

const remark = (text, kind = "") => element("p", { class: `remark ${kind}` }, text);

/** `a = b = c`, broken before an equals sign where it is long. */
function equation(first, ...rest) {
  return element("p", { class: "equation" }, first, ...rest.map((text) => element("span", {}, ` = ${text}`)));
}

const partial = (frame) => {
  const name = `∂v${frame.node}/∂v${frame.to}`;
  const written = frame.formula.replaceAll(" * ", " × ").replaceAll("-", "\u2212");
  return frame.formula && Number.isNaN(Number(frame.formula)) ? `${name} = ${written}` : name;
};

const table = (facts) =>
  element(
    "table",
    { class: "facts" },
    element(
      "tbody",
      {},
      ...facts.map(([what, name, value]) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, what),
          element("td", {}, name),
          element("td", { class: "number", title: full(value) }, brief(value)),
        ),
      ),
    ),
  );

/** The entries of a small array of one or two axes. */
function entries(value) {
  const texts = isArray(value) && (value.shape.length > 1 || value.entries?.length > 8) ? rows(value) : null;
  if (!texts) return [];
  const body = texts.map((row) => element("tr", {}, ...row.map((text) => element("td", { class: "number" }, text))));
  return [
    element(
      "div",
      { class: "wide" },
      element("table", { class: "entries", "aria-label": `entries, ${brief(value)}` }, element("tbody", {}, ...body)),
    ),
  ];
}

function saved(film, node) {
  if (!node.saved) return remark("No input is behind it, so the reverse sweep does not come here.");
  const names = node.saved.map((j) => (isArray(j) ? full(j.constant) : nameOf(j)));
  return remark(
    names.length
      ? `Kept for the way back: ${[...new Set(names)].join(", ")}.`
      : "Nothing has to be kept for the way back.",
  );
}

function source(node) {
  if (!node.line) return [];
  return [
    element("p", { class: "source" }, node.line, node.code ? element("code", { title: node.code }, node.code) : ""),
  ];
}

const gated = (frame, adjoint) =>
  "partial" in frame && isZero(adjoint) && !extent(frame.partial).finite && isZero(frame.contribution);
