import { elements } from '../../graph/operator.js';
import { pow } from '../../graph/ops/exponential.js';
import { responseTerms } from '../../graph/ops/lrn.js';
import { operandOf, type GradientRow } from './gradient.js';

/** Below this y / x is not exact enough, for y may be subnormal. */
const LEAST = 1e-20;

/**
 * Local response normalisation, y = x / s^beta with s = bias + alpha / size * sum of x^2 over neighbours:
 * dx[k] = dy[k] / s[k]^beta - 2 beta alpha / size * x[k] * sum of dy[i] y[i] / s[i] over the i that have k as a neighbour.
 */
export const responseGradient: GradientRow = {
  nodes: ['LRN'],
  parameters: [],
  prepare(context) {
    const shape = operandOf(context, 0)?.shape ?? [];
    return { fields: { channels: shape[1] ?? 1, plane: elements(shape.slice(2)) }, scratchBytes: 0 };
  },
  backward(fields, c) {
    const { channels, plane } = fields as Record<'channels' | 'plane', number>;
    if (!c.gradients[0]) return;
    const { size, before, after, alpha, beta, bias } = responseTerms(c);
    const n = channels * plane;
    const of = (address: number): Float32Array => c.floats(address, c.batch * n);
    const [x, y, dy, dx] = [of(c.inputs[0]), of(c.output), of(c.dy), of(c.gradients[0])];
    const [sums, shares] = [new Float64Array(channels), new Float64Array(channels)];
    for (let cell = 0; cell < c.batch * plane; cell++) {
      const first = Math.floor(cell / plane) * n + (cell % plane);
      const at = (channel: number): number => first + channel * plane;
      for (let k = 0; k < channels; k++) {
        let sum = 0;
        for (let j = Math.max(k - before, 0); j <= Math.min(k + after, channels - 1); j++) sum += x[at(j)] ** 2;
        const s = bias + (alpha / size) * sum;
        sums[k] = s;
        shares[k] = (dy[at(k)] * y[at(k)]) / s;
      }
      for (let k = 0; k < channels; k++) {
        let share = 0;
        for (let i = Math.max(k - after, 0); i <= Math.min(k + before, channels - 1); i++) share += shares[i];
        const [v, g] = [x[at(k)], dy[at(k)]];
        // y / x is s^-beta, without another power.
        const factor = Math.abs(v) > LEAST ? y[at(k)] / v : pow(sums[k], -beta);
        dx[at(k)] = g * factor - ((2 * beta * alpha) / size) * v * share;
      }
    }
  },
};
