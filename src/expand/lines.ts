/**
 * A function on codes 0..n-1 as straight lines between knots, and the integers of the ReLUs that draw them: right of a pivot one ReLU(q - knot) for
 * every change of slope, left of it one ReLU(knot - q).
 */

/** ReLU(sign * (q - at)). */
export interface Unit {
  readonly at: number;
  readonly sign: 1 | -1;
}

/** y(q) = (base + sum of weights[i] * units[i](q)) / 2^k, in output codes. */
export interface Lines {
  readonly units: readonly Unit[];
  readonly weights: readonly number[];
  readonly base: number;
}

/** Codes that never occurred count this much where a knot is looked for. */
const UNSEEN = 0.25;
/** Errors below this are the float's own. */
const EXACT = 1e-9;

/**
 * Adds knots, one after the other where the lines through those so far miss most, until there are `count`, or no error is left. `seen[q]`: whether
 * calibration has shown the code.
 */
export function addKnots(knots: readonly number[], target: Float64Array, seen: readonly boolean[], count: number): number[] {
  const result = [...knots].sort((a, b) => a - b);
  while (result.length < count) {
    let worst = { at: -1, error: EXACT };
    for (let i = 0; i + 1 < result.length; i++) {
      const [from, to] = [result[i], result[i + 1]];
      for (let q = from + 1; q < to; q++) {
        const line = target[from] + ((target[to] - target[from]) * (q - from)) / (to - from);
        const error = Math.abs(line - target[q]) * (seen[q] ? 1 : UNSEEN);
        if (error > worst.error) worst = { at: q, error };
      }
    }
    if (worst.at < 0) break;
    result.splice(result.findIndex((k) => k > worst.at), 0, worst.at);
  }
  return result;
}

/**
 * Values at the knots (ascending, the first 0, the last n - 1) of the lines of least squared error, each code with its weight (> 0). The normal equations
 * of hat functions have three diagonals.
 */
export function valuesAt(knots: readonly number[], target: Float64Array, weight: Float64Array): Float64Array {
  const n = knots.length;
  const diagonal = new Float64Array(n);
  const above = new Float64Array(n);
  const right = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const [from, to] = [knots[i], knots[i + 1] ?? knots[i] + 1];
    for (let q = from; q < to; q++) {
      const b = (q - from) / (to - from);
      const a = 1 - b;
      diagonal[i] += weight[q] * a * a;
      right[i] += weight[q] * a * target[q];
      if (b === 0) continue;
      diagonal[i + 1] += weight[q] * b * b;
      above[i] += weight[q] * a * b;
      right[i + 1] += weight[q] * b * target[q];
    }
  }
  for (let i = 1; i < n; i++) {
    const f = above[i - 1] / diagonal[i - 1];
    diagonal[i] -= f * above[i - 1];
    right[i] -= f * right[i - 1];
  }
  const values = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) values[i] = (right[i] - (i + 1 < n ? above[i] * values[i + 1] : 0)) / diagonal[i];
  return values;
}

/**
 * Lines in integers: values times `unit`, slopes multiples of `grain`. Each slope makes good what rounding those before it has left, so that errors do not
 * add up along the way from the pivot, which is a knot. A weight beyond +-`limit` is shared by several equal units.
 */
export function integerLines(knots: readonly number[], values: Float64Array, pivot: number, unit: number, grain: number, limit: number): Lines {
  const base = Math.round(values[knots.indexOf(pivot)] * unit);
  const units: Unit[] = [];
  const weights: number[] = [];
  const walk = (sign: 1 | -1): void => {
    let slope = 0;
    let at = base;
    for (let i = knots.indexOf(pivot); knots[i + sign] !== undefined; i += sign) {
      const gap = Math.abs(knots[i + sign] - knots[i]);
      const next = Math.round((values[i + sign] * unit - at) / gap / grain) * grain;
      let change = next - slope;
      for (let left = Math.ceil(Math.abs(change) / limit); left > 0; left--) {
        const share = Math.trunc(change / left / grain) * grain || change;
        units.push({ at: knots[i], sign });
        weights.push(share);
        change -= share;
      }
      slope = next;
      at += slope * gap;
    }
  };
  walk(1);
  walk(-1);
  // A level line: one unit that adds nothing, so that there is something to add up.
  if (units.length === 0) {
    units.push({ at: pivot, sign: 1 });
    weights.push(0);
  }
  return { units, weights, base };
}
