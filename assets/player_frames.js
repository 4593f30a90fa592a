// The frames of one run as numbers: each comes once, packed as float32.

import { floats } from "./shared.js";

export class Frames {
  constructor(data) {
    this.data = data;
    [this.steps, this.list] = [[], []];
    this.theory = data.theory ? this.parts(floats(data.theory), 0) : null;
    this.landmarks = floats(data.landmarks);
  }

  get newest() {
    return this.steps.at(-1) ?? -1;
  }

  get last() {
    return this.steps.length - 1;
  }

  // Keeps those that are new; false if there are others between them and what is here.
  take({ after, steps, frames }) {
    const { newest } = this;
    if (after > newest) return false;
    const numbers = floats(frames);
    const length = steps.length ? numbers.length / steps.length : 0;
    steps.forEach((step, n) => {
      if (step <= newest) return;
      const own = numbers.subarray(n * length, (n + 1) * length);
      this.steps.push(step);
      this.list.push(this.parts(own, this.data.curves.length));
    });
    return true;
  }

  // The first frame of a step or a later one, else the last.
  at(step) {
    const later = this.steps.findIndex((other) => other >= step);
    return later < 0 ? this.last : later;
  }

  parts(numbers, metrics) {
    const K = this.data.names.length;
    const axes = 3 * this.data.words.views.length;
    const gram = this.data.grams ? K * K : 0;
    let from = 0;
    const [values, means, classifier, classifierGram, meansGram, logits] =
      [metrics, axes * K, axes * K, gram, gram, gram].map((length) =>
        numbers.subarray(from, (from += length)));
    return { values, means, classifier, points: numbers.subarray(from),
      grams: { classifier: classifierGram, means: meansGram, logits } };
  }
}
