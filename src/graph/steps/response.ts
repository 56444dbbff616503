/**
 * Local response normalisation on the kernels.
 */
import { elements } from '../operator.js';
import { responseTerms } from '../ops/lrn.js';
import { isBatchedFloat, operand, type StepRow } from './step.js';

/** With exponents below it all powers of float32 squares are normal numbers. */
const GREATEST_BETA = 3;

export type ResponseFields = Record<'channels' | 'plane' | 'before' | 'after' | 'rate' | 'beta' | 'bias', number>;

export const responseStep: StepRow = {
  kernel: 'response',
  operators: ['LRN'],
  prepare(context) {
    const x = operand(context, 0);
    if (!isBatchedFloat(x) || x.type !== 'float32') return null;
    const { size, before, after, alpha, beta, bias } = responseTerms(context.node);
    // Powers that the plain function takes by multiplication or as a root.
    const other = Number.isInteger(beta) || beta === 0.5;
    if (other || beta < 0 || beta > GREATEST_BETA || alpha < 0 || bias < 1e-30) return null;
    const fields: ResponseFields = { channels: x.shape[1] ?? 1, plane: elements(x.shape.slice(2)), before, after, rate: alpha / size, beta, bias };
    return { fields, scratchBytes: 0 };
  },
  run(fields, { call, batch, inputs, outputs }) {
    const f = fields as ResponseFields;
    const [x, y] = [inputs[0] as number, outputs[0] as number];
    call('responseFloat', x, y, batch, f.channels, f.plane, f.before, f.after, f.rate, f.beta, f.bias);
  },
};
