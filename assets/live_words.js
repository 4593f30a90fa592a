// Rules, last part: what the picture says in words at given settings.

import { area } from "./live_cells.js";
import { boundaryAngle, pairOptimum } from "./live_rules.js";
import { gammaOf, ownedPieces } from "./live_scene.js";

export const TITLES = {
  raw: "Raw logits", mla: "MLA", ala: "ALA", "1vs1": "1vs1adjuster", "tau-norm": "tau-norm",
};
const DEGREES = 180 / Math.PI;

const percent = (value) => `${(100 * value).toFixed(1)} %`;
export const samples = (count) => `n = ${count.toLocaleString("en")}`;

export const words = {
  setting(rule, scene, state) {
    if (rule === "raw") return "no adjustment";
    if (rule === "ala" || rule === "tau-norm") return `τ = ${state.tau.toFixed(2)}`;
    const matched = rule === "mla" && state.matched && scene.match ? " (matched)" : "";
    return `γ = ${gammaOf(rule, scene, state).toFixed(2)}${matched}`;
  },

  balanced(rule, balanced, raw) {
    const own = `Balanced accuracy ${percent(balanced)}`;
    return rule === "raw" ? own : `${own} (raw ${percent(raw)})`;
  },

  // What is odd about the regions of a rule.
  note(rule, regions, scene, norms) {
    const parts = [];
    if (regions.faces) {
      const areas = regions.faces.map((face) => area(face.polygon));
      const sum = (values) => values.reduce((total, value) => total + value, 0);
      const tied = areas.filter((_, n) => regions.faces[n].winners.length > 1);
      if (tied.length) parts.push(`Votes tie on ${percent(sum(tied) / sum(areas))} (hatched)`);
    }
    const owners = new Set(regions.faces
      ? regions.faces.flatMap((face) => face.winners)
      : ownedPieces(regions).map((piece) => piece.owner));
    const gone = scene.shown.filter((k) => !owners.has(k));
    if (gone.length) parts.push(`No cell: ${gone.map((k) => scene.names[k]).join(", ")}`);
    const same = Math.max(...norms) < 1.000001 * Math.min(...norms);
    if (rule === "tau-norm" && same) parts.push("Equal norms: tau-norm changes nothing");
    return parts.join(". ");
  },

  // Where a rule cuts between the chosen pair; only where class vectors lie in the plane.
  angle(rule, scene, now, state) {
    const { first, second, tau, norm } = state;
    if (scene.fixed) return "";
    const pair = `${scene.names[first]} | ${scene.names[second]}`;
    // The formulas are those of class vectors and means that point the same way, equally long.
    if (scene.grid.length > 1) return "";
    const psi = now.psi[first * scene.K + second];
    if (Math.sin(psi) < 1e-9) return `Boundary ${pair}: no plane to turn in`;
    const gamma = gammaOf(rule, scene, state);
    const [a, b] = [now.counts[first], now.counts[second]];
    const angle = boundaryAngle(rule, a, b, psi, { gamma, tau, norm });
    const optimum = pairOptimum(now.noise[first], now.noise[second], psi);
    const at = Number.isNaN(angle) ? "none at this norm" : `${(angle * DEGREES).toFixed(1)}°`;
    return `Boundary ${pair}: ${at}, pair optimum ${(optimum * DEGREES).toFixed(1)}°`;
  },

  // How to read the picture.
  legend(scene) {
    const { many, few } = scene;
    return `✕ marks a wrong prediction. Bars: recall in percent, head to tail; the line across a ` +
      `bar is the recall of the raw logits. Many: over ${many.toLocaleString("en")} training samples, ` +
      `Few: under ${few.toLocaleString("en")}.`;
  },

  // What is under the pointer, one line for all panels.
  pointed(scene, now, panels, bright, point) {
    const { names, labels } = scene;
    if (point >= 0) {
      const fates = panels.map((panel) => `${TITLES[panel.rule]} → ${names[panel.predicted[point]]}`);
      return `A sample of ${names[labels[point]]}: ${fates.join(", ")}`;
    }
    if (bright < 0) return "Point at a sample, a class or a bar to see it in every panel.";
    const recalls = panels.map((panel) => `${TITLES[panel.rule]} ${percent(panel.recall[bright])}`);
    return `${names[bright]}, ${samples(now.counts[bright])}, recall: ${recalls.join(", ")}`;
  },

  recalls(scene, recall) {
    return scene.shown.map((k) =>
      `${scene.names[k]} ${Math.round(100 * recall[k])} percent`).join(", ");
  },
};
