// Drawing, second part: points. They are copied into pixels by hand: thousands of canvas calls
// would not last 60 frames a second without a graphics card.

import { css, make, mix } from "./shared.js";

// A sprite is a list of pixels (dx, dy, colour with alpha).
const makeSprite = (paint, size) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.translate(size / 2, size / 2);
  paint(context);
  const pixels = new Uint32Array(context.getImageData(0, 0, size, size).data.buffer);
  const kept = [];
  const half = size >> 1;
  pixels.forEach((pixel, at) => {
    if (pixel >>> 24 > 40) kept.push((at % size) - half, Math.floor(at / size) - half, pixel);
  });
  return { dx: Int32Array.from(kept.filter((_, n) => n % 3 === 0)),
    dy: Int32Array.from(kept.filter((_, n) => n % 3 === 1)),
    pixel: Uint32Array.from(kept.filter((_, n) => n % 3 === 2)) };
};

// Right: a disc. Wrong: a cross in the class's colour, in a halo of the background.
export const makeSprites = (theme, density, width, faint) =>
  theme.classes.map((rgb) => {
    // Smaller in a small picture, or points would hide one another; both sizes look round.
    const scale = width < 300 * density ? 0.72 : 1;
    const radius = 2.7 * density * scale;
    const color = faint ? css(mix(rgb, theme.back, 0.3)) : css(rgb);
    const size = 2 * Math.ceil(radius * 1.9) + 2;
    const right = makeSprite((context) => {
      context.fillStyle = color;
      context.beginPath();
      context.arc(0, 0, radius, 0, 7);
      context.fill();
    }, size);
    const wrong = makeSprite((context) => {
      const arm = radius * 1.15;
      for (const [style, width] of [[css(theme.back), 4.2], [color, 2]]) {
        context.strokeStyle = style;
        context.lineWidth = width * density * scale;
        context.lineCap = "round";
        context.beginPath();
        context.moveTo(-arm, -arm);
        context.lineTo(arm, arm);
        context.moveTo(-arm, arm);
        context.lineTo(arm, -arm);
        context.stroke();
      }
    }, size + 2);
    return [right, wrong];
  });

const blit = (buffer, width, height, sprite, x, y) => {
  const { dx, dy, pixel } = sprite;
  for (let n = 0; n < pixel.length; n++) {
    const u = x + dx[n];
    const v = y + dy[n];
    if (u < 0 || v < 0 || u >= width || v >= height) continue;
    const at = v * width + u;
    // A soft edge never covers what is there.
    if (pixel[n] >>> 24 === 255 || buffer[at] === 0) buffer[at] = pixel[n];
  }
};

// Pixels of a panel's size, over which all panels draw in turn.
export const makeLayer = (width, height) => {
  const canvas = make("canvas", { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const image = context.createImageData(width, height);
  return { canvas, context, image, pixels: new Uint32Array(image.data.buffer) };
};

export const drawPoints = (context, layer, panel, view) => {
  const { scene, now, bright, sprites, faint } = view;
  const { width, height } = layer.canvas;
  const [x0, x1, y0, y1] = scene.window;
  const sx = width / (x1 - x0);
  const sy = height / (y1 - y0);
  layer.pixels.fill(0);
  // Right ones first: marks of wrong ones lie on top, and the class lit above all.
  for (let pass = 0; pass < 4; pass++) {
    for (let n = 0; n < scene.P; n++) {
      const k = scene.labels[n];
      const wrong = panel.predicted[n] === k ? 0 : 1;
      const lit = bright < 0 || bright === k ? 1 : 0;
      if (2 * lit + wrong !== pass) continue;
      const x = Math.round((now.place[2 * n] - x0) * sx);
      const y = Math.round((y1 - now.place[2 * n + 1]) * sy);
      blit(layer.pixels, width, height, (lit ? sprites : faint)[k][wrong], x, y);
    }
  }
  layer.context.putImageData(layer.image, 0, 0);
  context.drawImage(layer.canvas, 0, 0);
};

export const drawRing = (context, point, { now, theme, density, project }) => {
  const [x, y] = project(now.place[2 * point], now.place[2 * point + 1]);
  context.beginPath();
  context.arc(x, y, 9 * density, 0, 7);
  context.strokeStyle = css(theme.text);
  context.lineWidth = 2 * density;
  context.stroke();
};
