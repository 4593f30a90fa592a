// The exact curves as numbers: unpacking what was sent, looking up, and writing numbers out.

import { bytes, floats, multiples } from "./shared.js";

// The tables of one reply: a row for each metric or bin of classes, a column for each position.
export const unpack = (data) => {
  const positions = new Float64Array(bytes(data.positions));
  const { readout } = data;
  return {
    positions,
    curves: [...data.curves, ...data.groups].map((curve) => ({
      ...curve, x: multiples(curve.x), y: multiples(curve.y), at: floats(curve.at),
    })),
    band: data.band && { low: multiples(data.band.low), high: multiples(data.band.high) },
    scores: readout && new Float64Array(bytes(readout.scores)),
    recalls: readout && floats(readout.recalls),
    moved: readout && new Int32Array(bytes(readout.moved)),
  };
};

export const nearest = (positions, value) => {
  let [low, high] = [0, positions.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (positions[middle] <= value) low = middle;
    else high = middle;
  }
  return value - positions[low] <= positions[high] - value ? low : high;
};

// Single precision is rounded to the seven digits it has, so that 0.5355 is again 0.5355.
export const at = (table, size, row, place) => {
  const value = table[row * size + place];
  return table instanceof Float32Array ? Number(value.toPrecision(7)) : value;
};

export const missing = (value) => value === null || Number.isNaN(value);
export const percent = (value) => (missing(value) ? "n/a" : `${(100 * value).toFixed(1)} %`);
export const points = (value, raw) => {
  if (missing(value) || missing(raw)) return "";
  const change = (100 * (value - raw)).toFixed(1);
  return Number(change) > 0 ? `+${change}` : change.replace(/^-0\.0$/, "0.0").replace("-", "−");
};
// A position of the slider.
export const told = (value) => String(Number(value.toPrecision(4)));
export const whole = (value) => value.toLocaleString("en");
