// Buttons, slider, keys and stops; and what plays.

import { element } from "./dom.js";
import { nextStop, reason, sentence } from "./film.js";

const SPEEDS = [
  ["slow", 2400],
  ["normal", 1200],
  ["fast", 400],
  ["very fast", 80],
]; // milliseconds a frame
const ICONS = {
  first: "M6 5v14M19 5l-10 7 10 7z",
  back: "M17 5L7 12l10 7z",
  play: "M7 4l13 8-13 8z",
  pause: "M7 5v14M17 5v14",
  forward: "M7 5l10 7-10 7z",
  last: "M18 5v14M5 5l10 7-10 7z",
};

export class Controls {
  constructor(film, box, show) {
    this.film = film;
    this.show = show; // called with a frame, and whether it is played
    this.k = 0;
    this.timer = null;
    this.build(box);
    document.addEventListener("keydown", (event) => this.key(event));
  }

  build(box) {
    const last = this.film.frames.length - 1;
    const button = (name, label, keys, act) => {
      const found = element("button", {
        type: "button",
        "aria-label": label,
        title: `${label} (${keys.split(" ")[0]})`,
        "aria-keyshortcuts": keys,
        class: name,
      });
      found.append(icon(name));
      found.addEventListener("click", act);
      return found;
    };
    this.playButton = button("play", "Play", "Space", () => this.toggle());
    this.buttons = {
      first: button("first", "First step", "Home", () => this.go(0)),
      back: button("back", "Step back", "ArrowLeft", () => this.go(this.k - 1)),
      forward: button("forward", "Step forward", "ArrowRight", () => this.go(this.k + 1)),
      last: button("last", "Last step", "End", () => this.go(last)),
    };
    this.slider = element("input", { type: "range", min: 0, max: last, value: 0, step: 1, "aria-label": "Step" });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.count = element("output", { class: "count" });
    this.speed = element(
      "select",
      {},
      ...SPEEDS.map(([name, time]) => element("option", { value: time, selected: name === "normal" }, name)),
    );
    const { first, back, forward, last: end } = this.buttons;
    const turn = element("span", { class: "turn", title: "Here the reverse sweep begins" });
    turn.style.setProperty("--at", this.film.turn / Math.max(last, 1));
    box.append(
      element(
        "div",
        { class: "buttons", role: "group", "aria-label": "Steps" },
        first,
        back,
        this.playButton,
        forward,
        end,
      ),
      element("div", { class: "track" }, this.slider, turn),
      this.count,
      element("label", { class: "speed" }, "speed ", this.speed),
      this.buildStops(),
    );
  }

  buildStops() {
    this.strange = element("input", { type: "checkbox", checked: true });
    const size = (label) =>
      element("input", { type: "number", step: "any", min: 0, placeholder: "never", "aria-label": label });
    this.above = size("Stop when the size of an adjoint is above");
    this.below = size("Stop when the size of an adjoint is below");
    this.jump = element("button", { type: "button", title: "Next stop (b)", "aria-keyshortcuts": "b" }, "Next stop");
    this.jump.addEventListener("click", () => this.toStop());
    this.message = element("span", { class: "message", role: "status" });
    return element(
      "div",
      { class: "stops", role: "group", "aria-label": "Stops" },
      element("span", { class: "legend" }, "Stop at"),
      element("label", {}, this.strange, "nan, inf"),
      element("label", { title: "The largest entry of an adjoint, without its sign" }, "|adjoint| > ", this.above),
      element("label", { title: "The largest entry of an adjoint, without its sign" }, "|adjoint| < ", this.below),
      this.jump,
      this.message,
      element(
        "span",
        { class: "keys", "aria-hidden": "true" },
        "keys",
        ...["←", "→", "Home", "End", "Space", "b"].map((key) => element("kbd", {}, key)),
      ),
    );
  }

  get stops() {
    const limit = (input) => (input.value === "" || Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber);
    return { strange: this.strange.checked, above: limit(this.above), below: limit(this.below) };
  }

  get end() {
    return this.film.frames.length - 1;
  }

  /** Go to a frame; whoever asks by hand stops what plays. */
  go(k, played = false) {
    if (!played) this.pause();
    this.k = Math.min(Math.max(k, 0), this.end);
    this.slider.value = this.k;
    this.slider.setAttribute(
      "aria-valuetext",
      `Step ${this.k + 1} of ${this.end + 1}. ${sentence(this.film, this.k)}`,
    );
    this.count.textContent = `${this.k + 1} / ${this.end + 1}`;
    for (const name of ["first", "back"]) disable(this.buttons[name], this.k === 0);
    for (const name of ["forward", "last"]) disable(this.buttons[name], this.k === this.end);
    const why = reason(this.film, this.k, this.stops);
    this.message.textContent = why ? `Stop: ${why}` : "";
    this.show(this.k, played);
    if (played && (why || this.k === this.end)) this.pause();
  }

  toStop() {
    const found = nextStop(this.film, this.k, this.stops);
    if (found >= 0) return this.go(found);
    const first = nextStop(this.film, -1, this.stops);
    const before = 0 <= first && first < this.k ? ` The first one is step ${first + 1}.` : "";
    this.message.textContent = `No stop after this step.${before}`;
  }

  toggle() {
    if (this.timer !== null) this.pause();
    else this.play();
  }

  play() {
    if (this.k === this.end) this.go(0);
    const next = () => {
      this.timer = setTimeout(next, Number(this.speed.value));
      this.go(this.k + 1, true);
    };
    this.timer = setTimeout(next, Math.min(Number(this.speed.value), 300));
    this.face("pause", "Pause");
  }

  pause() {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.face("play", "Play");
  }

  face(name, label) {
    this.playButton.replaceChildren(icon(name));
    this.playButton.setAttribute("aria-label", label);
    this.playButton.title = `${label} (Space)`;
  }

  key(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Enter" && target.matches("input[type=number]")) return this.toStop();
    if (target.matches("input[type=number], select")) return;
    if (key === " " && target.matches("button, input, summary")) return;
    const act = {
      ArrowLeft: () => this.go(this.k - 1),
      ArrowRight: () => this.go(this.k + 1),
      ArrowUp: () => this.go(this.k - 1),
      ArrowDown: () => this.go(this.k + 1),
      Home: () => this.go(0),
      End: () => this.go(this.end),
      " ": () => this.toggle(),
      b: () => this.toStop(),
    }[key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

/** A button that cannot be used keeps the focus, so that the keyboard is not lost. */
function disable(button, off) {
  button.setAttribute("aria-disabled", off);
}

function icon(name) {
  const found = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  found.setAttribute("viewBox", "0 0 24 24");
  found.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  found.append(path);
  return found;
}
