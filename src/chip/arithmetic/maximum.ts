/**
 * Native maximum pooling (spec/chips.md, section 4): the largest of a few codes.
 */
import type { CodeRange } from '../types.js';
import { at, checkLength, checkValues } from './limits.js';

/**
 * `x` is [batch x outputs x arity], the codes of an output side by side; gives [batch x outputs]. Refuses with T401 what breaks a limit.
 */
export function maximumReference(
  place: string, x: Int32Array, batch: number, outputs: number, arity: number, input: CodeRange,
): Int32Array {
  checkLength(place, 'input', x.length, batch * outputs * arity);
  checkValues(place, 'input', x, input);
  return Int32Array.from({ length: batch * outputs }, (_, k) => {
    let greatest = at(x, k * arity);
    for (let i = 1; i < arity; i++) greatest = Math.max(greatest, at(x, k * arity + i));
    return greatest;
  });
}
