// Wiring, first part: sliders, the sweep that moves one by itself, and choices.

import { TITLES } from "./live_words.js";
import { make } from "./shared.js";

const shown = (value, control) =>
  control.log ? Number(value.toPrecision(3)).toLocaleString("en") : value.toFixed(2);

// One row: name, native range input, value, play button. `on`: moved(name, value) while it is
// dragged, released(name, soon) after it, played(name).
export class Slider {
  constructor(control, on) {
    Object.assign(this, control);
    this.steps = this.log ? 300 : Math.round((this.max - this.min) / this.step);
    this.input = make("input", { type: "range" });
    Object.assign(this.input, { min: 0, max: this.steps, step: 1 });
    this.input.setAttribute("aria-label", this.label);
    this.input.title = `${this.help} Double-click to reset.`;
    this.output = make("output", { className: "value" });
    this.play = make("button", { type: "button", className: "play", title: "Sweep its values" });
    this.play.setAttribute("aria-label", `Sweep ${this.label}`);
    this.playing(false);
    const name = make("span", { className: "name", textContent: this.label });
    this.row = make("label", { className: "slider" }, [name, this.input, this.output, this.play]);
    this.listen(on);
  }

  // In braces: a handler that returns false would cancel the drag.
  listen(on) {
    let keys = false;
    this.input.oninput = () => {
      on.moved(this.name, this.value());
    };
    this.input.onkeydown = () => {
      keys = true;
    };
    this.input.onkeyup = this.input.onpointerdown = () => {
      keys = false;
    };
    // A held key changes many times a second: one commit when it rests.
    this.input.onchange = () => {
      on.released(this.name, keys);
    };
    this.input.ondblclick = () => {
      on.moved(this.name, this.default);
      on.released(this.name, false);
    };
    this.play.onclick = () => {
      on.played(this.name);
    };
  }

  // The value at the thumb.
  value() {
    const place = +this.input.value;
    if (this.log) return Number(this.valueAt(place / this.steps).toPrecision(3));
    return Number((this.min + place * this.step).toFixed(6));
  }

  valueAt(share) {
    const { min, max } = this;
    return this.log ? min * (max / min) ** share : min + share * (max - min);
  }

  shareOf(value) {
    const { min, max } = this;
    return this.log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  }

  show(value) {
    const share = this.shareOf(value);
    const place = String(Math.round(share * this.steps));
    // A slider between two steps is not pulled onto one.
    if (this.input.value !== place) this.input.value = place;
    this.output.textContent = shown(value, this);
    this.input.setAttribute("aria-valuetext", `${this.label} ${shown(value, this)}`);
    this.input.style.setProperty("--share", `${100 * share}%`);
  }

  playing(on) {
    this.play.textContent = on ? "❚❚" : "▶";
    this.play.setAttribute("aria-pressed", on);
  }
}

// Moves a slider to its top, to its bottom and back to where it was, in eight seconds.
export class Sweep {
  constructor(slider, value, move, done) {
    Object.assign(this, { slider, start: value, value, move, done });
    this.stops = [slider.shareOf(value), 1, 0, slider.shareOf(value)];
    this.began = performance.now();
    slider.playing(true);
    this.next();
  }

  next() {
    this.frame = requestAnimationFrame((now) => this.step(now));
  }

  step(now) {
    const time = Math.max(0, ((now - this.began) / 8000) * 3);
    if (time >= 3) {
      this.stop();
      this.go(this.start);
      this.done();
      return;
    }
    const leg = Math.floor(time);
    const ease = (1 - Math.cos(Math.PI * (time - leg))) / 2;
    this.go(this.slider.valueAt(this.stops[leg] + (this.stops[leg + 1] - this.stops[leg]) * ease));
    this.next();
  }

  go(value) {
    this.value = value;
    this.move(this.slider.name, value);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.slider.playing(false);
  }
}

// A button for each rule; `pressed(name)` when one is pressed.
export const makeChips = (names, pressed) =>
  names.map((name) => {
    const chip = make("button", { type: "button", className: "chip", textContent: TITLES[name] });
    chip.dataset.rule = name;
    chip.onclick = () => {
      pressed(name);
    };
    return chip;
  });

// A list of the classes to choose from; `chosen(class)` when one is.
export const makeSelect = (label, classes, names, chosen) => {
  const select = make("select", {}, classes.map((k) =>
    make("option", { value: k, textContent: names[k] })));
  select.setAttribute("aria-label", label);
  select.onchange = () => {
    chosen(+select.value);
  };
  return select;
};
