// Decision boundaries that move while a slider is dragged. Two parts here, drawing and wiring;
// the rules stand before them in the same module (live_rules.js). Nothing is sent while a slider
// moves; on release the settings are committed once.

// ---------------------------------------------------------------------------------- drawing --

const TITLES = {
  raw: "Raw logits", mla: "MLA", ala: "ALA", "1vs1": "1vs1adjuster", "tau-norm": "tau-norm",
};
const DEGREES = 180 / Math.PI;

const channels = (color, fallback) => {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  if (hex) return hex.slice(1, 4).map((part) => parseInt(part, 16));
  const numbers = /rgba?\(([^)]+)\)/.exec(color);
  return numbers ? numbers[1].split(/[ ,/]+/).slice(0, 3).map(Number) : fallback;
};
const mix = (a, b, share) => a.map((value, c) => Math.round(value * share + b[c] * (1 - share)));
const css = (rgb) => `rgb(${rgb.join()})`;

// What the page looks like now: colours of text, background and classes.
const readTheme = (root, colors) => {
  const style = getComputedStyle(root);
  const text = channels(style.getPropertyValue("--st-text-color").trim(), [30, 30, 30]);
  const back = channels(style.getPropertyValue("--st-background-color").trim(), [255, 255, 255]);
  const classes = colors.map((color) => channels(color, [90, 90, 90]));
  const dark = back[0] + back[1] + back[2] < 380;
  return {
    text, back, classes, dark, font: style.fontFamily,
    // Opaque, so that neighbouring pieces of one region show no seam.
    fills: classes.map((rgb) => mix(rgb, back, dark ? 0.36 : 0.26)),
    dim: classes.map((rgb) => mix(rgb, back, dark ? 0.12 : 0.08)),
  };
};

// Points are copied into pixels by hand: thousands of canvas calls would not last 60 frames a
// second without a graphics card. A sprite is a list of pixels (dx, dy, colour with alpha).
const makeSprite = (paint, size) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.translate(size / 2, size / 2);
  paint(context);
  const pixels = new Uint32Array(context.getImageData(0, 0, size, size).data.buffer);
  const kept = [];
  const half = size >> 1;
  pixels.forEach((pixel, at) => {
    if (pixel >>> 24 > 40) kept.push((at % size) - half, Math.floor(at / size) - half, pixel);
  });
  return { dx: Int32Array.from(kept.filter((_, n) => n % 3 === 0)),
    dy: Int32Array.from(kept.filter((_, n) => n % 3 === 1)),
    pixel: Uint32Array.from(kept.filter((_, n) => n % 3 === 2)) };
};

// Right: a disc. Wrong: a cross in the class's colour on a disc of the background.
const makeSprites = (theme, density, faint) =>
  theme.classes.map((rgb) => {
    const radius = 2.7 * density;
    const color = faint ? css(mix(rgb, theme.back, 0.3)) : css(rgb);
    const size = 2 * Math.ceil(radius * 1.9) + 2;
    const right = makeSprite((context) => {
      context.fillStyle = color;
      context.beginPath();
      context.arc(0, 0, radius, 0, 7);
      context.fill();
    }, size);
    const wrong = makeSprite((context) => {
      const arm = radius * 1.15;
      for (const [style, width] of [[css(theme.back), 4.2], [color, 2]]) {
        context.strokeStyle = style;
        context.lineWidth = width * density;
        context.lineCap = "round";
        context.beginPath();
        context.moveTo(-arm, -arm);
        context.lineTo(arm, arm);
        context.moveTo(-arm, arm);
        context.lineTo(arm, -arm);
        context.stroke();
      }
    }, size + 2);
    return [right, wrong];
  });

const blit = (buffer, width, height, sprite, x, y) => {
  const { dx, dy, pixel } = sprite;
  for (let n = 0; n < pixel.length; n++) {
    const [u, v] = [x + dx[n], y + dy[n]];
    if (u < 0 || v < 0 || u >= width || v >= height) continue;
    const at = v * width + u;
    // A soft edge never covers what is there.
    if (pixel[n] >>> 24 === 255 || buffer[at] === 0) buffer[at] = pixel[n];
  }
};

// Stripes in the colours of the tied classes.
const makeHatch = (context, theme, winners, density) => {
  const step = 5 * density;
  const side = step * winners.length;
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(side);
  const brush = tile.getContext("2d");
  winners.forEach((k, n) => {
    brush.strokeStyle = css(mix(theme.classes[k], theme.back, 0.6));
    brush.lineWidth = step / Math.SQRT2 + 0.6;
    for (let shift = -2; shift <= 2; shift++) {
      const start = (n + 0.5) * step + shift * side;
      brush.beginPath();
      brush.moveTo(start - side, side * 2);
      brush.lineTo(start + side * 2, -side);
      brush.stroke();
    }
  });
  return context.createPattern(tile, "repeat");
};

const tracePath = (context, polygon, project) => {
  context.moveTo(...project(polygon[0], polygon[1]));
  for (let v = 2; v < polygon.length; v += 2) {
    context.lineTo(...project(polygon[v], polygon[v + 1]));
  }
  context.closePath();
};

const drawRegions = (context, panel, view) => {
  const { theme, project, density, bright } = view;
  const fill = (k) => css(bright < 0 || bright === k ? theme.fills[k] : theme.dim[k]);
  context.lineJoin = "round";
  const line = css(mix(theme.text, theme.back, 0.75));
  if (panel.cells) {
    panel.cells.forEach((cell, k) => {
      if (!cell.length) return;
      context.beginPath();
      tracePath(context, cell, project);
      context.fillStyle = fill(k);
      context.fill();
      context.strokeStyle = line;
      context.lineWidth = 1.25 * density;
      context.stroke();
    });
    return;
  }
  for (const { polygon, winners } of panel.faces) {
    const name = winners.join();
    if (winners.length > 1 && !panel.hatches.has(name)) {
      panel.hatches.set(name, makeHatch(context, theme, winners, density));
    }
    const style = winners.length > 1 ? panel.hatches.get(name) : fill(winners[0]);
    context.beginPath();
    tracePath(context, polygon, project);
    context.fillStyle = context.strokeStyle = style;
    context.lineWidth = 1;
    context.fill();
    context.stroke();
  }
  context.strokeStyle = line;
  context.lineWidth = 1.25 * density;
  context.beginPath();
  for (let e = 0; e < panel.edges.length; e += 4) {
    context.moveTo(...project(panel.edges[e], panel.edges[e + 1]));
    context.lineTo(...project(panel.edges[e + 2], panel.edges[e + 3]));
  }
  context.stroke();
};

const drawVectors = (context, view) => {
  const { theme, project, density, state } = view;
  for (let k = 0; k < state.K; k++) {
    const [x0, y0] = project(0, 0);
    const [x, y] = project(state.weights[2 * k], state.weights[2 * k + 1]);
    const [mx, my] = project(state.means[2 * k], state.means[2 * k + 1]);
    for (const [style, width] of [[css(theme.back), 4.5], [css(theme.classes[k]), 2.5]]) {
      context.strokeStyle = style;
      context.lineWidth = width * density;
      context.beginPath();
      context.moveTo(x0, y0);
      context.lineTo(x, y);
      context.stroke();
    }
    const size = 5 * density;
    context.beginPath();
    context.moveTo(mx, my - size);
    context.lineTo(mx + size, my);
    context.lineTo(mx, my + size);
    context.lineTo(mx - size, my);
    context.closePath();
    context.fillStyle = css(theme.back);
    context.strokeStyle = css(theme.text);
    context.lineWidth = 1.5 * density;
    context.fill();
    context.stroke();
  }
};

const drawLabels = (context, view) => {
  const { theme, project, density, state, bright, large, width } = view;
  const many = state.K > 6;
  const size = Math.min((many ? 12 : 13.5) * density * (large ? 1.35 : 1), width / 20);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (let k = 0; k < state.K; k++) {
    const [mx, my] = [state.means[2 * k], state.means[2 * k + 1]];
    const length = Math.hypot(mx, my) || 1;
    const [x, y] = project(mx, my);
    const away = size * (many ? 1.35 : 1.8);
    const [u, v] = [x + (mx / length) * away * 1.3, y - (my / length) * away];
    const count = `n = ${state.counts[k].toLocaleString("en")}`;
    const lines = many ? [state.names[k]] : [state.names[k], count];
    lines.forEach((words, n) => {
      const weight = n === 0 ? 650 : 400;
      context.font = `${weight} ${n === 0 ? size : size * 0.88}px ${theme.font}`;
      const at = v + (n - (lines.length - 1) / 2) * size * 1.1;
      context.strokeStyle = `rgba(${theme.back.join()}, 0.85)`;
      context.lineWidth = 4 * density;
      context.fillStyle = css(bright < 0 || bright === k ? theme.text : mix(theme.text, theme.back, 0.4));
      context.strokeText(words, u, at);
      context.fillText(words, u, at);
    });
  }
};

const drawBars = (panel, view) => {
  const { theme, density, state, bright, raw, large } = view;
  const { bars, barsContext: context } = panel;
  const { width, height } = bars;
  const foot = 15 * density * (large ? 1.3 : 1);
  const floor = height - foot;
  const step = width / state.K;
  const gap = Math.min(step * 0.2, 8 * density);
  context.clearRect(0, 0, width, height);
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  const size = Math.min(11 * density * (large ? 1.3 : 1), step * 0.42);
  context.font = `${size}px ${theme.font}`;
  for (let k = 0; k < state.K; k++) {
    const lit = bright < 0 || bright === k;
    const left = k * step + gap / 2;
    const room = floor - size * 1.7;
    const tall = panel.recall[k] * room;
    context.fillStyle = css(mix(theme.text, theme.back, 0.07));
    context.fillRect(left, floor - room, step - gap, room);
    context.fillStyle = css(lit ? theme.classes[k] : mix(theme.classes[k], theme.back, 0.3));
    context.fillRect(left, floor - tall, step - gap, tall);
    // Where the raw logits stand.
    context.fillStyle = css(theme.text);
    context.fillRect(left - gap / 4, floor - raw[k] * room - density, step - gap / 2, 1.5 * density);
    context.fillStyle = css(mix(theme.text, theme.back, 0.85));
    context.fillText(state.names[k], left + (step - gap) / 2, height - 2 * density);
    const top = Math.max(floor - Math.max(tall, raw[k] * room) - 3 * density, size);
    context.fillText(Math.round(100 * panel.recall[k]), left + (step - gap) / 2, top);
  }
};

// ----------------------------------------------------------------------------------- wiring --

const make = (tag, properties = {}, children = []) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const percent = (value) => `${(100 * value).toFixed(1)} %`;
const shown = (value, control) =>
  control.log ? Number(value.toPrecision(3)).toLocaleString("en") : value.toFixed(2);

class Boundaries {
  constructor(root, component) {
    this.root = root;
    this.frame = 0;
    this.bright = -1;
    this.point = -1;
    this.panels = [];
    this.cleanups = [];
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.buffers = {};
    this.build();
    this.listen(this.reduced, "change", () => this.stopIfReduced());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.grid);
    // The theme's colours arrive as variables: their transition tells of a change.
    this.listen(root, "transitionend", (event) => {
      if (event.target === root) this.retheme();
    });
    this.update(component);
    if (component.data.autoplay && !this.reduced.matches) this.play(component.data.autoplay, true);
  }

  listen(target, type, action, options) {
    target.addEventListener(type, action, options);
    this.cleanups.push(() => target.removeEventListener(type, action, options));
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.sweep);
    clearTimeout(this.later);
    this.observer.disconnect();
    this.cleanups.forEach((undo) => undo());
    this.root.replaceChildren();
  }

  build() {
    this.sliders = make("div", { className: "sliders" });
    this.chips = make("div", { className: "chips" });
    this.chips.setAttribute("role", "group");
    this.chips.setAttribute("aria-label", "Rules shown, one to four");
    this.pair = make("div", { className: "pair" });
    this.grid = make("div", { className: "panels" });
    this.status = make("p", { className: "status" });
    this.spoken = make("p", { className: "spoken" });
    this.spoken.setAttribute("role", "status");
    const tools = make("div", { className: "tools" }, [this.chips, this.pair]);
    this.root.replaceChildren(this.sliders, tools, this.grid, this.status, this.spoken);
  }

  // New data: from the server after a commit, or because other settings changed there.
  update({ data, setStateValue }) {
    this.send = setStateValue;
    this.root.classList.toggle("teach", Boolean(data.large));
    this.large = Boolean(data.large);
    const text = JSON.stringify(data.state);
    const fresh = this.sceneId !== data.scene.id;
    if (fresh) this.adoptScene(data);
    // What comes back after a commit is what was sent; only other news moves the sliders.
    if (fresh || (text !== this.committed && text !== this.received)) {
      this.state = structuredClone(data.state);
      this.committed = text;
      this.showControls();
    }
    this.received = text;
    this.retheme();
  }

  adoptScene(data) {
    const { scene } = data;
    this.sceneId = scene.id;
    this.data = data;
    this.scene = scene;
    this.K = scene.names.length;
    this.N = scene.labels.length;
    this.points = Float64Array.from(scene.points, (value) => value / scene.grain);
    this.labels = Uint8Array.from(scene.labels);
    this.place = new Float64Array(2 * this.N);
    this.logits = scene.logits ? Float64Array.from(scene.logits) : new Float64Array(this.N * this.K);
    this.perClass = new Float64Array(this.K);
    for (const label of this.labels) this.perClass[label]++;
    this.bright = this.point = -1;
    this.buildSliders(data.controls);
    this.buildPair();
    this.state = structuredClone(data.state);
    this.buildChips(data.rules);
  }

  buildSliders(controls) {
    this.controls = {};
    const rows = controls.map((control) => {
      const input = make("input", { type: "range" });
      const steps = control.log ? 300 : Math.round((control.max - control.min) / control.step);
      Object.assign(input, { min: 0, max: steps, step: 1 });
      input.setAttribute("aria-label", control.label);
      input.title = `${control.help} Double-click to reset.`;
      const output = make("output", { className: "value" });
      const play = make("button", { type: "button", className: "play", textContent: "▶" });
      play.setAttribute("aria-label", `Sweep ${control.label}`);
      play.title = "Sweep through its values";
      this.controls[control.name] = { ...control, input, output, play, steps };
      input.oninput = () => {
        this.halt();
        this.set(control.name, this.valueAt(control.name));
      };
      let keys = false;
      // In braces: a handler that returns false would cancel the drag.
      input.onkeydown = () => {
        keys = true;
      };
      input.onkeyup = input.onpointerdown = () => {
        keys = false;
      };
      // A held key changes many times a second: one commit when it rests.
      input.onchange = () => (keys ? this.commitSoon() : this.commit());
      input.ondblclick = () => {
        this.set(control.name, control.default);
        this.commit();
      };
      play.onclick = () => (this.playing === control.name ? this.finish() : this.play(control.name));
      const label = make("span", { className: "name", textContent: control.label });
      return make("label", { className: "slider" }, [label, input, output, play]);
    });
    this.sliders.replaceChildren(...rows);
    this.stopIfReduced();
  }

  buildChips(names) {
    this.chips.replaceChildren(
      ...names.map((name) => {
        const chip = make("button", { type: "button", className: "chip", textContent: TITLES[name] });
        chip.dataset.rule = name;
        chip.onclick = () => {
          const on = this.state.rules.includes(name);
          if (on ? this.state.rules.length === 1 : this.state.rules.length === 4) return;
          this.state.rules = names.filter((other) =>
            other === name ? !on : this.state.rules.includes(other),
          );
          this.showControls();
          this.resize();
          this.commit();
        };
        return chip;
      }),
    );
  }

  buildPair() {
    const selects = ["first", "second"].map((which) => {
      const select = make("select", {}, this.scene.names.map((name, k) =>
        make("option", { value: k, textContent: name })));
      select.setAttribute("aria-label", `${which} class of the pair`);
      select.onchange = () => {
        const other = which === "first" ? "second" : "first";
        if (+select.value === this.state[other]) this.state[other] = this.state[which];
        this.state[which] = +select.value;
        this.showControls();
        this.schedule();
        this.commit();
      };
      this[which] = select;
      return select;
    });
    this.pair.replaceChildren(make("span", { textContent: "Boundary between" }), selects[0],
      make("span", { textContent: "and" }), selects[1]);
  }

  valueAt(name) {
    const { input, min, max, log, steps, step } = this.controls[name];
    const share = +input.value / steps;
    if (log) return Number((min * (max / min) ** share).toPrecision(3));
    return Number((min + +input.value * step).toFixed(6));
  }

  showControls() {
    for (const name of Object.keys(this.controls)) this.showControl(name);
    for (const chip of this.chips.children) {
      const on = this.state.rules.includes(chip.dataset.rule);
      chip.setAttribute("aria-pressed", on);
      chip.disabled = on ? this.state.rules.length === 1 : this.state.rules.length >= 4;
    }
    this.first.value = this.state.first;
    this.second.value = this.state.second;
    this.buildPanels();
  }

  showControl(name) {
    const control = this.controls[name];
    const value = this.state[name];
    const share = control.log
      ? Math.log(value / control.min) / Math.log(control.max / control.min)
      : (value - control.min) / (control.max - control.min);
    const place = String(Math.round(share * control.steps));
    // A slider between two steps is not pulled onto one.
    if (control.input.value !== place) control.input.value = place;
    control.output.textContent = shown(value, control);
    control.input.setAttribute("aria-valuetext", `${control.label} ${shown(value, control)}`);
    control.input.style.setProperty("--share", `${100 * share}%`);
  }

  buildPanels() {
    const wanted = this.state.rules.join();
    if (this.panels.map((panel) => panel.rule).join() === wanted) return;
    this.panels = this.state.rules.map((rule) => {
      const canvas = make("canvas", { className: "picture" });
      const bars = make("canvas", { className: "bars" });
      canvas.setAttribute("role", "img");
      bars.setAttribute("role", "img");
      const name = make("strong", { textContent: TITLES[rule] });
      const setting = make("span", { className: "setting" });
      const [note, balanced, angle] = ["note", "balanced", "angle"].map((className) =>
        make("p", { className }));
      const box = make("section", {}, [
        make("header", {}, [name, setting]), canvas, note, bars, balanced, angle]);
      const panel = { rule, box, canvas, bars, setting, note, balanced, angle, hatches: new Map(),
        context: canvas.getContext("2d", { alpha: false }), barsContext: bars.getContext("2d"),
        recall: new Float64Array(this.K), predicted: new Uint8Array(this.N) };
      canvas.onpointermove = canvas.onpointerdown = (event) => this.hover(event, canvas);
      canvas.onpointerleave = () => this.light(-1, -1);
      bars.onpointermove = bars.onpointerdown = (event) =>
        this.light(Math.min(this.K - 1, Math.floor((this.K * event.offsetX) / bars.clientWidth)), -1);
      bars.onpointerleave = () => this.light(-1, -1);
      return panel;
    });
    this.grid.style.setProperty("--panels", this.panels.length);
    this.grid.replaceChildren(...this.panels.map((panel) => panel.box));
  }

  set(name, value) {
    this.state[name] = value;
    this.showControl(name);
    this.schedule();
  }

  commit() {
    clearTimeout(this.later);
    const text = JSON.stringify(this.state);
    if (text === this.committed) return;
    this.committed = text;
    this.describe();
    this.send("state", structuredClone(this.state));
  }

  commitSoon() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.commit(), 300);
  }

  // The sweep runs to the top, to the bottom and back to where it began, in eight seconds.
  play(name, once = false) {
    this.halt();
    const { min, max, log, play, default: start } = this.controls[name];
    const scale = (v) => (log ? Math.log(v / min) / Math.log(max / min) : (v - min) / (max - min));
    const from = scale(this.state[name] ?? start);
    const ease = (t) => (1 - Math.cos(Math.PI * t)) / 2;
    const began = performance.now();
    this.playing = name;
    [this.before, this.quiet] = [this.state[name], once];
    play.textContent = "❚❚";
    const stops = [from, 1, 0, from];
    const step = (now) => {
      const time = ((now - began) / 8000) * 3;
      if (time >= 3) {
        this.set(name, this.before);
        this.finish();
        return;
      }
      const leg = Math.max(0, Math.floor(time));
      const share = stops[leg] + (stops[leg + 1] - stops[leg]) * ease(Math.max(0, time) - leg);
      this.set(name, log ? min * (max / min) ** share : min + share * (max - min));
      this.sweep = requestAnimationFrame(step);
    };
    this.sweep = requestAnimationFrame(step);
  }

  halt() {
    if (!this.playing) return;
    cancelAnimationFrame(this.sweep);
    this.controls[this.playing].play.textContent = "▶";
    this.playing = null;
  }

  finish() {
    const name = this.playing;
    const quiet = this.quiet;
    this.halt();
    if (name) this.set(name, Number(this.state[name].toPrecision(3)));
    if (!quiet) this.commit();
  }

  stopIfReduced() {
    if (this.reduced.matches) this.halt();
    for (const { play } of Object.values(this.controls ?? {})) play.disabled = this.reduced.matches;
  }

  hover(event, canvas) {
    const [u, v] = [event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight];
    const [x0, x1, y0, y1] = this.scene.window;
    const [x, y] = [x0 + u * (x1 - x0), y1 - v * (y1 - y0)];
    const reach = (9 * (x1 - x0)) / canvas.clientWidth;
    let [nearest, best] = [-1, reach * reach];
    for (let n = 0; n < this.N; n++) {
      const d = (this.place[2 * n] - x) ** 2 + (this.place[2 * n + 1] - y) ** 2;
      if (d < best) [nearest, best] = [n, d];
    }
    let [owner, close] = [-1, (2.2 * reach) ** 2];
    for (let k = 0; k < this.K; k++) {
      const d = (this.means[2 * k] - x) ** 2 + (this.means[2 * k + 1] - y) ** 2;
      if (d < close) [owner, close] = [k, d];
    }
    if (owner >= 0) this.light(owner, -1);
    else this.light(nearest < 0 ? -1 : this.labels[nearest], nearest);
  }

  light(bright, point) {
    if (bright === this.bright && point === this.point) return;
    [this.bright, this.point] = [bright, point];
    this.schedule();
  }

  retheme() {
    this.theme = readTheme(this.root, this.data.colors);
    this.spriteDensity = 0;
    for (const panel of this.panels) panel.hatches.clear();
    this.resize();
  }

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
    this.density = density;
    if (this.spriteDensity !== density) {
      this.sprites = makeSprites(this.theme, density, false);
      this.faint = makeSprites(this.theme, density, true);
      this.spriteDensity = density;
    }
    this.schedule();
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  // Geometry, counts, points and logits of the settings as they are now.
  compute() {
    const { scene, state, K, N } = this;
    this.counts = scene.counts ?? rules.classCounts(K, scene.head, state.ratio);
    const at = Math.log(state.ratio);
    const grid = scene.grid;
    let low = 0;
    while (low < grid.length - 2 && grid[low + 1] <= at) low++;
    const high = Math.min(low + 1, grid.length - 1);
    const share = high > low ? Math.min(1, Math.max(0, (at - grid[low]) / (grid[high] - grid[low]))) : 0;
    const between = (table) =>
      Float64Array.from(table[low], (value, n) => value * (1 - share) + table[high][n] * share);
    this.weights = between(scene.weights);
    this.bias = between(scene.bias);
    this.means = between(scene.means);
    this.psi = scene.angles ? Float64Array.from(scene.angles) : rules.vectorAngles(this.weights);
    this.norms = scene.norms ?? Array.from({ length: K }, (_, k) =>
      Math.hypot(this.weights[2 * k], this.weights[2 * k + 1]));
    this.noise = Array.from(this.counts, (n) => state.spread * (n / scene.reference) ** -state.s);
    const { place, points, labels, means, noise, logits, weights, bias } = this;
    for (let n = 0; n < N; n++) {
      const k = labels[n];
      const x = scene.fixed ? points[2 * n] : means[2 * k] + noise[k] * points[2 * n];
      const y = scene.fixed ? points[2 * n + 1] : means[2 * k + 1] + noise[k] * points[2 * n + 1];
      place[2 * n] = x;
      place[2 * n + 1] = y;
      if (scene.logits) continue;
      for (let c = 0; c < K; c++) {
        logits[n * K + c] = state.norm * (weights[2 * c] * x + weights[2 * c + 1] * y) + bias[c];
      }
    }
  }

  setup() {
    const { counts, psi, norms, bias } = this;
    return { counts, psi, norms, bias, gamma: this.state.gamma, tau: this.state.tau };
  }

  // Recall of each class under a rule, and what it predicts.
  judge(rule, predicted, recall) {
    const score = rules.scorer(rule, this.setup());
    recall.fill(0);
    for (let n = 0; n < this.N; n++) {
      const winner = rules.argmax(score(this.logits, n * this.K));
      predicted[n] = winner;
      if (winner === this.labels[n]) recall[winner]++;
    }
    for (let k = 0; k < this.K; k++) recall[k] /= this.perClass[k] || 1;
  }

  balanced(recall) {
    let [sum, seen] = [0, 0];
    for (let k = 0; k < this.K; k++) if (this.perClass[k]) [sum, seen] = [sum + recall[k], seen + 1];
    return sum / seen;
  }

  partition(panel) {
    const { K, state, weights, bias, norms } = this;
    const [x0, x1, y0, y1] = this.scene.window;
    const edge = 0.02 * (x1 - x0);
    const rectangle = [x0 - edge, y0 - edge, x1 + edge, y0 - edge,
      x1 + edge, y1 + edge, x0 - edge, y1 + edge];
    const planes = new Float64Array(3 * K);
    const duel = panel.rule === "1vs1";
    const { scale, offset } = rules.affineForm(panel.rule, this.setup());
    for (let k = 0; k < K; k++) {
      const factor = duel ? 1 / norms[k] : scale[k];
      planes[3 * k] = factor * state.norm * weights[2 * k];
      planes[3 * k + 1] = factor * state.norm * weights[2 * k + 1];
      planes[3 * k + 2] = factor * bias[k] + offset[k];
    }
    if (!duel) {
      panel.cells = rules.affineCells(planes, rectangle);
      return;
    }
    const factors = rules.duelFactors(this.counts, state.gamma, this.psi);
    Object.assign(panel, rules.duelFaces(planes, factors, rectangle));
  }

  drawPoints(panel, view) {
    const { width, height } = panel.canvas;
    if (this.layer?.canvas.width !== width) {
      const canvas = make("canvas", { width, height });
      const context = canvas.getContext("2d", { willReadFrequently: true });
      const image = context.createImageData(width, height);
      this.layer = { canvas, context, image, pixels: new Uint32Array(image.data.buffer) };
    }
    const { pixels, image, canvas, context } = this.layer;
    pixels.fill(0);
    const [x0, x1, y0, y1] = this.scene.window;
    const [sx, sy] = [width / (x1 - x0), height / (y1 - y0)];
    // Right ones first: marks of wrong ones lie on top, and the class lit above all.
    for (let pass = 0; pass < 4; pass++) {
      for (let n = 0; n < this.N; n++) {
        const k = this.labels[n];
        const wrong = panel.predicted[n] === k ? 0 : 1;
        const lit = this.bright < 0 || this.bright === k ? 1 : 0;
        if (2 * lit + wrong !== pass) continue;
        const sprite = (lit ? this.sprites : this.faint)[k][wrong];
        const x = Math.round((this.place[2 * n] - x0) * sx);
        const y = Math.round((y1 - this.place[2 * n + 1]) * sy);
        blit(pixels, width, height, sprite, x, y);
      }
    }
    context.putImageData(image, 0, 0);
    view.context.drawImage(canvas, 0, 0);
  }

  draw() {
    if (!this.panels.length || !this.panels[0].canvas.clientWidth) return;
    const began = performance.now();
    this.compute();
    const { K, state, theme, density, bright, large } = this;
    this.rawRecall ??= new Float64Array(0);
    if (this.rawRecall.length !== K) this.rawRecall = new Float64Array(K);
    if (this.rawPredicted?.length !== this.N) this.rawPredicted = new Uint8Array(this.N);
    this.judge("raw", this.rawPredicted, this.rawRecall);
    const rawBalanced = this.balanced(this.rawRecall);
    const now = { K, names: this.scene.names, counts: this.counts, weights: this.weights,
      means: this.means };
    for (const panel of this.panels) {
      const { width, height } = panel.canvas;
      const [x0, x1, y0, y1] = this.scene.window;
      const project = (x, y) => [((x - x0) / (x1 - x0)) * width, ((y1 - y) / (y1 - y0)) * height];
      const view = { theme, density, bright, large, project, width, state: now, raw: this.rawRecall,
        context: panel.context };
      this.judge(panel.rule, panel.predicted, panel.recall);
      this.partition(panel);
      drawRegions(panel.context, panel, view);
      this.drawPoints(panel, view);
      if (!this.scene.fixed) drawVectors(panel.context, view);
      drawLabels(panel.context, view);
      if (this.point >= 0) this.ring(panel, view);
      drawBars(panel, view);
      this.write(panel, rawBalanced);
    }
    this.tell();
    this.root.dataset.draw = (performance.now() - began).toFixed(1);
    if (!this.described) this.describe();
  }

  ring(panel, { context, project, theme, density }) {
    const [x, y] = project(this.place[2 * this.point], this.place[2 * this.point + 1]);
    context.beginPath();
    context.arc(x, y, 9 * density, 0, 7);
    context.strokeStyle = css(theme.text);
    context.lineWidth = 2 * density;
    context.stroke();
  }

  // The lines of text under a picture.
  write(panel, rawBalanced) {
    const { state } = this;
    const put = (element, text) => {
      if (element.textContent !== text) element.textContent = text;
    };
    const value = { mla: `γ = ${state.gamma.toFixed(2)}`, "1vs1": `γ = ${state.gamma.toFixed(2)}`,
      ala: `τ = ${state.tau.toFixed(2)}`, "tau-norm": `τ = ${state.tau.toFixed(2)}` };
    put(panel.setting, value[panel.rule] ?? "no adjustment");
    const balanced = this.balanced(panel.recall);
    put(panel.balanced, panel.rule === "raw" ? `Balanced accuracy ${percent(balanced)}`
      : `Balanced accuracy ${percent(balanced)} (raw ${percent(rawBalanced)})`);
    put(panel.note, this.noteOn(panel));
    put(panel.angle, this.angleOn(panel.rule));
  }

  noteOn(panel) {
    const { names } = this.scene;
    const list = (classes) => classes.map((k) => names[k]).join(", ");
    if (panel.faces && panel.rule === "1vs1") {
      const whole = panel.faces.reduce((sum, face) => sum + rules.area(face.polygon), 0);
      const tied = panel.faces.filter((face) => face.winners.length > 1);
      const share = tied.reduce((sum, face) => sum + rules.area(face.polygon), 0) / whole;
      const won = new Set(panel.faces.flatMap((face) => face.winners));
      const lost = names.map((_, k) => k).filter((k) => !won.has(k));
      const parts = [];
      if (tied.length) parts.push(`Votes tie on ${percent(share)} of the plane (hatched)`);
      if (lost.length) parts.push(`no cell: ${list(lost)}`);
      return parts.join("; ");
    }
    const gone = panel.cells.flatMap((cell, k) => (cell.length ? [] : [k]));
    if (gone.length) return `No cell left: ${list(gone)}`;
    const same = Math.max(...this.norms) < 1.000001 * Math.min(...this.norms);
    return panel.rule === "tau-norm" && same ? "Equal norms: tau-norm changes nothing" : "";
  }

  angleOn(rule) {
    const { first, second, gamma, tau, norm } = this.state;
    const psi = this.psi[first * this.K + second];
    const pair = `${this.scene.names[first]} | ${this.scene.names[second]}`;
    if (this.scene.fixed || Math.sin(psi) < 1e-9) return `Boundary ${pair}: no plane to turn in`;
    const angle = rules.boundaryAngle(rule, this.counts[first], this.counts[second], psi,
      { gamma, tau, norm });
    const optimum = rules.pairOptimum(this.noise[first], this.noise[second], psi);
    const at = Number.isNaN(angle) ? "none at this norm" : `${(angle * DEGREES).toFixed(1)}°`;
    return `Boundary ${pair}: ${at}, pair optimum ${(optimum * DEGREES).toFixed(1)}°`;
  }

  // What is under the pointer, one line for all panels.
  tell() {
    const { names } = this.scene;
    let text = "Point at a sample or a class to see it in every panel. ✕ marks a wrong prediction.";
    if (this.point >= 0) {
      const fates = this.panels.map((panel) =>
        `${TITLES[panel.rule]} → ${names[panel.predicted[this.point]]}`);
      text = `A sample of ${names[this.labels[this.point]]}: ${fates.join(", ")}`;
    } else if (this.bright >= 0) {
      const recalls = this.panels.map((panel) =>
        `${TITLES[panel.rule]} ${percent(panel.recall[this.bright])}`);
      text = `${names[this.bright]}, n = ${this.counts[this.bright].toLocaleString("en")}, ` +
        `recall: ${recalls.join(", ")}`;
    }
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  // For who does not see the picture; said on commit, not on every frame.
  describe() {
    if (!this.counts) return;
    this.described = true;
    const said = this.panels.map((panel) => {
      const recalls = Array.from(panel.recall, (value, k) =>
        `${this.scene.names[k]} ${Math.round(100 * value)} percent`).join(", ");
      const title = TITLES[panel.rule];
      panel.canvas.setAttribute("aria-label", `Decision regions of ${title}. ${panel.note.textContent}`);
      panel.bars.setAttribute("aria-label", `Recall under ${title}: ${recalls}`);
      return `${title}: ${panel.balanced.textContent}.`;
    });
    this.spoken.textContent = said.join(" ");
  }
}

const instances = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".live");
  const known = instances.get(root);
  if (known) known.update(component);
  else instances.set(root, new Boundaries(root, component));
  return () => {
    instances.get(root)?.dispose();
    instances.delete(root);
  };
}
