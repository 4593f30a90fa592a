// A training run that fills in while it goes and is scrubbed and replayed afterwards, all in the
// browser: only the step chosen at last is sent back.

import { mounted } from "./mount.js";
import { scientific } from "./player_draw.js";
import { Frames } from "./player_frames.js";
import { Pace } from "./player_pace.js";
import { Pictures } from "./player_pictures.js";
import { make, pageTheme, put } from "./shared.js";

const REPLAY = 6000;
const LONGEST_FRAME = 50;
// A run that ends so soon after it is opened (ms) has not been seen training.
const QUICK = 1500;

class Player {
  constructor(root, component) {
    this.root = root;
    this.pictures = new Pictures(() => this.schedule());
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
    this.play = make("button", { type: "button", className: "play", textContent: "▶" });
    this.play.setAttribute("aria-label", "Replay");
    this.input = make("input", { type: "range", min: 0, step: 1 });
    this.input.setAttribute("aria-label", "Training step");
    this.readout = make("p", { className: "readout" });
    this.spoken = make("p", { className: "spoken" });
    this.spoken.setAttribute("aria-live", "polite");
    const scrub = make("div", { className: "scrub" }, [this.play, this.input, this.readout]);
    this.root.replaceChildren(this.pictures.stage, scrub, this.spoken);
    this.play.onclick = () => (this.replaying ? this.halt() : this.replay());
    this.input.oninput = () => {
      this.halt();
      this.show(+this.input.value);
    };
    this.input.onchange = () => this.commit();
  }

  update(component) {
    const { data } = component;
    this.send = component.setStateValue;
    this.ask = component.setTriggerValue;
    if (this.data?.id !== data.id) this.open(data);
    this.data = this.pictures.data = data;
    this.root.classList.toggle("large", data.large);
    this.root.classList.toggle("still", !data.curves.length);
    this.take(data);
    this.showTraining(data.autoplay);
  }

  // Frames of this run, with the component's data or fed on their own. Those that were missed
  // because the page had no time to draw are asked for again.
  take(data) {
    if (data.id !== this.data.id) return;
    const { newest } = this.frames;
    if (this.frames.take(data)) {
      if (this.wanted !== null && this.frames.last >= 0) this.shown = this.frames.at(this.wanted);
    } else if (this.asked !== newest) this.ask("missing", (this.asked = newest));
    this.input.max = Math.max(0, this.frames.last);
    this.input.disabled = this.play.disabled = this.frames.last < 1;
    if (this.following) this.follow();
    this.schedule();
  }

  // Frames come several at a time: they are shown one by one until the next ones are due.
  follow(now = performance.now()) {
    cancelAnimationFrame(this.catching);
    const left = this.frames.last - this.shown;
    if (!this.following || left <= 0) return;
    if (this.reduced.matches || left > 80) {
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
    [this.frames, this.asked, this.pace] = [new Frames(data), null, new Pace()];
    this.pictures.open(data, this.frames);
    this.following = data.shown === null;
    this.fresh = this.following && data.autoplay > 0;
    this.openedAt = performance.now();
    this.wanted = data.shown;
    this.shown = 0;
    this.described = false;
  }

  show(index) {
    this.following = false;
    this.wanted = null;
    this.shown = Math.max(0, Math.min(this.frames.last, index));
    this.schedule();
  }

  commit() {
    const last = this.shown === this.frames.last;
    this.following = last;
    this.send("shown", { id: this.data.id, step: last ? null : this.frames.steps[this.shown] });
    this.describe();
  }

  replay() {
    if (this.reduced.matches) {
      this.show(this.shown < this.frames.last ? this.shown + 1 : 0);
      return;
    }
    const { last } = this.frames;
    this.run(this.shown >= last ? 0 : this.shown, REPLAY, () => this.commit());
  }

  // Shows frame after frame, from one on, at a pace that takes `duration` ms for all of them; a
  // page that is busy drawing other things makes it slower instead of skipping frames.
  run(from, duration, end) {
    const { last } = this.frames;
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
    if (!quick || this.reduced.matches || this.frames.last < 1) return;
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

  draw() {
    if (!this.root.clientWidth || this.frames.last < 0) return;
    this.theme ??= pageTheme(this.root);
    this.pictures.draw(this.shown, this.theme, this.data.large);
    this.input.value = this.shown;
    this.input.style.setProperty("--share", `${(100 * this.shown) / (this.frames.last || 1)}%`);
    this.write(this.frames.list[this.shown]);
    if (!this.described && this.data.done) this.describe();
  }

  write(frame) {
    const values = this.data.curves.filter((curve) => curve.told).map((curve) =>
      `${curve.title} ${scientific(frame.values[this.data.curves.indexOf(curve)])}`);
    const step = this.frames.steps[this.shown].toLocaleString("en");
    const text = `step ${step}: ${values.join(", ")}`;
    put(this.readout, text);
    this.input.setAttribute("aria-valuetext", text);
  }

  describe() {
    this.described = true;
    this.spoken.textContent = this.readout.textContent;
    this.pictures.describe(this.readout.textContent);
  }
}

export default mounted(".player", Player);
