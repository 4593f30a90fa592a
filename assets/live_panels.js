// The panels of the boundary picture, one for each rule shown: drawn together, at most once for
// each picture of the screen.

import { drawBars, drawLabels, drawMeans, drawRegions, drawVectors, readTheme } from "./live_drawing.js";
import { drawPoints, drawRing, makeLayer, makeSprites } from "./live_points.js";
import { found, judge, meanRecall, partition, sceneAt } from "./live_scene.js";
import { TITLES, words } from "./live_words.js";
import { make, put } from "./shared.js";

export class Panels {
  constructor(root) {
    this.root = root;
    this.frame = 0;
    this.list = [];
    this.grid = make("div", { className: "panels" });
    this.status = make("p", { className: "status" });
    this.spoken = make("p", { className: "spoken" });
    this.spoken.setAttribute("role", "status");
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.grid);
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
  }

  // Another scene: nothing of the one before is kept.
  open(scene, colors) {
    const { K, N, P } = scene;
    [this.scene, this.colors] = [scene, colors];
    this.room = { place: new Float64Array(2 * P), logits: new Float64Array(N * K) };
    this.raw = { predicted: new Uint8Array(N), recall: new Float64Array(K) };
    [this.bright, this.point, this.described, this.now] = [-1, -1, false, null];
    this.list = [];
  }

  // These settings from now on; they may change between two frames.
  show(state) {
    this.state = state;
    if (this.list.map((panel) => panel.rule).join() === state.rules.join()) return;
    this.list = state.rules.map((rule) => this.makePanel(rule));
    this.grid.dataset.panels = this.list.length;
    this.grid.replaceChildren(...this.list.map((panel) => panel.box));
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
    for (const { canvas, bars, hatches } of this.list) {
      const side = Math.round(canvas.clientWidth * density);
      if (side && canvas.width !== side) canvas.width = canvas.height = side;
      const [width, height] = [bars.clientWidth, bars.clientHeight].map((v) => Math.round(v * density));
      if (width && (bars.width !== width || bars.height !== height)) {
        Object.assign(bars, { width, height });
      }
      if (this.density !== density) hatches.clear();
    }
    const width = this.list[0]?.canvas.width;
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
    if (!this.list[0]?.canvas.clientWidth) return;
    const began = performance.now();
    const { scene, state } = this;
    this.now = sceneAt(scene, state, this.room);
    judge("raw", scene, this.now, state, this.raw.predicted, this.raw.recall);
    for (const panel of this.list) {
      judge(panel.rule, scene, this.now, state, panel.predicted, panel.recall);
      panel.regions = partition(panel.rule, scene, this.now, state);
      this.paint(panel);
      this.write(panel);
    }
    put(this.status, words.pointed(scene, this.now, this.list, this.bright, this.point));
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
    const said = this.list.map(({ rule, canvas, bars, note, balanced, recall }) => {
      const title = TITLES[rule];
      canvas.setAttribute("aria-label", `Decision regions of ${title}. ${note.textContent}`);
      bars.setAttribute("aria-label", `Recall under ${title}: ${words.recalls(this.scene, recall)}`);
      return `${title}: ${balanced.textContent}.`;
    });
    this.spoken.textContent = said.join(" ");
  }
}
