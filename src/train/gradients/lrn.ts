import type { ResponseFields } from '../../graph/steps/response.js';
import { scratchFor, type GradientRow } from './gradient.js';

/** Local response normalisation. */
export const responseGradient: GradientRow = {
  nodes: ['response'],
  parameters: [],
  prepare: ({ step }) => ({ fields: step.fields, scratchBytes: scratchFor((step.fields as ResponseFields).channels * 4) }),
  backward(fields, c) {
    const f = fields as ResponseFields;
    if (!c.gradients[0]) return;
    const terms = [f.channels, f.plane, f.before, f.after, f.rate, f.beta, f.bias];
    c.call('responseGradient', c.inputs[0], c.output, c.dy, c.gradients[0], c.batch, ...terms, c.scratch);
  },
};
