// A training run that fills in while it goes and is scrubbed and replayed afterwards, all in the
// browser. Frames come packed as float32, each sent once; only the step chosen at last is sent back.

import { mounted } from "./mount.js";
import { drawCurves, drawMatrix, drawSpace } from "./player_draw.js";
import { Pace } from "./player_pace.js";
import { channels, floats, make, mix, pageTheme } from "./shared.js";

const GRAMS = ["classifier", "means", "logits"];
const REPLAY = 6000;
const LONGEST_FRAME = 50;
// A run that ends so soon after it is opened (ms) has not been seen training.
const QUICK = 1500;

const scientific = (value) => {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
};

class Player {
  constructor(root, component) {
    this.root = root;
    [this.gram, this.view] = ["logits", 1];
    [this.bright, this.angles] = [-1, [-0.6, 0.35]];
    this.build();
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.observer = new ResizeObserver(() => this.schedule());
    this.observer.observe(root);
    window.addEventListener("player:frames", (this.fed = ({ detail }) => {
      this.pace.take(performance.now(), detail.steps.length);
      this.take(detail);
    }));
    root.addEventListener("transitionend", (this.retheme = () => {
      this.theme = null;
      this.schedule();
    }));
    this.update(component);
  }

  dispose() {
    this.observer.disconnect();
    this.root.removeEventListener("transitionend", this.retheme);
    window.removeEventListener("player:frames", this.fed);
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.replaying);
    cancelAnimationFrame(this.catching);
  }

  build() {
    this.curves = make("canvas", { className: "curves" });
    this.space = make("canvas", { className: "space", tabIndex: 0 });
    this.matrices = make("canvas", { className: "grams" });
    for (const canvas of [this.curves, this.space, this.matrices]) canvas.setAttribute("role", "img");
    this.note = make("p", { className: "note" });
    this.scale = make("p", { className: "note" });
    this.chips = make("div", { className: "chips" }, GRAMS.map((name) => {
      const chip = make("button", { type: "button", className: "chip" });
      chip.onclick = () => {
        this.gram = name;
        this.schedule();
      };
      chip.dataset.name = name;
      return chip;
    }));
    this.views = make("div", { className: "chips" });
    this.play = make("button", { type: "button", className: "play", textContent: "▶" });
    this.play.setAttribute("aria-label", "Replay");
    this.input = make("input", { type: "range", min: 0, step: 1 });
    this.input.setAttribute("aria-label", "Training step");
    this.readout = make("p", { className: "readout" });
    this.spoken = make("p", { className: "spoken" });
    this.spoken.setAttribute("aria-live", "polite");
    this.root.replaceChildren(
      make("div", { className: "stage" }, [
        make("section", { className: "wide" }, [this.curves]),
        make("section", {}, [this.views, this.space, this.note]),
        make("section", { className: "pair" }, [this.chips, this.matrices, this.scale]),
      ]),
      make("div", { className: "scrub" }, [this.play, this.input, this.readout]),
      this.spoken,
    );
    this.play.onclick = () => (this.replaying ? this.halt() : this.replay());
    this.input.oninput = () => {
      this.halt();
      this.show(+this.input.value);
    };
    this.input.onchange = () => this.commit();
    this.turnable();
  }

  turnable() {
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
      const move = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
      const [turn, tilt] = move[event.key] ?? [0, 0];
      if (!turn && !tilt) return;
      event.preventDefault();
      this.turn(this.angles[0] + turn, this.angles[1] + tilt);
    };
    this.matrices.onpointermove = (event) => this.light(this.classAt(event));
    this.matrices.onpointerleave = () => this.light(-1);
  }

  turn(turn, tilt) {
    this.angles = [turn, Math.max(-1.55, Math.min(1.55, tilt))];
    this.schedule();
  }

  light(k) {
    if (k === this.bright) return;
    this.bright = k;
    this.schedule();
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

  update(component) {
    const { data } = component;
    this.send = component.setStateValue;
    this.ask = component.setTriggerValue;
    if (this.data?.id !== data.id) this.open(data);
    this.data = data;
    this.root.classList.toggle("large", data.large);
    this.root.classList.toggle("still", !data.curves.length);
    this.take(data);
    this.showTraining(data.autoplay);
  }

  // Frames of this run, with the component's data or fed on their own.
  take(data) {
    if (data.id !== this.data.id) return;
    this.receive(data);
    this.input.max = Math.max(0, this.steps.length - 1);
    this.input.disabled = this.play.disabled = this.steps.length < 2;
    if (this.following) this.follow();
    this.schedule();
  }

  // Frames come several at a time: they are shown one by one until the next ones are due.
  follow(now = performance.now()) {
    cancelAnimationFrame(this.catching);
    const left = this.steps.length - 1 - this.shown;
    if (!this.following || left <= 0) return;
    if (this.reduced.matches || left > 40) {
      this.shown += left;
    } else if (this.pace.next(now, left)) {
      this.shown += 1;
    }
    this.schedule();
    this.catching = requestAnimationFrame((time) => this.follow(time));
  }

  // Another run: forget the frames of the one before.
  open(data) {
    this.halt();
    [this.steps, this.frames, this.asked, this.pace] = [[], [], null, new Pace()];
    this.following = data.shown === null;
    this.fresh = this.following && data.autoplay > 0;
    this.openedAt = performance.now();
    this.wanted = data.shown;
    this.shown = 0;
    this.theory = data.theory ? this.parts(floats(data.theory), data, 0) : null;
    this.described = false;
    this.landmarks = floats(data.landmarks);
    GRAMS.forEach((_, n) => (this.chips.children[n].textContent = data.words.matrices[n]));
    this.view = Math.min(this.view, data.words.views.length - 1);
    this.views.replaceChildren(...data.words.views.map((name, number) => {
      const chip = make("button", { type: "button", className: "chip", textContent: name });
      chip.onclick = () => {
        this.view = number;
        this.schedule();
      };
      return chip;
    }));
  }

  // Frames that were missed because the page had no time to draw are asked for again.
  receive(data) {
    const last = this.steps.at(-1) ?? -1;
    if (data.after > last) {
      if (this.asked !== last) this.ask("missing", (this.asked = last));
      return;
    }
    const numbers = floats(data.frames);
    const length = data.steps.length ? numbers.length / data.steps.length : 0;
    data.steps.forEach((step, n) => {
      if (step <= last) return;
      this.steps.push(step);
      this.frames.push(this.parts(numbers.subarray(n * length, (n + 1) * length), this.data,
        this.data.curves.length));
    });
    if (this.wanted !== null && this.steps.length) {
      const later = this.steps.findIndex((step) => step >= this.wanted);
      this.shown = later < 0 ? this.steps.length - 1 : later;
    }
  }

  parts(numbers, data, metrics) {
    const K = data.names.length;
    const axes = 3 * data.words.views.length;
    const cut = [metrics, axes * K, axes * K, ...(data.grams ? [K * K, K * K, K * K] : [0, 0, 0])];
    const found = [];
    let from = 0;
    for (const length of cut) found.push(numbers.subarray(from, (from += length)));
    const [values, means, classifier, classifierGram, meansGram, logits] = found;
    return { values, means, classifier, points: numbers.subarray(from),
      grams: { classifier: classifierGram, means: meansGram, logits } };
  }

  show(index) {
    this.following = false;
    this.wanted = null;
    this.shown = Math.max(0, Math.min(this.steps.length - 1, index));
    this.schedule();
  }

  commit() {
    const last = this.shown === this.steps.length - 1;
    this.following = last;
    this.send("shown", { id: this.data.id, step: last ? null : this.steps[this.shown] });
    this.describe();
  }

  replay() {
    if (this.reduced.matches) {
      this.show(this.shown + 1 < this.steps.length ? this.shown + 1 : 0);
      return;
    }
    const last = this.steps.length - 1;
    this.run(this.shown >= last ? 0 : this.shown, REPLAY, () => this.commit());
  }

  // Shows frame after frame, from one on, at a pace that takes `duration` ms for all of them; a
  // page that is busy drawing other things makes it slower instead of skipping frames.
  run(from, duration, end) {
    const last = this.steps.length - 1;
    let [before, played] = [performance.now(), 0];
    this.play.textContent = "❚❚";
    this.show(from);
    const step = (now) => {
      played += Math.min(now - before, LONGEST_FRAME);
      before = now;
      const at = from + Math.floor((played / duration) * last);
      this.show(at);
      if (at >= last) {
        this.halt();
        end();
      } else this.replaying = requestAnimationFrame(step);
    };
    this.replaying = requestAnimationFrame(step);
  }

  // What was trained in less time than it takes to look is shown from its start, once.
  showTraining(duration) {
    const quick = performance.now() - this.openedAt < QUICK;
    if (!this.fresh || !this.data.done) return;
    this.fresh = false;
    if (!quick || this.reduced.matches || this.steps.length < 2) return;
    this.run(0, duration, () => {
      this.following = true;
      this.describe();
    });
  }

  halt() {
    cancelAnimationFrame(this.replaying);
    this.replaying = 0;
    this.play.textContent = "▶";
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  // Sizes follow the page; a canvas is cleared for the next picture.
  fit(canvas) {
    const density = Math.min(window.devicePixelRatio || 1, 2);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((v) => Math.round(v * density));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    return [context, width, height, density * (this.data.large ? 1.35 : 1)];
  }

  draw() {
    if (!this.root.clientWidth || !this.frames.length) return;
    this.theme ??= pageTheme(this.root);
    this.colors = this.data.colors.map((color) => channels(color, [90, 90, 90]));
    const frame = this.frames[this.shown];
    if (this.data.curves.length) this.drawCurves();
    this.drawSpace(frame);
    this.drawGrams(frame);
    this.input.value = this.shown;
    this.input.style.setProperty("--share", `${(100 * this.shown) / (this.steps.length - 1 || 1)}%`);
    this.write(frame);
    if (!this.described && this.data.done) this.describe();
  }

  drawCurves() {
    const [context, width, height, unit] = this.fit(this.curves);
    const { data, steps, frames, shown, theme } = this;
    const [left, right, top, gap] = [46 * unit, 128 * unit, 26 * unit, 56 * unit];
    const each = (height - top - gap * (data.plots.length - 1) - 24 * unit) / data.plots.length;
    data.plots.forEach((title, plot) => {
      const curves = data.curves.flatMap((curve, m) => (curve.plot !== plot ? [] : [{ ...curve,
        color: mix(channels(curve.color, theme.text), theme.text, theme.dark ? 0.8 : 0.95),
        values: frames.map((frame) => frame.values[m]) }]));
      const box = { left, top: top + plot * (each + gap), width: width - left - right, height: each };
      drawCurves(context, box, curves, steps, shown, data.steps_planned, { theme, unit, title });
    });
  }

  drawSpace(frame) {
    const [context, width, , unit] = this.fit(this.space);
    const { data, theory } = this;
    const seen = (places) => this.seen(places);
    const layers = [];
    const ghosts = { size: 6, stem: true, hollow: true };
    if (this.landmarks.length) {
      layers.push({ places: seen(this.landmarks), labels: data.landmark_labels, size: 4,
        shape: "diamond", stem: true, hollow: true });
    }
    if (theory) {
      layers.push({ ...ghosts, places: seen(theory.classifier), shape: "square" },
        { ...ghosts, places: seen(theory.means), shape: "disc" });
    }
    if (frame.points.length) {
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
    const { data, theory, theme } = this;
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
    const measured = frame.grams[this.gram];
    const expected = theory?.grams[this.gram];
    const difference = expected && measured.map((value, n) => value - expected[n]);
    const shown = expected
      ? [["measured", measured], [data.words.theory, expected], ["difference", difference]]
      : [["measured", measured]];
    const largest = Math.max(...shown.slice(0, 2).map(([, values]) => values.reduce(
      (top, value) => Math.max(top, Math.abs(value)), 1e-12)));
    const [gap, top] = [14 * unit, 22 * unit];
    const side = Math.min((width - gap * (shown.length - 1)) / shown.length, height - top - 2 * unit);
    this.boxes = shown.map(([, values], n) => ({ left: n * (side + gap) + unit, top, side: side - 2 * unit, values }));
    this.boxes.forEach((box, n) => drawMatrix(context, box, box.values, largest, K, this.bright,
      { theme, unit, title: shown[n][0] }));
    const far = difference ? difference.reduce((top, value) => Math.max(top, Math.abs(value)), 0) : NaN;
    this.scale.textContent = `Blue below zero, orange above, up to ±${scientific(largest)}` +
      (difference ? `; largest difference ${scientific(far)}.` : ".") + ` ${data.words.scale}`;
  }

  write(frame) {
    const values = this.data.curves.filter((curve) => curve.told).map((curve) =>
      `${curve.title} ${scientific(frame.values[this.data.curves.indexOf(curve)])}`);
    const step = this.steps[this.shown].toLocaleString("en");
    const text = `step ${step}: ${values.join(", ")}`;
    if (this.readout.textContent !== text) this.readout.textContent = text;
    this.input.setAttribute("aria-valuetext", text);
  }

  describe() {
    this.described = true;
    this.spoken.textContent = this.readout.textContent;
    this.curves.setAttribute("aria-label", `Curves of training. ${this.readout.textContent}`);
    this.space.setAttribute("aria-label", `Geometry, turned by dragging or arrow keys. ${this.data.words.space[this.view]}`);
    this.matrices.setAttribute("aria-label", `Gram matrices. ${this.scale.textContent}`);
  }
}

export default mounted(".player", Player);
