/** Whether the functions left to the host can be computed on the decoded output. */
import type { HostOp } from './types.js';

/** Attributes of each function: an axis, or flags that are 0 or 1. */
const ATTRIBUTES: Readonly<Record<HostOp['op'], readonly string[]>> = {
  Softmax: ['axis', 'flatten'], ArgMax: ['axis', 'keepdims', 'lastIndex'], Sigmoid: [],
};

/** What is wrong with the functions in their order, on an output of `shape` (first dimension: the sample); `null` if nothing is. */
export function hostProblem(hostOps: readonly HostOp[], shape: readonly number[]): string | null {
  let current = [...shape];
  for (const { name, op, attributes } of hostOps) {
    const known = ATTRIBUTES[op];
    const wrong = Object.keys(attributes).find((key) => !known.includes(key));
    if (wrong !== undefined) return `${name} (${op}): attribute ${wrong}, where only ${known.join(', ') || 'none'} is known`;
    const flag = Object.entries(attributes).find(([key, value]) => key !== 'axis' && value !== 0 && value !== 1);
    if (flag !== undefined) return `${name} (${op}): ${flag[0]} is ${flag[1]}, not 0 or 1`;
    if (op === 'Sigmoid') continue;
    const given = attributes.axis ?? (op === 'Softmax' ? -1 : 0);
    const axis = given < 0 ? given + current.length : given;
    if (!Number.isInteger(axis) || axis < 1 || axis >= current.length) return `${name} (${op}): axis ${given} of an output of ${current.length} dimensions`;
    if (op === 'ArgMax') current = current.flatMap((n, d) => (d !== axis ? [n] : attributes.keepdims === 0 ? [] : [1]));
  }
  return null;
}
