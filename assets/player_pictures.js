// The pictures of a frame: curves up to it, geometry that can be turned, and Gram matrices; with
// what chooses among them.

import { drawCurves, drawMatrix, drawSpace, scientific } from "./player_draw.js";
import { channels, make, mix } from "./shared.js";

const GRAMS = ["classifier_gram", "means_gram", "logits"];
const ARROWS = {
  ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1],
};

export class Pictures {
  // `redraw` is called when something was chosen, turned or pointed at.
  constructor(redraw) {
    this.redraw = redraw;
    [this.gram, this.view] = ["logits", 1];
    [this.bright, this.angles] = [-1, [-0.6, 0.35]];
    this.curves = make("canvas", { className: "curves" });
    this.space = make("canvas", { className: "space", tabIndex: 0 });
    this.matrices = make("canvas", { className: "grams" });
    for (const canvas of [this.curves, this.space, this.matrices]) canvas.setAttribute("role", "img");
    [this.note, this.scale] = [0, 1].map(() => make("p", { className: "note" }));
    this.chips = make("div", { className: "chips" }, GRAMS.map((name) => {
      const chip = this.chip("", () => (this.gram = name));
      chip.dataset.name = name;
      return chip;
    }));
    this.views = make("div", { className: "chips" });
    this.stage = make("div", { className: "stage" }, [
      make("section", { className: "wide" }, [this.curves]),
      make("section", {}, [this.views, this.space, this.note]),
      make("section", { className: "pair" }, [this.chips, this.matrices, this.scale]),
    ]);
    this.wireSpace();
    this.matrices.onpointermove = (event) => this.light(this.classAt(event));
    this.matrices.onpointerleave = () => this.light(-1);
  }

  chip(textContent, choose) {
    const chip = make("button", { type: "button", className: "chip", textContent });
    chip.onclick = () => {
      choose();
      this.redraw();
    };
    return chip;
  }

  wireSpace() {
    const { space } = this;
    space.onpointerdown = (event) => {
      this.held = [event.clientX, event.clientY, ...this.angles];
      space.setPointerCapture(event.pointerId);
    };
    space.onpointermove = (event) => {
      if (!this.held) return;
      const [x, y, turn, tilt] = this.held;
      this.turn(turn + (event.clientX - x) / 120, tilt + (event.clientY - y) / 120);
    };
    space.onpointerup = space.onpointercancel = () => (this.held = null);
    space.onkeydown = (event) => {
      const [turn, tilt] = ARROWS[event.key] ?? [0, 0];
      if (!turn && !tilt) return;
      event.preventDefault();
      this.turn(this.angles[0] + turn, this.angles[1] + tilt);
    };
  }

  turn(turn, tilt) {
    this.angles = [turn, Math.max(-1.55, Math.min(1.55, tilt))];
    this.redraw();
  }

  light(k) {
    if (k === this.bright) return;
    this.bright = k;
    this.redraw();
  }

  classAt(event) {
    const density = this.matrices.width / this.matrices.clientWidth;
    const [x, y] = [event.offsetX * density, event.offsetY * density];
    for (const { left, top, side } of this.boxes ?? []) {
      if (x < left || x >= left + side || y < top || y >= top + side) continue;
      return Math.floor(((y - top) / side) * this.data.names.length);
    }
    return -1;
  }

  // Another film; `frames` of it are drawn from now on.
  open(data, frames) {
    [this.data, this.frames] = [data, frames];
    this.colors = data.colors.map((color) => channels(color, [90, 90, 90]));
    GRAMS.forEach((_, n) => (this.chips.children[n].textContent = data.words.matrices[n]));
    this.view = Math.min(this.view, data.words.views.length - 1);
    this.views.replaceChildren(...data.words.views.map((name, number) =>
      this.chip(name, () => (this.view = number))));
  }

  draw(shown, theme, large) {
    [this.theme, this.large] = [theme, large];
    const frame = this.frames.list[shown];
    if (this.data.curves.length) this.drawCurves(shown);
    this.drawSpace(frame);
    this.drawGrams(frame);
  }

  // Sizes follow the page; a canvas is cleared for the next picture.
  fit(canvas) {
    const density = Math.min(window.devicePixelRatio || 1, 2);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((v) => Math.round(v * density));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    return [context, width, height, density * (this.large ? 1.35 : 1)];
  }

  drawCurves(shown) {
    const [context, width, height, unit] = this.fit(this.curves);
    const { data, theme } = this;
    const { steps, list } = this.frames;
    const [left, right, top, gap] = [46 * unit, 128 * unit, 26 * unit, 56 * unit];
    const each = (height - top - gap * (data.plots.length - 1) - 24 * unit) / data.plots.length;
    data.plots.forEach((title, plot) => {
      const curves = data.curves.flatMap((curve, m) => (curve.plot !== plot ? [] : [{ ...curve,
        color: mix(channels(curve.color, theme.text), theme.text, theme.dark ? 0.8 : 0.95),
        values: list.map((frame) => frame.values[m]) }]));
      const box = { left, top: top + plot * (each + gap), width: width - left - right, height: each };
      drawCurves(context, box, curves, steps, shown, data.steps_planned, { theme, unit, title });
    });
  }

  drawSpace(frame) {
    const [context, width, , unit] = this.fit(this.space);
    const { data } = this;
    const { theory, landmarks } = this.frames;
    const seen = (places) => this.seen(places);
    const layers = [];
    const ghosts = { size: 6, stem: true, hollow: true };
    if (landmarks.length) {
      layers.push({ places: seen(landmarks), labels: data.landmark_labels, size: 4,
        shape: "diamond", stem: true, hollow: true });
    }
    layers.push({ ...ghosts, places: seen(theory.classifier), shape: "square" },
      { ...ghosts, places: seen(theory.means), shape: "disc" });
    if (frame.points) {
      layers.push({ places: seen(frame.points), labels: data.labels, size: 1.5, shape: "disc" });
    }
    layers.push({ places: seen(frame.classifier), size: 4, shape: "square", stem: true },
      { places: seen(frame.means), size: 5, shape: "disc", stem: true, named: true });
    drawSpace(context, width, layers, this.colors, data.names, this.angles, this.bright,
      { theme: this.theme, unit, axes: data.words.axes[this.view] });
    this.note.textContent = data.words.space[this.view];
    [...this.views.children].forEach((chip, number) =>
      chip.setAttribute("aria-pressed", number === this.view));
  }

  // The three coordinates of the view chosen, of rows that hold those of every view.
  seen(places) {
    const axes = 3 * this.data.words.views.length;
    if (axes === 3) return places;
    const found = new Float32Array((3 * places.length) / axes);
    for (let n = 0; n < places.length / axes; n++) {
      for (let c = 0; c < 3; c++) found[3 * n + c] = places[axes * n + 3 * this.view + c];
    }
    return found;
  }

  drawGrams(frame) {
    const { data, theme } = this;
    for (const chip of this.chips.children) {
      chip.setAttribute("aria-pressed", chip.dataset.name === this.gram);
      chip.disabled = !data.grams;
    }
    const [context, width, height, unit] = this.fit(this.matrices);
    if (!data.grams) {
      this.scale.textContent = data.words.grams;
      return;
    }
    const K = data.names.length;
    const [measured, expected] = [frame, this.frames.theory].map((of) => of[this.gram]);
    const difference = measured.map((value, n) => value - expected[n]);
    const shown = [
      ["measured", measured], [data.words.theory, expected], ["difference", difference]];
    const largest = Math.max(...shown.slice(0, 2).map(([, values]) => values.reduce(
      (top, value) => Math.max(top, Math.abs(value)), 1e-12)));
    const [gap, top] = [14 * unit, 22 * unit];
    const side = Math.min((width - gap * (shown.length - 1)) / shown.length, height - top - 2 * unit);
    this.boxes = shown.map(([, values], n) => ({ left: n * (side + gap) + unit, top, side: side - 2 * unit, values }));
    this.boxes.forEach((box, n) => drawMatrix(context, box, box.values, largest, K, this.bright,
      { theme, unit, title: shown[n][0] }));
    const far = difference.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    this.scale.textContent = `Blue below zero, orange above, up to ±${scientific(largest)}` +
      `; largest difference ${scientific(far)}. ${data.words.scale}`;
  }

  // For who does not see them; `readout` says where the curves are.
  describe(readout) {
    this.curves.setAttribute("aria-label", `Curves of training. ${readout}`);
    this.space.setAttribute("aria-label", `Geometry, turned by dragging or arrow keys. ${this.data.words.space[this.view]}`);
    this.matrices.setAttribute("aria-label", `Gram matrices. ${this.scale.textContent}`);
  }
}
