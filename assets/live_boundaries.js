// The boundary picture in the page. Nothing is sent while a slider moves; on release
// the settings are committed once.

import { Slider, Sweep, makeChips, makeSelect } from "./live_controls.js";
import { drawBars, drawLabels, drawMeans, drawRegions, drawVectors, readTheme } from "./live_drawing.js";
import { drawPoints, drawRing, makeLayer, makeSprites } from "./live_points.js";
import { found, judge, meanRecall, partition, sceneAt, unpackScene } from "./live_scene.js";
import { TITLES, words } from "./live_words.js";
import { mounted } from "./mount.js";
import { make, put } from "./shared.js";

const MOST_PANELS = 4;
const PATIENCE = 300; // Milliseconds a key rests before what it set is committed.

class Boundaries {
  constructor(root, component) {
    this.root = root;
    this.frame = 0;
    this.panels = [];
    this.sliders = {};
    this.sent = []; // Settings committed that have not come back yet.
    this.cleanups = [];
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.build();
    this.listen(this.reduced, "change", () => this.allowMotion());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.grid);
    // The theme's colours arrive as variables: their transition tells of a change.
    this.listen(root, "transitionend", (event) => {
      if (event.target === root) this.retheme();
    });
    this.update(component);
    const { autoplay } = component.data;
    if (autoplay && !this.reduced.matches) this.play(autoplay, () => {});
  }

  listen(target, type, action) {
    target.addEventListener(type, action);
    this.cleanups.push(() => target.removeEventListener(type, action));
  }

  dispose() {
    this.halt();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.later);
    this.observer.disconnect();
    this.cleanups.forEach((undo) => undo());
    this.root.replaceChildren();
  }

  build() {
    this.rows = make("div", { className: "sliders" });
    this.chips = make("div", { className: "chips" });
    this.chips.setAttribute("role", "group");
    this.chips.setAttribute("aria-label", "Rules shown, one to four");
    this.pair = make("div", { className: "pair" });
    this.grid = make("div", { className: "panels" });
    this.legend = make("p", { className: "legend" });
    this.status = make("p", { className: "status" });
    this.spoken = make("p", { className: "spoken" });
    this.spoken.setAttribute("role", "status");
    const tools = make("div", { className: "tools" }, [this.chips, this.pair]);
    this.root.replaceChildren(this.rows, tools, this.grid, this.status, this.legend, this.spoken);
  }

  // New data: from the server after a commit, or because other settings changed there.
  update({ data, setStateValue }) {
    this.send = setStateValue;
    this.large = Boolean(data.large);
    this.root.classList.toggle("teach", this.large);
    const text = JSON.stringify(data.state);
    const fresh = this.scene?.id !== data.scene.id;
    if (fresh) this.adopt(data);
    // What comes back after a commit is what was sent, perhaps some commits ago; only other news
    // moves the sliders.
    const echo = this.sent.lastIndexOf(text);
    if (fresh || (echo < 0 && text !== this.received)) {
      this.halt();
      this.state = structuredClone(data.state);
      this.committed = text;
      this.sent = [];
      this.showControls();
    } else {
      this.sent.splice(0, echo + 1);
    }
    this.received = text;
    this.retheme();
  }

  // Another scene: nothing of the one before is kept.
  adopt(data) {
    this.halt();
    this.colors = data.colors;
    this.scene = unpackScene(data.scene);
    const { K, N, P } = this.scene;
    this.room = { place: new Float64Array(2 * P), logits: new Float64Array(N * K) };
    this.raw = { predicted: new Uint8Array(N), recall: new Float64Array(K) };
    [this.bright, this.point, this.described, this.now] = [-1, -1, false, null];
    this.panels = [];
    this.buildSliders(data.controls);
    this.buildChips(data.rules);
    this.buildPair();
    put(this.legend, words.legend(this.scene));
  }

  buildSliders(controls) {
    const on = {
      moved: (name, value) => {
        this.halt();
        this.set(name, value);
      },
      released: (_, soon) => (soon ? this.commitSoon() : this.commit()),
      played: (name) => this.toggleSweep(name),
    };
    this.sliders = Object.fromEntries(controls.map((item) => [item.name, new Slider(item, on)]));
    this.rows.replaceChildren(...Object.values(this.sliders).map((slider) => slider.row));
    this.allowMotion();
  }

  buildChips(names) {
    this.chips.replaceChildren(...makeChips(names, (name) => {
      const { rules: on } = this.state;
      this.state.rules = names.filter((other) => on.includes(other) !== (other === name));
      this.chosen();
    }));
  }

  buildPair() {
    // Where class vectors do not lie in the plane no boundary has an angle in it.
    this.pair.hidden = this.scene.fixed || this.scene.grid.length > 1;
    const { shown: classes, names } = this.scene;
    const [first, second] = [["first", "second"], ["second", "first"]].map(([which, other]) =>
      makeSelect(`${which} class of the pair`, classes, names, (k) => {
        if (k === this.state[other]) this.state[other] = this.state[which];
        this.state[which] = k;
        this.chosen();
      }));
    Object.assign(this, { first, second });
    this.pair.replaceChildren("Boundary between", first, "and", second);
  }

  chosen() {
    this.showControls();
    this.resize();
    this.commit();
  }

  showControls() {
    for (const slider of Object.values(this.sliders)) slider.show(this.state[slider.name]);
    const { rules: on } = this.state;
    for (const chip of this.chips.children) {
      const pressed = on.includes(chip.dataset.rule);
      chip.setAttribute("aria-pressed", pressed);
      chip.disabled = pressed ? on.length === 1 : on.length >= MOST_PANELS;
    }
    this.first.value = this.state.first;
    this.second.value = this.state.second;
    if (this.panels.map((panel) => panel.rule).join() !== on.join()) this.buildPanels();
  }

  buildPanels() {
    this.panels = this.state.rules.map((rule) => this.makePanel(rule));
    this.grid.dataset.panels = this.panels.length;
    this.grid.replaceChildren(...this.panels.map((panel) => panel.box));
  }

  makePanel(rule) {
    const { K, N } = this.scene;
    const [canvas, bars] = ["picture", "bars"].map((className) => make("canvas", { className }));
    for (const image of [canvas, bars]) image.setAttribute("role", "img");
    const setting = make("span", { className: "setting" });
    const [note, balanced, angle] = ["note", "balanced", "angle"].map((className) =>
      make("p", { className }));
    const head = make("header", {}, [make("strong", { textContent: TITLES[rule] }), setting]);
    const box = make("section", {}, [head, canvas, note, bars, balanced, angle]);
    const panel = { rule, box, canvas, bars, setting, note, balanced, angle, hatches: new Map(),
      context: canvas.getContext("2d", { alpha: false }), barsContext: bars.getContext("2d"),
      recall: new Float64Array(K), predicted: new Uint8Array(N) };
    canvas.onpointermove = canvas.onpointerdown = (event) => this.hover(event, canvas);
    bars.onpointermove = bars.onpointerdown = (event) => this.hoverBars(event, bars);
    angle.hidden = this.scene.fixed;
    // A finger that is lifted leaves what it pointed at lit.
    canvas.onpointerleave = bars.onpointerleave = (event) => {
      if (event.pointerType !== "touch") this.light(-1, -1);
    };
    return panel;
  }

  set(name, value) {
    this.state[name] = value;
    this.sliders[name].show(value);
    this.schedule();
  }

  commit() {
    clearTimeout(this.later);
    const text = JSON.stringify(this.state);
    if (text === this.committed) return;
    this.committed = text;
    this.sent.push(text);
    this.describe();
    this.send("state", structuredClone(this.state));
  }

  commitSoon() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.commit(), PATIENCE);
  }

  play(name, done) {
    this.halt();
    this.sweep = new Sweep(this.sliders[name], this.state[name], (n, v) => this.set(n, v), () => {
      this.sweep = null;
      done();
    });
  }

  // Pressed while it plays, it stays where it is.
  toggleSweep(name) {
    const value = this.sweep?.value;
    const same = this.sweep?.slider.name === name;
    this.halt();
    if (!same) {
      this.play(name, () => this.commit());
      return;
    }
    this.set(name, Number(value.toPrecision(3)));
    this.commit();
  }

  halt() {
    this.sweep?.stop();
    this.sweep = null;
  }

  allowMotion() {
    if (this.reduced.matches) this.halt();
    for (const { play } of Object.values(this.sliders)) play.disabled = this.reduced.matches;
  }

  hover(event, canvas) {
    if (!this.now) return;
    const [x0, x1, y0, y1] = this.scene.window;
    const x = x0 + (event.offsetX / canvas.clientWidth) * (x1 - x0);
    const y = y1 - (event.offsetY / canvas.clientHeight) * (y1 - y0);
    this.light(...found(this.scene, this.now, x, y, (9 * (x1 - x0)) / canvas.clientWidth));
  }

  hoverBars(event, bars) {
    const { shown: classes } = this.scene;
    const place = Math.floor((classes.length * event.offsetX) / bars.clientWidth);
    this.light(classes[Math.min(classes.length - 1, Math.max(0, place))], -1);
  }

  light(bright, point) {
    if (bright === this.bright && point === this.point) return;
    [this.bright, this.point] = [bright, point];
    this.schedule();
  }

  retheme() {
    this.theme = readTheme(this.root, this.colors);
    this.density = 0;
    this.resize();
  }

  // Canvases and sprites for the size, the density of the screen and the theme as they are.
  resize() {
    const density = Math.min(window.devicePixelRatio || 1, 2);
    for (const { canvas, bars, hatches } of this.panels) {
      const side = Math.round(canvas.clientWidth * density);
      if (side && canvas.width !== side) canvas.width = canvas.height = side;
      const [width, height] = [bars.clientWidth, bars.clientHeight].map((v) => Math.round(v * density));
      if (width && (bars.width !== width || bars.height !== height)) {
        Object.assign(bars, { width, height });
      }
      if (this.density !== density) hatches.clear();
    }
    const width = this.panels[0]?.canvas.width;
    if (this.density !== density || this.spriteWidth !== width) {
      [this.density, this.spriteWidth] = [density, width];
      this.sprites = makeSprites(this.theme, density, width, false);
      this.faint = makeSprites(this.theme, density, width, true);
    }
    this.schedule();
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  draw() {
    if (!this.panels[0]?.canvas.clientWidth) return;
    const began = performance.now();
    const { scene, state } = this;
    this.now = sceneAt(scene, state, this.room);
    judge("raw", scene, this.now, state, this.raw.predicted, this.raw.recall);
    for (const panel of this.panels) {
      judge(panel.rule, scene, this.now, state, panel.predicted, panel.recall);
      panel.regions = partition(panel.rule, scene, this.now, state);
      this.paint(panel);
      this.write(panel);
    }
    put(this.status, words.pointed(scene, this.now, this.panels, this.bright, this.point));
    this.root.dataset.draw = (performance.now() - began).toFixed(1);
    if (!this.described) this.describe();
  }

  paint(panel) {
    const { scene, now, theme, density, bright, large, sprites, faint } = this;
    const { context } = panel;
    const { width, height } = panel.canvas;
    const [x0, x1, y0, y1] = scene.window;
    const project = (x, y) => [((x - x0) / (x1 - x0)) * width, ((y1 - y) / (y1 - y0)) * height];
    const view = { scene, now, theme, density, bright, large, sprites, faint, panel, project, width,
      rawRecall: this.raw.recall };
    if (this.layer?.canvas.width !== width) this.layer = makeLayer(width, height);
    drawRegions(context, panel, view);
    drawPoints(context, this.layer, panel, view);
    if (!scene.fixed) drawVectors(context, view);
    drawMeans(context, view);
    drawLabels(context, view);
    if (this.point >= 0) drawRing(context, this.point, view);
    drawBars(panel, view);
  }

  // The lines of text around a picture.
  write({ rule, regions, recall, setting, note, balanced, angle }) {
    const { scene, now, state } = this;
    const [own, raw] = [recall, this.raw.recall].map((each) => meanRecall(each, scene.shown));
    put(setting, words.setting(rule, scene, state));
    put(note, words.note(rule, regions, scene, now.norms));
    put(balanced, words.balanced(rule, own, raw));
    put(angle, words.angle(rule, scene, now, state));
  }

  // For who does not see the picture; said on commit, not on every frame.
  describe() {
    if (!this.now) return;
    this.described = true;
    const said = this.panels.map(({ rule, canvas, bars, note, balanced, recall }) => {
      const title = TITLES[rule];
      canvas.setAttribute("aria-label", `Decision regions of ${title}. ${note.textContent}`);
      bars.setAttribute("aria-label", `Recall under ${title}: ${words.recalls(this.scene, recall)}`);
      return `${title}: ${balanced.textContent}.`;
    });
    this.spoken.textContent = said.join(" ");
  }
}

export default mounted(".live", Boundaries);
