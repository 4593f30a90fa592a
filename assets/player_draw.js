// Drawing of a training run: curves over steps, geometry in space, Gram matrices. Pure functions of
// a canvas context, a theme and numbers; they keep nothing.

import { css, mix } from "./shared.js";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const power = (exponent) =>
  "10" + (exponent < 0 ? "⁻" : "") +
  [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[digit]).join("");

export const scientific = (value) => {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
};

// ---------------------------------------------------------------------------------- curves --

// Step 0 stands half a decade left of step 1.
const logStep = (step) => (step < 1 ? -0.5 : Math.log10(step));

// Whole decades around the values, at most twelve of them: what lies lower is cut off.
const decades = (values) => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!(value > 0) || !Number.isFinite(value)) continue;
    [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  if (low > high) return [-1, 1];
  const top = Math.ceil(Math.log10(high) + 0.03);
  return [Math.max(Math.floor(Math.log10(low) - 0.03), top - 12), Math.max(top, 1 - 12)];
};

const drawAxes = (context, { box, theme, unit, title }, [x0, x1], [y0, y1], at) => {
  context.font = `${11 * unit}px ${theme.font}`;
  context.strokeStyle = css(mix(theme.text, theme.back, 0.13));
  context.fillStyle = css(mix(theme.text, theme.back, 0.75));
  context.lineWidth = unit;
  const every = Math.ceil((y1 - y0) / (box.height / (30 * unit)));
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let e = Math.ceil(y0 / every) * every; e <= y1; e += every) {
    const y = at.y(e);
    context.beginPath();
    context.moveTo(box.left, y);
    context.lineTo(box.left + box.width, y);
    context.stroke();
    context.fillText(power(e), box.left - 6 * unit, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (let e = 0; e <= x1; e++) {
    context.fillText(power(e), at.x(e), box.top + box.height + 5 * unit);
  }
  if (x0 < 0) context.fillText("0", at.x(x0), box.top + box.height + 5 * unit);
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.fillStyle = css(theme.text);
  context.font = `600 ${12 * unit}px ${theme.font}`;
  context.fillText(title, box.left, box.top - 7 * unit);
};

// Labels at the right ends of lines, moved apart so that none covers another.
const spread = (labels, gap, low, high) => {
  labels.sort((a, b) => a.y - b.y);
  for (let n = 1; n < labels.length; n++) {
    labels[n].y = Math.max(labels[n].y, labels[n - 1].y + gap);
  }
  let limit = high;
  for (let n = labels.length - 1; n >= 0; n--) {
    labels[n].y = Math.max(low, Math.min(labels[n].y, limit));
    limit = labels[n].y - gap;
  }
  return labels;
};

// `curves`: {title, color, level, values}; `steps`: as many; `shown`: index of the frame shown.
export const drawCurves = (context, box, curves, steps, shown, last, { theme, unit, title }) => {
  const span = [steps[0] < 1 ? -0.5 : logStep(steps[0]), Math.max(logStep(last), 0.5)];
  const values = curves.flatMap((curve) => [...curve.values, curve.level ?? NaN]);
  const range = decades(values);
  const at = {
    x: (e) => box.left + ((e - span[0]) / (span[1] - span[0])) * box.width,
    y: (e) => box.top + ((range[1] - e) / (range[1] - range[0])) * box.height,
  };
  drawAxes(context, { box, theme, unit, title }, span, range, at);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top - 2 * unit, box.width, box.height + 4 * unit);
  context.clip();
  context.lineJoin = "round";
  for (const { values: line, color, level } of curves) {
    context.strokeStyle = css(color);
    if (level > 0) {
      context.lineWidth = 1.25 * unit;
      context.setLineDash([5 * unit, 4 * unit]);
      context.beginPath();
      context.moveTo(box.left, at.y(Math.log10(level)));
      context.lineTo(box.left + box.width, at.y(Math.log10(level)));
      context.stroke();
      context.setLineDash([]);
    }
    for (const [from, to, alpha] of [[0, shown, 1], [shown, line.length - 1, 0.25]]) {
      context.globalAlpha = alpha;
      context.lineWidth = 2 * unit;
      context.beginPath();
      let pen = false;
      for (let t = from; t <= to; t++) {
        const good = line[t] > 0;
        if (good) {
          const point = [at.x(logStep(steps[t])), at.y(Math.log10(line[t]))];
          if (pen) context.lineTo(...point);
          else context.moveTo(...point);
        }
        pen = good;
      }
      context.stroke();
    }
    context.globalAlpha = 1;
    if (line[shown] > 0) {
      context.fillStyle = css(color);
      context.beginPath();
      context.arc(at.x(logStep(steps[shown])), at.y(Math.log10(line[shown])), 3.5 * unit, 0, 7);
      context.fill();
    }
  }
  context.restore();
  const labels = curves.flatMap(({ title: name, color, values: line }) => {
    const value = line[shown];
    const y = value > 0 ? at.y(Math.log10(value)) : box.top + box.height;
    return Number.isFinite(value) ? [{ name, color, y }] : [];
  });
  context.font = `${12 * unit}px ${theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const { name, color, y } of spread(labels, 14 * unit, box.top, box.top + box.height)) {
    context.fillStyle = css(color);
    context.fillText(name, box.left + box.width + 7 * unit, y);
  }
};

// -------------------------------------------------------------------------------- geometry --

// Rotation by two angles, seen along the third axis.
const rotation = (turn, tilt) => {
  const [c, s, d, e] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  return (x, y, z) => [c * x + s * y, e * (s * x - c * y) + d * z, d * (s * x - c * y) - e * z];
};

// `layers`: {places, size, shape, stem, hollow}; places holds x, y, z of each class.
export const drawSpace = (context, side, layers, colors, names, angles, bright, { theme, unit, axes }) => {
  const turn = rotation(...angles);
  const radius = 0.37 * side;
  drawNamedAxes(context, side, radius, turn, axes ?? [], { theme, unit });
  const marks = [];
  for (const layer of layers) {
    for (let n = 0; n < layer.places.length / 3; n++) {
      const k = layer.labels ? layer.labels[n] : n;
      const [x, y, depth] = turn(...layer.places.slice(3 * n, 3 * n + 3));
      if (!Number.isFinite(depth)) continue; // left out of this view
      marks.push({ ...layer, k, x: side / 2 + radius * x, y: side / 2 - radius * y, depth });
    }
  }
  marks.sort((a, b) => a.depth - b.depth);
  for (const mark of marks) {
    const near = Math.min(1, Math.max(0, 0.5 + 0.45 * mark.depth));
    const lit = bright < 0 || bright === mark.k;
    const share = (0.45 + 0.55 * near) * (lit ? 1 : 0.2);
    const color = css(mix(colors[mark.k], theme.back, share));
    const size = mark.size * unit * (0.8 + 0.4 * near);
    context.strokeStyle = context.fillStyle = color;
    if (mark.stem) {
      context.lineWidth = (mark.hollow ? 1 : 1.75) * unit;
      context.setLineDash(mark.hollow ? [3 * unit, 3 * unit] : []);
      context.beginPath();
      context.moveTo(side / 2, side / 2);
      context.lineTo(mark.x, mark.y);
      context.stroke();
      context.setLineDash([]);
    }
    context.beginPath();
    if (mark.shape === "square") context.rect(mark.x - size, mark.y - size, 2 * size, 2 * size);
    else if (mark.shape === "diamond") {
      for (const [u, v] of [[0, -size], [size, 0], [0, size], [-size, 0]]) context.lineTo(mark.x + u, mark.y + v);
      context.closePath();
    } else context.arc(mark.x, mark.y, size, 0, 7);
    context.lineWidth = 1.5 * unit;
    if (mark.hollow) context.stroke();
    else context.fill();
  }
  nameClasses(context, side, marks, names, bright, { theme, unit });
};

// Thin lines of length 1 from the origin, with their names beyond the end.
const drawNamedAxes = (context, side, radius, turn, names, { theme, unit }) => {
  context.strokeStyle = css(mix(theme.text, theme.back, 0.25));
  context.fillStyle = css(mix(theme.text, theme.back, 0.7));
  context.lineWidth = unit;
  context.font = `${11 * unit}px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  names.forEach((name, axis) => {
    if (name === null) return;
    const [x, y] = turn(...[0, 1, 2].map((c) => (c === axis ? 1 : 0)));
    const at = (share) => [side / 2 + share * radius * x, side / 2 - share * radius * y];
    context.beginPath();
    context.moveTo(side / 2, side / 2);
    context.lineTo(...at(1));
    context.stroke();
    context.fillText(name, ...at(1.2));
  });
};

// A class's name at its mean, where it covers no other name.
const nameClasses = (context, side, marks, names, bright, { theme, unit }) => {
  context.font = `600 ${12 * unit}px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const taken = [];
  const placed = marks.filter((mark) => mark.named).sort((a, b) => b.depth - a.depth);
  for (const { k, x, y } of placed) {
    if (bright >= 0 && bright !== k) continue;
    const away = Math.hypot(x - side / 2, y - side / 2) || 1;
    const reach = 15 * unit;
    const [u, v] = [x + (reach * (x - side / 2)) / away, y + (reach * (y - side / 2)) / away];
    const half = context.measureText(names[k]).width / 2 + 3 * unit;
    const [left, right] = [u - half, u + half];
    if (taken.some((other) => left < other[1] && right > other[0] && Math.abs(v - other[2]) < 13 * unit)) {
      continue;
    }
    taken.push([left, right, v]);
    const inside = Math.min(side - half, Math.max(half, u));
    context.lineWidth = 3 * unit;
    context.strokeStyle = css(theme.back);
    context.strokeText(names[k], inside, v);
    context.fillStyle = css(theme.text);
    context.fillText(names[k], inside, v);
  }
};

// ----------------------------------------------------------------------------------- grams --

const BLUE = [15, 134, 201];
const ORANGE = [213, 94, 0];

// A K x K matrix as colours: blue below zero, orange above.
export const drawMatrix = (context, box, matrix, scale, K, bright, { theme, unit, title }) => {
  const cell = box.side / K;
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < K; j++) {
      const value = Math.max(-1, Math.min(1, matrix[i * K + j] / scale || 0));
      context.fillStyle = css(mix(value < 0 ? BLUE : ORANGE, theme.back, Math.sqrt(Math.abs(value))));
      const [x, y] = [Math.round(box.left + j * cell), Math.round(box.top + i * cell)];
      context.fillRect(x, y, Math.round(box.left + (j + 1) * cell) - x,
        Math.round(box.top + (i + 1) * cell) - y);
    }
  }
  context.strokeStyle = css(mix(theme.text, theme.back, 0.35));
  context.lineWidth = unit;
  context.strokeRect(box.left, box.top, box.side, box.side);
  if (bright >= 0) {
    context.strokeStyle = css(theme.text);
    context.lineWidth = 1.5 * unit;
    context.strokeRect(box.left, box.top + bright * cell, box.side, cell);
    context.strokeRect(box.left + bright * cell, box.top, cell, box.side);
  }
  context.fillStyle = css(theme.text);
  context.font = `${12 * unit}px ${theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.fillText(title, box.left, box.top - 4 * unit);
};
