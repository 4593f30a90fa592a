// The chart of exact curves: drawing what does not move.

import { percent } from "./live_tune_tables.js";

const SVG = "http://www.w3.org/2000/svg";
export const draw = (tag, attributes = {}, children = []) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// Round places for labels: steps of 1, 2 or 5 times a power of ten.
const ticks = (low, high, most) => {
  const least = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= least * 0.999);
  const found = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) found.push(n * step);
  return { found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
};

const range = (data, tables) => {
  let [low, high] = data.raw === null ? [Infinity, -Infinity] : [data.raw, data.raw];
  const seen = [...tables.curves.map((curve) => curve.y)];
  if (tables.band) seen.push(tables.band.low, tables.band.high);
  for (const values of seen) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) [low, high] = [0, 1];
  const space = Math.max((high - low) * 0.05, 0.005);
  return [low - space, high + space];
};

// Steps: level from each breakpoint to the next.
const stepPath = ({ x, y }, place) => {
  const parts = [];
  for (let n = 0; n < x.length; n++) {
    const [u, v] = place(x[n], y[n]);
    parts.push(n ? `H${u.toFixed(1)}V${v.toFixed(1)}` : `M${u.toFixed(1)} ${v.toFixed(1)}`);
  }
  return parts.join("");
};

const bandPath = ({ low, high }, place) => {
  const last = low.length - 1;
  const up = Array.from(high, (v, n) => place(n / last, v).map((p) => p.toFixed(1)).join(" "));
  const down = Array.from(low, (v, n) => place(n / last, v).map((p) => p.toFixed(1)).join(" "));
  return `M${up.join("L")}L${down.reverse().join("L")}Z`;
};

// Everything in the chart that does not move. frame: left, top, width, height of the plot.
export const drawStill = (data, tables, frame, large) => {
  const { left, top, width, height } = frame;
  const [lowest, highest] = range(data, tables);
  const [from, to] = data.bounds;
  const share = (value) => (value - from) / (to - from);
  const level = (value) => top + ((highest - value) / (highest - lowest)) * height;
  const place = (x, y) => [left + x * width, level(y)];
  const grid = [];
  const up = ticks(100 * lowest, 100 * highest, Math.max(4, height / (large ? 90 : 60)));
  for (const tick of up.found) {
    const y = level(tick / 100);
    grid.push(draw("line", { class: "grid", x1: left, x2: left + width, y1: y, y2: y }));
    grid.push(draw("text", { class: "tick", x: left - 8, y: y + 4, "text-anchor": "end" },
      [`${tick.toFixed(up.digits)} %`]));
  }
  const along = ticks(from, to, Math.max(3, width / (large ? 140 : 90)));
  for (const tick of along.found) {
    const x = left + share(tick) * width;
    const foot = top + height;
    grid.push(draw("line", { class: "grid", x1: x, x2: x, y1: top, y2: foot }));
    grid.push(draw("text", { class: "tick", x, y: foot + (large ? 24 : 17), "text-anchor": "middle" },
      [tick.toFixed(along.digits)]));
  }
  const lines = [];
  const focus = data.curves.find((curve) => curve.focus);
  if (tables.band && focus) {
    lines.push(draw("path", { class: "band", d: bandPath(tables.band, place), fill: focus.color }));
  }
  if (data.raw !== null) {
    const y = level(data.raw);
    lines.push(draw("line", { class: "curve", x1: left, x2: left + width, y1: y, y2: y,
      stroke: data.rawColor, "stroke-dasharray": "8 6" }));
  }
  for (const curve of tables.curves) {
    lines.push(draw("path", { class: curve.focus ? "curve focus" : curve.best ? "curve" : "curve group",
      d: stepPath(curve, place), stroke: curve.color, "stroke-dasharray": curve.dash ?? "" }));
  }
  for (const { best, color, title } of data.curves) {
    const [value, score, low, high] = best;
    const [x, y] = place(share(value), score);
    const [x1, x2] = [low, high].map((edge) => left + share(edge) * width);
    const size = large ? 8 : 6;
    lines.push(draw("g", { class: "best", stroke: color, fill: color }, [
      draw("path", { d: `M${x1} ${y - 5}v10M${x2} ${y - 5}v10M${x1} ${y}H${x2}`, fill: "none" }),
      draw("path", { class: "diamond", d: `M${x} ${y - size}l${size} ${size}l${-size} ${size}l${-size} ${-size}Z` },
        [draw("title", {}, [`${title} best: ${percent(score)} at ${value.toFixed(3)}`])]),
    ]));
  }
  return { grid, lines, level, share };
};
