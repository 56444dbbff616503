/** Extremes by ReLU: max(a, b) = ReLU(a - b) + b, min(a, b) = a - ReLU(a - b); clips that leave out 0, moved so that they start at 0. */
import { numberAttribute } from '../../graph/attributes.js';
import { clipLimits } from '../../graph/ops/clip.js';
import { UNARY } from '../../graph/ops/unary.js';
import type { Decomposition, Rewriter } from './rewriter.js';

function extreme(join: (r: Rewriter, near: string, a: number, b: number) => number): Decomposition {
  return (r, node) => {
    const near = r.tensor(node.outputs[0]).name;
    // A constant last: the others are signals then.
    const ordered = [...node.inputs].sort((a, b) => Number(r.isConstant(a)) - Number(r.isConstant(b)));
    if (r.isConstant(ordered[0]) || r.tensor(node.outputs[0]).type !== 'float32') return null;
    return ordered.reduce((a, b) => join(r, near, a, b));
  };
}

function excess(r: Rewriter, near: string, a: number, b: number): number {
  return r.node(near, 'Relu', [r.node(near, 'Sub', [a, b])]);
}

export const max = extreme((r, near, a, b) => r.node(near, 'Add', [excess(r, near, a, b), b]));
export const min = extreme((r, near, a, b) => r.node(near, 'Sub', [a, excess(r, near, a, b)]));

/** Codes of a signal always have one of 0, and a core's clamp ends there. */
export const clip: Decomposition = (r, node) => {
  const inputs = node.inputs.map((id) => (id < 0 ? null : r.tensor(id)));
  const [lo, hi] = clipLimits({ ...node, inputs, opset: r.opset, outputCount: 1 });
  const [x] = node.inputs;
  if (r.tensor(x).type !== 'float32') return null;
  const near = r.tensor(node.outputs[0]).name;
  if (lo > 0) return r.shifted(near, r.clip(near, r.shifted(near, x, -lo), 0, hi - lo), lo);
  if (hi >= 0) return null;
  const mirrored = r.node(near, 'Sub', [r.constant([hi]), x]);
  return r.node(near, 'Sub', [r.constant([hi]), r.clip(near, mirrored, 0, hi - lo)]);
};

/** min(max(alpha * x + beta, 0), 1). */
export const hardSigmoid: Decomposition = (r, node) => {
  const near = r.tensor(node.outputs[0]).name;
  const { alpha, beta } = UNARY.HardSigmoid.parameters;
  const line = r.shifted(near, r.scaled(near, node.inputs[0], numberAttribute(node, 'alpha', alpha)), numberAttribute(node, 'beta', beta));
  return r.clip(near, line, 0, 1);
};
