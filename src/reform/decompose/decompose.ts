/**
 * Operators that no core computes as they stand, written as several that cores can: before reform, so that all values inside have names, and so golden
 * values of their own. The network's outputs stay the same but for rounding.
 */
import type { Chip } from '../../chip/types.js';
import { linearStage } from '../../cores/realise.js';
import type { Graph } from '../../graph/types.js';
import { clip, hardSigmoid, max, min } from './extremes.js';
import { layerNormalization, lrn } from './normalise.js';
import { wholeMean } from './pools.js';
import { quotient, square } from './products.js';
import { recognise } from './recognise.js';
import { Rewriter, type Decomposition } from './rewriter.js';
import { unroll } from './unroll.js';

export const DECOMPOSITIONS: Readonly<Record<string, Decomposition>> = {
  Clip: clip, Div: quotient, GlobalAveragePool: wholeMean, HardSigmoid: hardSigmoid, LRN: lrn, LayerNormalization: layerNormalization,
  Max: max, Min: min, Mul: square, ReduceMean: wholeMean,
};

/**
 * All but products of two signals, which need the ranges of their operands: see `expandProducts`. `rows`: those of a core, `null` without limit.
 */
export function decompose(graph: Graph, rows: number | null = null): Graph {
  const r = new Rewriter(unroll(graph), rows);
  recognise(r);
  const known = r.graph();
  const next = new Rewriter(known, rows);
  for (const node of known.nodes) {
    if (node.inputs.every((id) => id < 0 || next.isConstant(id))) continue;
    const result = Object.hasOwn(DECOMPOSITIONS, node.op) ? DECOMPOSITIONS[node.op](next, node) : null;
    if (result !== null) next.replace(node, result);
  }
  return next.graph();
}

/** The network as the compiler takes it apart for a chip: whatever stands between layers has a name there. Outputs are the same but for rounding. */
export function decomposedFor(graph: Graph, chip: Chip): Graph {
  return decompose(graph, linearStage(chip) === null ? null : chip.core.rows);
}
