// What the live pictures share: making elements, and the colours of the page they stand on.

const make = (tag, properties = {}, children = []) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const channels = (color, fallback) => {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  if (hex) return hex.slice(1, 4).map((part) => parseInt(part, 16));
  const numbers = /rgba?\(([^)]+)\)/.exec(color);
  return numbers ? numbers[1].split(/[ ,/]+/).slice(0, 3).map(Number) : fallback;
};
const mix = (a, b, share) => a.map((value, c) => Math.round(value * share + b[c] * (1 - share)));
const css = (rgb) => `rgb(${rgb.join()})`;

// What the page looks like now.
const pageTheme = (root) => {
  const style = getComputedStyle(root);
  const text = channels(style.getPropertyValue("--st-text-color").trim(), [30, 30, 30]);
  const back = channels(style.getPropertyValue("--st-background-color").trim(), [255, 255, 255]);
  return { text, back, font: style.fontFamily, dark: back[0] + back[1] + back[2] < 380 };
};
