// Exact curves with a cursor: the wiring. Every number shown was computed on the server for that very
// position of the slider, so that moving it is a look-up; releasing it commits once.

import { draw, drawStill } from "./live_tune_chart.js";
import { Readout } from "./live_tune_readout.js";
import { at, nearest, percent, told, unpack } from "./live_tune_tables.js";
import { mounted } from "./mount.js";
import { make, put } from "./shared.js";

const MAGNET = 7; // pixels within which a dragged slider snaps to a mark
const REST = 300; // milliseconds after which a key that was held is released

class LiveCurves {
  constructor(root, component) {
    this.root = root;
    this.frame = 0;
    this.held = false;
    this.build();
    this.observer = new ResizeObserver(() => this.layOut());
    this.observer.observe(root);
    this.update(component);
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.later);
    this.observer.disconnect();
    this.root.replaceChildren();
  }

  build() {
    this.legend = make("div", { className: "legend" });
    this.still = draw("g");
    this.cursor = draw("g", { class: "cursor" });
    this.chart = draw("svg", { class: "chart", role: "img" }, [this.still, this.cursor]);
    this.input = make("input", { type: "range", step: "any" });
    this.input.title = "Double-click for the tuned optimum.";
    this.marks = make("div", { className: "marks" });
    this.track = make("div", { className: "track" }, [this.marks, this.input]);
    this.snaps = make("div", { className: "snaps" });
    this.snaps.setAttribute("role", "group");
    this.readout = new Readout();
    this.spoken = make("p", { className: "spoken" });
    this.spoken.setAttribute("role", "status");
    this.root.replaceChildren(
      this.legend, this.chart, this.track, this.snaps, this.readout.box, this.spoken);
    this.wireSlider();
    this.wireChart();
  }

  wireSlider() {
    const { input } = this;
    input.onpointerdown = () => {
      this.held = true;
    };
    input.oninput = () => this.drag(+input.value);
    input.onchange = () => this.release();
    input.onpointercancel = () => this.release();
    input.ondblclick = () => this.jump(this.best);
    // The slider knows no steps, so that its thumb stands where the cursor does.
    input.onkeydown = (event) => {
      const last = this.tables.positions.length - 1;
      const to = {
        ArrowRight: this.place + 1, ArrowUp: this.place + 1, ArrowLeft: this.place - 1,
        ArrowDown: this.place - 1, PageUp: this.place + 20, PageDown: this.place - 20,
        Home: 0, End: last,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.go(Math.min(last, Math.max(0, to)));
      clearTimeout(this.later);
      this.later = setTimeout(() => this.commit(), REST);
    };
  }

  // The chart itself is a handle too.
  wireChart() {
    const { chart } = this;
    const follow = (event) => {
      const [from, to] = this.data.bounds;
      const share = (event.offsetX - this.plot.left) / this.plot.width;
      this.drag(from + Math.min(1, Math.max(0, share)) * (to - from));
    };
    chart.onpointerdown = (event) => {
      if (!this.data.readout || event.button !== 0) return;
      chart.setPointerCapture(event.pointerId);
      this.held = true;
      follow(event);
    };
    chart.onpointermove = (event) => {
      if (this.held && chart.hasPointerCapture(event.pointerId)) follow(event);
    };
    chart.onpointerup = chart.onpointercancel = () => this.held && this.release();
    chart.ondblclick = () => this.data.readout && this.jump(this.best);
  }

  // New data: from the server after a commit, or because other settings changed there.
  update({ data, setTriggerValue }) {
    this.send = (value) => setTriggerValue("commit", value);
    const fresh = this.data?.id !== data.id;
    const moved = data.value !== this.committed && data.value !== this.received;
    const kept = this.held ? this.tables?.positions[this.place] : undefined;
    if (fresh) this.adopt(data);
    if (fresh || moved) {
      this.committed = data.value;
      this.go(nearest(this.tables.positions, kept ?? data.value ?? this.optimum));
      if (fresh) {
        this.paint();
        this.describe();
      }
    }
    this.received = data.value;
  }

  adopt(data) {
    this.data = data;
    this.tables = unpack(data);
    const { root, input, readout } = this;
    root.classList.toggle("teach", data.large);
    root.classList.toggle("still", !data.readout);
    this.optimum = data.snaps[0]?.value ?? data.bounds[0];
    this.best = nearest(this.tables.positions, this.optimum);
    [input.min, input.max] = data.bounds;
    input.setAttribute("aria-label", `${data.parameter} of ${data.title}`);
    this.snaps.setAttribute("aria-label", `Marked values of ${data.parameter}`);
    const focus = data.curves.find((curve) => curve.focus);
    root.style.setProperty("--focus", focus?.color ?? "var(--st-primary-color)");
    this.chart.setAttribute("aria-label", data.alt);
    this.buildLegend();
    if (data.readout) this.readout.open(data, this.tables, this.best, this.optimum);
    this.buildSnaps();
    readout.box.hidden = this.track.hidden = this.snaps.hidden = !data.readout;
    this.place = this.best;
    this.layOut();
  }

  buildLegend() {
    const { data, tables } = this;
    const entry = (title, color, dash, detail) => {
      const line = draw("svg", { class: "swatch", width: 26, height: 8, "aria-hidden": "true" },
        [draw("line", { x1: 0, x2: 26, y1: 4, y2: 4, stroke: color, "stroke-dasharray": dash })]);
      const value = make("b");
      const item = make("span", { className: "entry", title: detail }, [line, title, " ", value]);
      return { item, value };
    };
    const raw = entry("Raw logits", data.rawColor, "8 6", "The same at every parameter.");
    put(raw.value, percent(data.raw));
    this.entries = tables.curves.map((curve) => {
      const best = curve.best && `Best ${percent(curve.best[1])} at ${curve.best[0].toFixed(3)}.`;
      return entry(curve.title, curve.color, curve.dash ?? "", best ?? "Mean recall of the group.");
    });
    const still = !data.readout;
    if (still) data.curves.forEach(({ best }, n) => put(this.entries[n].value, percent(best[1])));
    const about = make("span", { className: "about",
      textContent: still ? "at their best, tuning samples" : "at the cursor, tuning samples" });
    this.legend.replaceChildren(raw.item, ...this.entries.map(({ item }) => item), about);
  }

  buildSnaps() {
    const { data, tables } = this;
    this.chips = data.snaps.map(({ value, label, help }) => {
      const text = `${label} ${Number(value.toFixed(3))}`;
      const chip = make("button", { type: "button", className: "chip", textContent: text, title: help });
      const place = nearest(tables.positions, value);
      chip.onclick = () => this.jump(place);
      return { chip, place, value };
    });
    this.snaps.replaceChildren(...this.chips.map(({ chip }) => chip));
    const [from, to] = data.bounds;
    this.marks.replaceChildren(...data.snaps.map(({ value }) => {
      const mark = make("i");
      mark.style.left = `${(100 * (value - from)) / (to - from)}%`;
      return mark;
    }));
  }

  // Sizes; what does not move is drawn anew, once.
  layOut() {
    const width = this.root.clientWidth;
    if (!width || !this.data) return;
    const { large, readout } = this.data;
    const height = Math.round(Math.min(large ? 520 : 380, 220 + width * 0.22));
    const left = large ? 74 : 54;
    const plot = { left, top: large ? 34 : 26, width: width - left - 14, height: 0 };
    plot.height = height - plot.top - (large ? 34 : 24);
    this.plot = plot;
    this.chart.setAttribute("width", width);
    this.chart.setAttribute("height", height);
    const { grid, lines, level, share } = drawStill(this.data, this.tables, plot, large);
    this.share = share;
    const axis = draw("text", { class: "axis", x: left - (large ? 26 : 16), y: height - (large ? 10 : 7),
      "text-anchor": "end" }, ["γ or τ"]);
    this.still.replaceChildren(...grid, ...lines, axis);
    this.track.style.marginLeft = `${left}px`;
    this.track.style.width = `${plot.width}px`;
    this.dots = this.tables.curves.map((curve) =>
      draw("circle", { r: curve.focus ? 5 : 3.5, fill: curve.color }));
    const inFront = [...this.dots].sort((a, b) => a.getAttribute("r") - b.getAttribute("r"));
    this.tag = draw("text", { y: plot.top - 9, class: "tag" });
    const line = draw("line", { y1: plot.top - 4, y2: plot.top + plot.height });
    this.cursor.replaceChildren(...(readout ? [line, ...inFront, this.tag] : []));
    this.level = level;
    this.paint();
  }

  // While held: the nearest position, or a mark if one is near.
  drag(value) {
    const [from, to] = this.data.bounds;
    const reach = (MAGNET / this.plot.width) * (to - from);
    const near = this.chips.filter((mark) => Math.abs(mark.value - value) < reach)
      .sort((a, b) => Math.abs(a.value - value) - Math.abs(b.value - value))[0];
    this.go(near ? near.place : nearest(this.tables.positions, value));
  }

  go(place) {
    this.place = place;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  jump(place) {
    this.go(place);
    this.commit();
  }

  release() {
    this.held = false;
    this.commit();
  }

  // The optimum is committed as no value, so that it stays the optimum when settings change.
  commit() {
    clearTimeout(this.later);
    const value = this.place === this.best ? null : this.tables.positions[this.place];
    if (value === this.committed) return;
    this.committed = value;
    this.paint();
    this.describe();
    this.send({ focus: this.data.focus, value });
  }

  // For who does not see the picture; said on commit, not on every frame.
  describe() {
    if (!this.data.readout) return;
    this.readout.describe();
    put(this.spoken, this.input.getAttribute("aria-valuetext") ?? "");
  }

  // What moves: cursor, slider, numbers.
  paint() {
    if (!this.plot || !this.data.readout) return;
    const { data, tables, place, plot } = this;
    const value = tables.positions[place];
    const x = plot.left + this.share(value) * plot.width;
    this.cursor.setAttribute("transform", `translate(${x.toFixed(1)} 0)`);
    tables.curves.forEach((curve, n) => {
      this.dots[n].setAttribute("cy", this.level(curve.at[place]).toFixed(1));
      put(this.entries[n].value, percent(at(curve.at, 0, 0, place)));
    });
    put(this.tag, `${data.parameter} = ${told(value)}`);
    const side = x < plot.left + 60 ? "start" : x > plot.left + plot.width - 60 ? "end" : "middle";
    this.tag.setAttribute("text-anchor", side);
    this.input.value = value;
    this.input.style.setProperty("--share", `${100 * this.share(value)}%`);
    for (const { chip, place: own } of this.chips) chip.setAttribute("aria-pressed", own === place);
    this.readout.show(place);
    this.input.setAttribute("aria-valuetext", this.readout.spoken());
    this.root.dataset.place = place;
  }
}

export default mounted(".tune", LiveCurves);
