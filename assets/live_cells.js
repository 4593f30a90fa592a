// Rules, second part: who owns what of the plane, exactly. Polygons are flat lists x, y.

import { countVotes, leaders } from "./live_rules.js";

// The convex polygon (flat x, y) where a x + b y + c >= 0.
const clip = (polygon, a, b, c) => {
  const kept = [];
  for (let v = 0, n = polygon.length; v < n; v += 2) {
    const [x, y] = [polygon[v], polygon[v + 1]];
    const [u, w] = [polygon[(v + 2) % n], polygon[(v + 3) % n]];
    const here = a * x + b * y + c;
    const next = a * u + b * w + c;
    if (here >= 0) kept.push(x, y);
    if ((here > 0 && next < 0) || (here < 0 && next > 0)) {
      const t = here / (here - next);
      kept.push(x + t * (u - x), y + t * (w - y));
    }
  }
  return kept.length >= 6 ? kept : [];
};

export const area = (polygon) => {
  let twice = 0;
  for (let v = 0, n = polygon.length; v < n; v += 2) {
    twice += polygon[v] * polygon[(v + 3) % n] - polygon[(v + 2) % n] * polygon[v + 1];
  }
  return Math.abs(twice) / 2;
};

// Exact cells of an affine rule. planes: flat (a, b, c) a class; rectangle: flat corners.
export const affineCells = (planes, rectangle) => {
  const K = planes.length / 3;
  const whole = area(rectangle);
  return Array.from({ length: K }, (_, k) => {
    let cell = rectangle;
    for (let j = 0; j < K && cell.length; j++) {
      const a = planes[3 * k] - planes[3 * j];
      const b = planes[3 * k + 1] - planes[3 * j + 1];
      const c = planes[3 * k + 2] - planes[3 * j + 2];
      // Classes with one and the same score: the first has the cell.
      const same = Math.abs(a) + Math.abs(b) + Math.abs(c) < 1e-12;
      if (j !== k && !(same && k < j)) cell = same ? [] : clip(cell, a, b, c);
    }
    return area(cell) > 1e-9 * whole ? cell : [];
  });
};

// Exact faces of the 1vs1adjuster: the rectangle cut by every duel's line, votes in each.
// planes: logits for unit class vectors as flat (a, b, c). Edges between faces with other
// winners are given as flat (x, y, u, v).
export const duelFaces = (planes, factors, rectangle) => {
  const K = planes.length / 3;
  const tiny = 1e-10 * area(rectangle);
  let pieces = [rectangle];
  for (let i = 0; i < K; i++) {
    for (let j = i + 1; j < K; j++) {
      const [f, g] = [factors[i * K + j], factors[j * K + i]];
      let a = planes[3 * i] * f - planes[3 * j] * g;
      let b = planes[3 * i + 1] * f - planes[3 * j + 1] * g;
      let c = planes[3 * i + 2] * f - planes[3 * j + 2] * g;
      const length = Math.hypot(a, b);
      if (length < 1e-12) continue;
      [a, b, c] = [a / length, b / length, c / length];
      const cut = [];
      for (const piece of pieces) {
        let [low, high] = [Infinity, -Infinity];
        for (let v = 0; v < piece.length; v += 2) {
          const side = a * piece[v] + b * piece[v + 1] + c;
          if (side < low) low = side;
          if (side > high) high = side;
        }
        if (low >= -1e-11 || high <= 1e-11) {
          cut.push(piece);
          continue;
        }
        for (const part of [clip(piece, a, b, c), clip(piece, -a, -b, -c)]) {
          if (part.length && area(part) > tiny) cut.push(part);
        }
      }
      pieces = cut;
    }
  }
  const z = new Float64Array(K);
  const votes = new Float64Array(K);
  const winnersAt = (x, y) => {
    for (let k = 0; k < K; k++) z[k] = planes[3 * k] * x + planes[3 * k + 1] * y + planes[3 * k + 2];
    return leaders(countVotes(z, factors, votes));
  };
  const edges = [];
  const step = 1e-7 * Math.sqrt(area(rectangle));
  const faces = pieces.map((polygon) => {
    const n = polygon.length;
    let [mx, my] = [0, 0];
    for (let v = 0; v < n; v += 2) [mx, my] = [mx + polygon[v], my + polygon[v + 1]];
    const winners = winnersAt((2 * mx) / n, (2 * my) / n);
    const name = winners.join();
    for (let v = 0; v < n; v += 2) {
      const [x, y] = [polygon[v], polygon[v + 1]];
      const [u, w] = [polygon[(v + 2) % n], polygon[(v + 3) % n]];
      const length = Math.hypot(u - x, w - y) || 1;
      // Outward, whichever way round the polygon runs.
      let [ox, oy] = [(w - y) / length, (x - u) / length];
      if (ox * ((x + u) / 2 - (2 * mx) / n) + oy * ((y + w) / 2 - (2 * my) / n) < 0) {
        [ox, oy] = [-ox, -oy];
      }
      const beyond = winnersAt((x + u) / 2 + step * ox, (y + w) / 2 + step * oy);
      if (beyond.join() !== name) edges.push(x, y, u, w);
    }
    return { polygon, winners };
  });
  return { faces, edges };
};
