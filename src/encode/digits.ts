/** Whether the network's input is given as two digits, where a core takes fewer levels than data have. */
import type { CodeRange } from '../chip/types.js';
import { readersOf } from '../reform/make.js';
import type { Reformed, Term } from '../reform/types.js';

/** Levels that data have at least: images have 8 bits. */
const DATA_LEVELS = 256;
/** Rows of a core that stay free for a bias. */
const SPARE_ROWS = 16;

/**
 * Base of the low digit of the network's input; 1: no digits. Digits double the rows of what reads the input: they are taken where convolutions alone read
 * it, whose rows still fit into one core.
 */
export function inputDigits(graph: Reformed, input: CodeRange, rows: number | null): number {
  const levels = input.hi - input.lo + 1;
  if (levels >= DATA_LEVELS) return 1;
  const readers = readersOf(graph, graph.input);
  const fits = (t: Term): boolean => (
    t.groups === 1 && 2 * t.input.shape[0] * t.kernel[0] * t.kernel[1] + SPARE_ROWS <= (rows ?? Number.POSITIVE_INFINITY));
  const all = readers.every((n) => n.kind === 'sum' && n.terms.length === 1 && fits(n.terms[0]));
  return all ? Math.min(levels, Math.ceil(DATA_LEVELS / levels)) : 1;
}
