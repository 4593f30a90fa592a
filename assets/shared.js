// What the live pictures share: making elements, numbers as they are sent, and the colours of the
// page they stand on.

export const make = (tag, properties = {}, children = []) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

export const channels = (color, fallback) => {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  if (hex) return hex.slice(1, 4).map((part) => parseInt(part, 16));
  const numbers = /rgba?\(([^)]+)\)/.exec(color);
  return numbers ? numbers[1].split(/[ ,/]+/).slice(0, 3).map(Number) : fallback;
};
export const mix = (a, b, share) => a.map((value, c) => Math.round(value * share + b[c] * (1 - share)));
export const css = (rgb) => `rgb(${rgb.join()})`;

// Text that is there already is not set again.
export const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

// What app/ui/packing.py packed as text: numbers as they are, or rows of 16-bit multiples of a
// step of each row, in which the least one stands for NaN.
export const bytes = (text) =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
export const floats = (text) => new Float32Array(bytes(text));
export const multiples = ({ steps, text }) => {
  const [each, whole] = [new Float64Array(bytes(steps)), new Int16Array(bytes(text))];
  const width = whole.length / each.length;
  return Float64Array.from(whole, (value, n) =>
    (value === -32768 ? NaN : value * each[Math.floor(n / width)]));
};

// What the page looks like now.
export const pageTheme = (root) => {
  const style = getComputedStyle(root);
  const text = channels(style.getPropertyValue("--st-text-color").trim(), [30, 30, 30]);
  const back = channels(style.getPropertyValue("--st-background-color").trim(), [255, 255, 255]);
  return { text, back, font: style.fontFamily, dark: back[0] + back[1] + back[2] < 380 };
};
