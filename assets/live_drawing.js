// Drawing, first part: colours, regions, class vectors, labels and bars, on canvases given.

import { area } from "./live_cells.js";
import { groupRuns, meanRecall, ownedPieces } from "./live_scene.js";
import { samples } from "./live_words.js";
import { channels, css, mix, pageTheme } from "./shared.js";

// What the page looks like now: colours of text, background and classes.
export const readTheme = (root, colors) => {
  const page = pageTheme(root);
  const { back, dark } = page;
  const classes = colors.map((color) => channels(color, [90, 90, 90]));
  return {
    ...page, classes,
    // Opaque, so that neighbouring pieces of one region show no seam.
    fills: classes.map((rgb) => mix(rgb, back, dark ? 0.36 : 0.26)),
    dim: classes.map((rgb) => mix(rgb, back, dark ? 0.12 : 0.08)),
  };
};

// Stripes in the colours of the tied classes.
const makeHatch = (context, theme, winners, density) => {
  const step = 5 * density;
  const side = step * winners.length;
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(side);
  const brush = tile.getContext("2d");
  winners.forEach((k, n) => {
    brush.strokeStyle = css(mix(theme.classes[k], theme.back, 0.6));
    brush.lineWidth = step / Math.SQRT2 + 0.6;
    for (let shift = -2; shift <= 2; shift++) {
      const start = (n + 0.5) * step + shift * side;
      brush.beginPath();
      brush.moveTo(start - side, side * 2);
      brush.lineTo(start + side * 2, -side);
      brush.stroke();
    }
  });
  return context.createPattern(tile, "repeat");
};

const tracePath = (context, polygon, project) => {
  context.moveTo(...project(polygon[0], polygon[1]));
  for (let v = 2; v < polygon.length; v += 2) {
    context.lineTo(...project(polygon[v], polygon[v + 1]));
  }
  context.closePath();
};

export const drawRegions = (context, panel, view) => {
  const { theme, project, density, bright } = view;
  const fill = (k) => css(bright < 0 || bright === k ? theme.fills[k] : theme.dim[k]);
  const { cells, faces, edges } = panel.regions;
  context.lineJoin = "round";
  context.strokeStyle = css(mix(theme.text, theme.back, 0.75));
  context.lineWidth = 1.25 * density;
  if (cells) {
    cells.forEach((cell, k) => {
      if (!cell.length) return;
      context.beginPath();
      tracePath(context, cell, project);
      context.fillStyle = fill(k);
      context.fill();
      context.stroke();
    });
    return;
  }
  context.save();
  context.lineWidth = 1;
  for (const { polygon, winners } of faces) {
    const name = winners.join();
    if (winners.length > 1 && !panel.hatches.has(name)) {
      panel.hatches.set(name, makeHatch(context, theme, winners, density));
    }
    const style = winners.length > 1 ? panel.hatches.get(name) : fill(winners[0]);
    context.beginPath();
    tracePath(context, polygon, project);
    context.fillStyle = context.strokeStyle = style;
    context.fill();
    context.stroke();
  }
  context.restore();
  context.beginPath();
  for (let e = 0; e < edges.length; e += 4) {
    context.moveTo(...project(edges[e], edges[e + 1]));
    context.lineTo(...project(edges[e + 2], edges[e + 3]));
  }
  context.stroke();
};

export const drawVectors = (context, { theme, project, density, scene, now }) => {
  const [x0, y0] = project(0, 0);
  for (let k = 0; k < scene.K; k++) {
    const [x, y] = project(now.weights[2 * k], now.weights[2 * k + 1]);
    for (const [style, width] of [[css(theme.back), 4.5], [css(theme.classes[k]), 2.5]]) {
      context.strokeStyle = style;
      context.lineWidth = width * density;
      context.beginPath();
      context.moveTo(x0, y0);
      context.lineTo(x, y);
      context.stroke();
    }
  }
};

export const drawMeans = (context, { theme, project, density, scene, now }) => {
  const size = 5 * density;
  context.fillStyle = css(theme.back);
  context.strokeStyle = css(theme.text);
  context.lineWidth = 1.5 * density;
  for (const k of scene.shown) {
    const [x, y] = project(now.means[2 * k], now.means[2 * k + 1]);
    context.beginPath();
    context.moveTo(x, y - size);
    context.lineTo(x + size, y);
    context.lineTo(x, y + size);
    context.lineTo(x - size, y);
    context.closePath();
    context.fill();
    context.stroke();
  }
};

// Text of one or two lines, the first one bold, inside the picture: around a place, or beside
// it in the direction `out` (of length 1).
const makeLabel = (context, lines, [x, y], out, size, lit, { theme, width }) => {
  const fonts = lines.map((_, n) =>
    `${n === 0 ? 650 : 400} ${n === 0 ? size : size * 0.88}px ${theme.font}`);
  const widths = lines.map((text, n) => {
    context.font = fonts[n];
    return context.measureText(text).width;
  });
  const [wide, tall] = [Math.max(...widths) + size * 0.3, lines.length * size * 1.15];
  const beside = (at, towards, extent) => {
    const middle = at + towards * (0.6 * size + extent / 2);
    return Math.min(Math.max(middle, extent / 2), width - extent / 2);
  };
  return { lines, fonts, size, lit, wide, tall, x: beside(x, out[0], wide),
    y: beside(y, -out[1], tall) };
};

// Labels that overlap go up and down, half each.
const partLabels = (labels) => {
  for (let round = 0; round < 4; round++) {
    labels.forEach((one, n) => {
      for (const other of labels.slice(n + 1)) {
        const overlap = (one.tall + other.tall) / 2 - Math.abs(one.y - other.y);
        if (overlap <= 0 || Math.abs(one.x - other.x) >= (one.wide + other.wide) / 2) continue;
        const push = (one.y <= other.y ? -1 : 1) * overlap / 2;
        one.y += push;
        other.y -= push;
      }
    });
  }
};

const writeLabel = (context, { lines, fonts, size, lit, x, y }, { theme, density }) => {
  context.strokeStyle = `rgba(${theme.back.join()}, 0.85)`;
  context.lineWidth = 4 * density;
  context.fillStyle = css(lit ? theme.text : mix(theme.text, theme.back, 0.4));
  lines.forEach((text, n) => {
    context.font = fonts[n];
    const v = y + (n - (lines.length - 1) / 2) * size * 1.1;
    context.strokeText(text, x, v);
    context.fillText(text, x, v);
  });
};

// The largest piece of every class that has no samples here, where it is worth a name.
const nameable = ({ scene, panel }) => {
  const [x0, x1, y0, y1] = scene.window;
  const best = new Map();
  for (const { polygon, owner } of ownedPieces(panel.regions)) {
    const size = area(polygon);
    if (scene.perClass[owner] || size < 0.015 * (x1 - x0) * (y1 - y0)) continue;
    if (size > (best.get(owner)?.size ?? 0)) best.set(owner, { size, polygon });
  }
  return best;
};

const cornerMean = (polygon) => {
  const corners = polygon.length / 2;
  const mean = [0, 0];
  polygon.forEach((value, v) => {
    mean[v % 2] += value / corners;
  });
  return mean;
};

export const drawLabels = (context, view) => {
  const { project, density, scene, now, bright, large, width } = view;
  const size = Math.min((scene.K > 6 ? 12 : 13.5) * density * (large ? 1.35 : 1), width / 20);
  // Beside few means there is room for their counts.
  const brief = scene.shown.length > 4;
  const isLit = (k) => bright < 0 || bright === k;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  const labels = scene.shown.map((k) => {
    const [mx, my] = [now.means[2 * k], now.means[2 * k + 1]];
    const length = Math.hypot(mx, my) || 1;
    const out = [mx / length, my / length];
    const lines = brief ? [scene.names[k]] : [scene.names[k], samples(now.counts[k])];
    return makeLabel(context, lines, project(mx, my), out, size, isLit(k), view);
  });
  for (const [k, { polygon }] of nameable(view)) {
    const place = project(...cornerMean(polygon));
    labels.push(makeLabel(context, [scene.names[k]], place, [0, 0], size * 0.88, isLit(k), view));
  }
  partLabels(labels);
  for (const label of labels) writeLabel(context, label, view);
};

// Recall of every class that has samples, in percent, and the frequency groups below.
export const drawBars = (panel, view) => {
  const { theme, density, scene, bright, rawRecall, large } = view;
  const { bars, barsContext: context } = panel;
  const { width, height } = bars;
  const line = 15 * density * (large ? 1.3 : 1);
  const floor = height - 2.1 * line;
  const step = width / scene.shown.length;
  const gap = Math.min(step * 0.2, 8 * density);
  const size = Math.min(11 * density * (large ? 1.3 : 1), step * 0.42);
  const room = floor - size * 1.7;
  const ink = css(mix(theme.text, theme.back, 0.85));
  context.clearRect(0, 0, width, height);
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.font = `${size}px ${theme.font}`;
  scene.shown.forEach((k, place) => {
    const lit = bright < 0 || bright === k;
    const left = place * step + gap / 2;
    const [tall, raw] = [panel.recall[k] * room, rawRecall[k] * room];
    context.fillStyle = css(mix(theme.text, theme.back, 0.07));
    context.fillRect(left, floor - room, step - gap, room);
    context.fillStyle = css(lit ? theme.classes[k] : mix(theme.classes[k], theme.back, 0.3));
    context.fillRect(left, floor - tall, step - gap, tall);
    context.fillStyle = css(theme.text);
    context.fillRect(left - gap / 4, floor - raw - density, step - gap / 2, 1.5 * density);
    context.fillStyle = ink;
    const middle = left + (step - gap) / 2;
    context.fillText(scene.names[k], middle, floor + 0.8 * line, step - 0.3 * gap);
    const top = Math.max(floor - Math.max(tall, raw) - 3 * density, size);
    context.fillText(Math.round(100 * panel.recall[k]), middle, top);
  });
  drawGroups(context, panel, { ...view, ink, step, gap, line, height });
};

const drawGroups = (context, panel, { scene, now, theme, density, large, ...box }) => {
  const { ink, step, gap, line, height } = box;
  context.font = `${11 * density * (large ? 1.3 : 1)}px ${theme.font}`;
  for (const { name, first, classes } of groupRuns(scene, now.counts)) {
    const [left, wide] = [first * step + gap / 2, classes.length * step - gap];
    const mean = Math.round(100 * meanRecall(panel.recall, classes));
    const fits = [`${name} ${mean}`, name].find((text) => context.measureText(text).width <= wide);
    context.fillStyle = css(mix(theme.text, theme.back, 0.4));
    context.fillRect(left, height - 1.15 * line, wide, density);
    context.fillStyle = ink;
    context.fillText(fits ?? name.slice(0, 3), left + wide / 2, height - 0.25 * line, wide);
  }
};
