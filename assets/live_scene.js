// Rules, third part: what a scene looks like at given settings. Pure functions of what Python
// sent, nothing of the page; app/scenes/base.py says the same in Python.

import { affineCells, duelFaces } from "./live_cells.js";
import { affineForm, argmax, classCounts, duelFactors, scorer, vectorAngles } from "./live_rules.js";
import { multiples } from "./shared.js";

// The scene with its arrays as numbers. Of its N samples the first P are drawn.
export const unpackScene = ({ id, text }) => {
  const sent = JSON.parse(text);
  const K = sent.names.length;
  const labels = Uint8Array.from(sent.labels);
  const perClass = new Float64Array(K);
  for (const label of labels) perClass[label]++;
  return {
    ...sent, id, K, N: labels.length, P: sent.points.length / 2, labels, perClass,
    points: Float64Array.from(sent.points, (value) => value / sent.grain),
    logits: sent.logits && multiples(sent.logits),
    // Classes that have samples here.
    shown: sent.names.map((_, k) => k).filter((k) => perClass[k] > 0),
  };
};

// Class vectors, biases and means at a ratio: linear in its logarithm between what is given.
const geometryAt = ({ grid, weights, bias, means }, ratio) => {
  const at = Math.log(ratio);
  let low = 0;
  while (low < grid.length - 2 && grid[low + 1] <= at) low++;
  const high = Math.min(low + 1, grid.length - 1);
  const width = grid[high] - grid[low];
  const share = width > 0 ? Math.min(1, Math.max(0, (at - grid[low]) / width)) : 0;
  const between = (table) =>
    Float64Array.from(table[low], (value, n) => value * (1 - share) + table[high][n] * share);
  return { weights: between(weights), bias: between(bias), means: between(means) };
};

const planeNorms = (weights) =>
  Array.from({ length: weights.length / 2 }, (_, k) => Math.hypot(weights[2 * k], weights[2 * k + 1]));

// Everything about the scene at these settings. `place` and `logits` are filled in `room`, which
// is kept from frame to frame.
export const sceneAt = (scene, state, room) => {
  const { K, P, labels, points } = scene;
  const counts = Float64Array.from(scene.counts ?? classCounts(K, scene.head, state.ratio));
  const { weights, bias, means } = geometryAt(scene, state.ratio);
  const noise = Array.from(counts, (n) => state.spread * (n / scene.reference) ** -state.s);
  const norm = scene.fixed ? 1 : state.norm;
  const { place } = room;
  const logits = scene.logits ?? room.logits;
  for (let n = 0; n < P; n++) {
    const k = labels[n];
    const x = scene.fixed ? points[2 * n] : means[2 * k] + noise[k] * points[2 * n];
    const y = scene.fixed ? points[2 * n + 1] : means[2 * k + 1] + noise[k] * points[2 * n + 1];
    [place[2 * n], place[2 * n + 1]] = [x, y];
    if (scene.logits) continue;
    for (let c = 0; c < K; c++) {
      logits[n * K + c] = norm * (weights[2 * c] * x + weights[2 * c + 1] * y) + bias[c];
    }
  }
  return {
    counts, weights, bias, means, noise, norm, place, logits,
    psi: scene.angles ? Float64Array.from(scene.angles) : vectorAngles(weights),
    norms: scene.norms ?? planeNorms(weights),
    ownBias: scene.ownBias ?? bias,
  };
};

// Gamma of a rule: MLA's may be the one that matches the 1vs1adjuster.
export const gammaOf = (rule, scene, state) =>
  state.gamma * (rule === "mla" && state.matched && scene.match ? scene.match : 1);

const setupOf = (rule, scene, now, state) => ({
  counts: now.counts, psi: now.psi, norms: now.norms, bias: now.ownBias,
  gamma: gammaOf(rule, scene, state), tau: state.tau,
});

// What a rule predicts for every sample, and the recall of each class.
export const judge = (rule, scene, now, state, predicted, recall) => {
  const { K, N, labels, perClass } = scene;
  const score = scorer(rule, setupOf(rule, scene, now, state));
  recall.fill(0);
  for (let n = 0; n < N; n++) {
    const winner = argmax(score(now.logits, n * K));
    predicted[n] = winner;
    if (winner === labels[n]) recall[winner]++;
  }
  for (let k = 0; k < K; k++) recall[k] /= perClass[k] || 1;
};

export const meanRecall = (recall, classes) =>
  classes.reduce((sum, k) => sum + recall[k], 0) / classes.length;

// Who owns what of the window, exactly: cells a class, or faces and the edges between them.
export const partition = (rule, scene, now, state) => {
  const [x0, x1, y0, y1] = scene.window;
  const edge = 0.02 * (x1 - x0);
  const [left, right, low, high] = [x0 - edge, x1 + edge, y0 - edge, y1 + edge];
  const rectangle = [left, low, right, low, right, high, left, high];
  const duel = rule === "1vs1";
  const setup = setupOf(rule, scene, now, state);
  const { scale, offset } = affineForm(rule, setup);
  const planes = new Float64Array(3 * scene.K);
  for (let k = 0; k < scene.K; k++) {
    const factor = duel ? 1 / now.norms[k] : scale[k];
    planes[3 * k] = factor * now.norm * now.weights[2 * k];
    planes[3 * k + 1] = factor * now.norm * now.weights[2 * k + 1];
    planes[3 * k + 2] = factor * now.bias[k] + offset[k];
  }
  if (!duel) return { cells: affineCells(planes, rectangle) };
  return duelFaces(planes, duelFactors(now.counts, setup.gamma, now.psi), rectangle);
};

// Every piece of the window that has one owner: { polygon, owner }.
export const ownedPieces = ({ cells, faces }) =>
  cells
    ? cells.flatMap((polygon, owner) => (polygon.length ? [{ polygon, owner }] : []))
    : faces.flatMap(({ polygon, winners }) =>
        (winners.length === 1 ? [{ polygon, owner: winners[0] }] : []));

// Runs of classes of one frequency group, head to tail.
export const groupRuns = (scene, counts) => {
  const runs = [];
  scene.shown.forEach((k, place) => {
    const n = counts[k];
    const name = n > scene.many ? "Many" : n < scene.few ? "Few" : "Medium";
    if (runs.at(-1)?.name !== name) runs.push({ name, first: place, classes: [] });
    runs.at(-1).classes.push(k);
  });
  return runs;
};

// What is at a place: a class whose mean is near, else the nearest sample within reach; -1: none.
export const found = (scene, { means, place }, x, y, reach) => {
  const nearest = (spots, candidates, within) => {
    let [best, distance] = [-1, within * within];
    for (const n of candidates) {
      const d = (spots[2 * n] - x) ** 2 + (spots[2 * n + 1] - y) ** 2;
      if (d < distance) [best, distance] = [n, d];
    }
    return best;
  };
  const owner = nearest(means, scene.shown, 2.2 * reach);
  if (owner >= 0) return [owner, -1];
  const point = nearest(place, Array(scene.P).keys(), reach);
  return [point < 0 ? -1 : scene.labels[point], point];
};
