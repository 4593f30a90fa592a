// The frames of one run as numbers: each comes once, what is drawn of it as differences from theory.

import { floats, multiples } from "./shared.js";

export class Frames {
  constructor({ theory, landmarks }) {
    [this.steps, this.list] = [[], []];
    this.theory = Object.fromEntries(
      Object.entries(theory).map(([name, text]) => [name, floats(text)]));
    this.landmarks = floats(landmarks);
  }

  get newest() {
    return this.steps.at(-1) ?? -1;
  }

  get last() {
    return this.steps.length - 1;
  }

  // Keeps those that are new; false if there are others between them and what is here.
  take({ after, steps, values, drawn }) {
    const { newest } = this;
    if (after > newest) return false;
    const row = (table, n) => {
      const width = table.length / steps.length;
      return table.subarray(n * width, (n + 1) * width);
    };
    const metrics = floats(values);
    const parts = Object.entries(drawn).map(([name, sent]) => [name, multiples(sent)]);
    steps.forEach((step, n) => {
      if (step <= newest) return;
      this.steps.push(step);
      this.list.push({ values: row(metrics, n), ...Object.fromEntries(
        parts.map(([name, table]) => [name, this.placed(name, row(table, n))])) });
    });
    return true;
  }

  // What theory has nowhere was not sent.
  placed(name, differences) {
    let n = 0;
    return Float64Array.from(this.theory[name], (value) =>
      (Number.isFinite(value) ? value + differences[n++] : NaN));
  }

  // The first frame of a step or a later one, else the last.
  at(step) {
    const later = this.steps.findIndex((other) => other >= step);
    return later < 0 ? this.last : later;
  }
}
