// What stands beneath the curves: scores, recalls and samples that change, at one position.

import { at, missing, percent, points, told, whole } from "./live_tune_tables.js";
import { make, put } from "./shared.js";

export class Readout {
  constructor() {
    this.headline = make("strong", { className: "headline" });
    this.about = make("span", { className: "about" });
    this.stats = make("dl", { className: "stats" });
    this.bars = make("div", { className: "bars" });
    this.bars.setAttribute("role", "img");
    this.bars.onpointerleave = () => this.point(-1);
    this.note = make("p", { className: "note" });
    this.box = make("div", { className: "readout" }, [
      make("p", { className: "said" }, [this.headline, " ", this.about]),
      this.stats, this.bars, this.note,
    ]);
  }

  // Other tables; `optimum` is the value at the position `best`.
  open(data, tables, best, optimum) {
    Object.assign(this, { data, tables, best, optimum, place: best, pointed: -1 });
    const { metrics, bins } = data.readout;
    this.figures = metrics.map(({ title, chosen }) => makeStat(title, chosen));
    [this.fixed, this.broken] = [makeStat("Fixed"), makeStat("Broken")];
    this.stats.replaceChildren(
      ...[...this.figures, this.fixed, this.broken].map(({ box }) => box));
    this.columns = bins.map((bin, n) => makeColumn(bin, () => this.point(n)));
    this.bars.replaceChildren(...this.columns.map(({ box }) => box));
    this.bars.classList.toggle("dense", bins.length > 16);
  }

  show(place) {
    this.place = place;
    const { data, tables } = this;
    const { metrics, bins, where } = data.readout;
    metrics.forEach(({ raw }, n) => {
      const now = this.at(tables.scores, n);
      put(this.figures[n].value, percent(now));
      put(this.figures[n].change, points(now, raw));
    });
    bins.forEach((_, b) => {
      const recall = this.at(tables.recalls, b);
      const { value, fill } = this.columns[b];
      fill.style.transform = `scaleY(${missing(recall) ? 0 : recall})`;
      put(value, missing(recall) ? "–" : String(Math.round(100 * recall)));
    });
    const [fixed, broken] = this.moved();
    put(this.fixed.value, whole(fixed));
    put(this.broken.value, whole(broken));
    const net = fixed - broken;
    put(this.broken.change, `net ${net > 0 ? "+" : net < 0 ? "−" : ""}${whole(Math.abs(net))}`);
    put(this.headline, `${data.title}, ${data.parameter} = ${told(tables.positions[place])}`);
    put(this.about, `${place === this.best ? "the tuned optimum" :
      `optimum ${Number(this.optimum.toFixed(3))}`}; ${where}, change against raw in points`);
    this.tell();
  }

  at(table, row) {
    return at(table, this.tables.positions.length, row, this.place);
  }

  // Samples that are right now and were not, and the other way round.
  moved() {
    return [0, 1].map((row) => this.at(this.tables.moved, row));
  }

  // In one line, for the slider.
  spoken() {
    const { data, tables, place } = this;
    const chosen = data.readout.metrics.findIndex((metric) => metric.chosen);
    const [fixed, broken] = this.moved();
    return `${data.parameter} ${told(tables.positions[place])}, ` +
      `${data.metric} ${percent(this.at(tables.scores, chosen))}, ` +
      `${whole(fixed)} fixed, ${whole(broken)} broken`;
  }

  point(n) {
    this.pointed = n;
    this.tell();
  }

  // What is under the pointer.
  tell() {
    const { bins, binned } = this.data.readout;
    const bin = bins[this.pointed];
    if (!bin) {
      put(this.note, `${binned ? "Mean recall of classes" : "Recall of each class"}, head to tail; ` +
        "lines mark the raw logits.");
      return;
    }
    const now = this.at(this.tables.recalls, this.pointed);
    put(this.note, `${bin.name} (${bin.about}): ${percent(bin.raw)} raw, ${percent(now)} now`);
  }

  // For who does not see the bars.
  describe() {
    const recalls = this.data.readout.bins.map(({ name }, b) =>
      `${name} ${percent(this.at(this.tables.recalls, b))}`);
    this.bars.setAttribute("aria-label",
      `Recall under ${this.data.title}, head to tail: ${recalls.join(", ")}`);
  }
}

const makeStat = (title, chosen) => {
  const [value, change] = [make("b"), make("small")];
  const box = make("div", { className: chosen ? "chosen" : "" }, [
    make("dt", { textContent: title }), make("dd", {}, [value, " ", change])]);
  return { box, value, change };
};

// The bar of a class or a bin of classes; the line across it is the recall of the raw logits.
const makeColumn = ({ name, raw, color }, pointed) => {
  const [value, fill, line] = [make("span"), make("i"), make("u")];
  fill.style.background = color;
  if (!missing(raw)) line.style.bottom = `${100 * raw}%`;
  line.hidden = missing(raw);
  const label = make("em", { textContent: name });
  const box = make("div", {}, [value, make("div", { className: "well" }, [fill, line]), label]);
  box.onpointerenter = box.onpointerdown = pointed;
  return { box, value, fill };
};
