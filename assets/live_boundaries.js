// The boundary picture in the page: its settings. Nothing is sent while a slider moves; on release
// they are committed once.

import { Slider, Sweep, makeChips, makeSelect } from "./live_controls.js";
import { Panels } from "./live_panels.js";
import { unpackScene } from "./live_scene.js";
import { words } from "./live_words.js";
import { mounted } from "./mount.js";
import { make, put } from "./shared.js";

const MOST_PANELS = 4;
const PATIENCE = 300; // Milliseconds a key rests before what it set is committed.

class Boundaries {
  constructor(root, component) {
    this.root = root;
    this.panels = new Panels(root);
    this.sliders = {};
    this.sent = []; // Settings committed that have not come back yet.
    this.cleanups = [];
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.build();
    this.listen(this.reduced, "change", () => this.allowMotion());
    // The theme's colours arrive as variables: their transition tells of a change.
    this.listen(root, "transitionend", (event) => {
      if (event.target === root) this.panels.retheme();
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
    clearTimeout(this.later);
    this.panels.dispose();
    this.cleanups.forEach((undo) => undo());
    this.root.replaceChildren();
  }

  build() {
    this.rows = make("div", { className: "sliders" });
    this.chips = make("div", { className: "chips" });
    this.chips.setAttribute("role", "group");
    this.chips.setAttribute("aria-label", "Rules shown, one to four");
    this.pair = make("div", { className: "pair" });
    this.legend = make("p", { className: "legend" });
    const tools = make("div", { className: "tools" }, [this.chips, this.pair]);
    const { grid, status, spoken } = this.panels;
    this.root.replaceChildren(this.rows, tools, grid, status, this.legend, spoken);
  }

  // New data: from the server after a commit, or because other settings changed there.
  update({ data, setStateValue }) {
    this.send = setStateValue;
    this.panels.large = data.large;
    this.root.classList.toggle("teach", data.large);
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
    this.panels.retheme();
  }

  // Another scene: nothing of the one before is kept.
  adopt(data) {
    this.halt();
    this.scene = unpackScene(data.scene);
    this.panels.open(this.scene, data.colors);
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
    this.panels.resize();
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
    this.panels.show(this.state);
  }

  set(name, value) {
    this.state[name] = value;
    this.sliders[name].show(value);
    this.panels.schedule();
  }

  commit() {
    clearTimeout(this.later);
    const text = JSON.stringify(this.state);
    if (text === this.committed) return;
    this.committed = text;
    this.sent.push(text);
    this.panels.describe();
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
}

export default mounted(".live", Boundaries);
