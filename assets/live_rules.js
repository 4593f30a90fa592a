// Rules: pure functions of logits and counts, nothing of the page. They repeat app/adjust and
// app/theory; tests/adjust/rule_cases.json holds both to the same numbers.

// Below this sine two class vectors span no plane to turn a boundary in: logits are compared.
const NO_PLANE = 1e-9;

// Nearest integer, halves to even, as NumPy rounds.
const rint = (x) => {
  const low = Math.floor(x);
  const rest = x - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
};

// Training samples a class, exponential profile, head first.
export const classCounts = (K, head, ratio) =>
  Float64Array.from({ length: K }, (_, k) =>
    Math.max(1, rint(head * ratio ** (K > 1 ? -k / (K - 1) : 0))),
  );

// Scale and offset of the affine rules: the score of class k is scale_k z_k + offset_k.
export const affineForm = (rule, { counts, gamma, tau, norms, bias }) => {
  const K = counts.length;
  const scale = new Float64Array(K).fill(1);
  const offset = new Float64Array(K);
  const most = Math.max(...counts);
  const longest = norms ? Math.max(...norms) : 1;
  const total = counts.reduce((sum, n) => sum + n, 0);
  for (let k = 0; k < K; k++) {
    if (rule === "mla") scale[k] = (counts[k] / most) ** -gamma;
    if (rule === "ala") offset[k] = -tau * Math.log(counts[k] / total);
    if (rule === "tau-norm") {
      scale[k] = (norms[k] / longest) ** -tau;
      offset[k] = bias ? -bias[k] * scale[k] : 0;
    }
  }
  return { scale, offset };
};

// Factors of the 1vs1adjuster, K x K by rows: i beats j where z_i f_ij > z_j f_ji.
export const duelFactors = (counts, gamma, psi) => {
  const K = counts.length;
  const factors = new Float64Array(K * K);
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < K; j++) {
      const angle = psi[i * K + j];
      const pull = gamma * (Math.log(counts[j]) - Math.log(counts[i]));
      const fromRival = angle / (1 + Math.exp(pull));
      const sine = Math.sin(angle);
      factors[i * K + j] = sine < NO_PLANE ? 1 : sine * Math.cos(fromRival);
    }
  }
  return factors;
};

// Duels won by each class; a draw is a win for neither. z: logits for unit class vectors.
export const countVotes = (z, factors, votes) => {
  const K = votes.length;
  votes.fill(0);
  for (let i = 0; i < K; i++) {
    for (let j = i + 1; j < K; j++) {
      const own = z[i] * factors[i * K + j];
      const rival = z[j] * factors[j * K + i];
      if (own > rival) votes[i]++;
      else if (rival > own) votes[j]++;
    }
  }
  return votes;
};

// By how much i beats j, in log-odds of where the boundary is against where the sample is.
const duelMargin = (zi, zj, psi, logRatio, gamma) => {
  const sine = Math.sin(psi);
  if (sine < NO_PLANE) return zi > zj ? Infinity : -Infinity;
  const alpha = Math.atan2((zj - zi * Math.cos(psi)) / sine, zi);
  const near = alpha > 0 && alpha < psi;
  const far = alpha < psi - Math.PI;
  if (!near && !far) return alpha <= 0 ? Infinity : -Infinity;
  const share = (near ? alpha : alpha + Math.PI) / psi;
  const turn = Math.log(share / (1 - share));
  return near ? gamma * logRatio - turn : turn - gamma * logRatio;
};

// The tied class whose worst margin among the tied is best; if equal, the more frequent one.
const tieWinner = (z, members, { counts, gamma, psi }) => {
  const K = counts.length;
  const byHead = [...members].sort((a, b) => counts[b] - counts[a] || a - b);
  let winner = byHead[0];
  let best = -Infinity;
  for (const i of byHead) {
    let worst = Infinity;
    for (const j of byHead) {
      if (i === j) continue;
      const logRatio = Math.log(counts[j]) - Math.log(counts[i]);
      worst = Math.min(worst, duelMargin(z[i], z[j], psi[i * K + j], logRatio, gamma));
    }
    if (worst > best) [winner, best] = [i, worst];
  }
  return winner;
};

// Classes with most votes.
export const leaders = (votes) => {
  const most = Math.max(...votes);
  const found = [];
  for (let k = 0; k < votes.length; k++) if (votes[k] === most) found.push(k);
  return found;
};

// A function from a logit array and the place of a row in it to the scores of that row.
// setup: counts, gamma, tau; norms of the class vectors and bias; psi, K x K by rows.
export const scorer = (rule, setup) => {
  const K = setup.counts.length;
  const scores = new Float64Array(K);
  if (rule !== "1vs1") {
    const { scale, offset } = affineForm(rule, setup);
    return (logits, start) => {
      for (let k = 0; k < K; k++) scores[k] = logits[start + k] * scale[k] + offset[k];
      return scores;
    };
  }
  const factors = duelFactors(setup.counts, setup.gamma, setup.psi);
  const z = new Float64Array(K);
  return (logits, start) => {
    for (let k = 0; k < K; k++) z[k] = logits[start + k] / (setup.norms ? setup.norms[k] : 1);
    countVotes(z, factors, scores);
    let most = -1;
    let shared = 0;
    for (let k = 0; k < K; k++) {
      if (scores[k] > most) [most, shared] = [scores[k], 1];
      else if (scores[k] === most) shared++;
    }
    if (shared > 1) scores[tieWinner(z, leaders(scores), setup)] += 0.5;
    return scores;
  };
};

export const argmax = (scores) => {
  let best = 0;
  for (let k = 1; k < scores.length; k++) if (scores[k] > scores[best]) best = k;
  return best;
};

// Angles between class vectors (K x 2 by rows), exact near 0 and pi.
export const vectorAngles = (weights) => {
  const K = weights.length / 2;
  const psi = new Float64Array(K * K);
  const unit = new Float64Array(2 * K);
  for (let k = 0; k < K; k++) {
    const length = Math.hypot(weights[2 * k], weights[2 * k + 1]) || 1;
    unit[2 * k] = weights[2 * k] / length;
    unit[2 * k + 1] = weights[2 * k + 1] / length;
  }
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < K; j++) {
      const [dx, dy] = [unit[2 * i] - unit[2 * j], unit[2 * i + 1] - unit[2 * j + 1]];
      const [sx, sy] = [unit[2 * i] + unit[2 * j], unit[2 * i + 1] + unit[2 * j + 1]];
      psi[i * K + j] = 2 * Math.atan2(Math.hypot(dx, dy), Math.hypot(sx, sy));
    }
  }
  return psi;
};

// Where a rule cuts between unit vectors psi apart: radians from class i, NaN if nowhere.
export const boundaryAngle = (rule, ni, nj, psi, { gamma, tau, norm }) => {
  const x = Math.log(nj / ni);
  if (rule === "mla") return Math.atan2(Math.exp(gamma * x) - Math.cos(psi), Math.sin(psi));
  if (rule === "1vs1") return psi / (1 + Math.exp(-gamma * x));
  if (rule !== "ala") return psi / 2;
  const sine = (-tau * x) / (2 * norm * Math.sin(psi / 2));
  return Math.abs(sine) <= 1 ? psi / 2 - Math.asin(sine) : NaN;
};

// Where a pair makes the fewest errors, given the noise of each around its unit vector.
export const pairOptimum = (noiseI, noiseJ, psi) => {
  const [si, sj] = [Math.max(noiseI, 1e-6), Math.max(noiseJ, 1e-6)];
  let [low, high] = [psi - Math.PI / 2, Math.PI / 2];
  for (let step = 0; step < 60; step++) {
    const a = (low + high) / 2;
    const gain =
      (Math.sin(psi - a) / sj) ** 2 -
      (Math.sin(a) / si) ** 2 +
      2 * Math.log(Math.max(Math.cos(a), 1e-300) / si) -
      2 * Math.log(Math.max(Math.cos(psi - a), 1e-300) / sj);
    if (gain > 0) low = a;
    else high = a;
  }
  return (low + high) / 2;
};
