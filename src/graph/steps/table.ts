/**
 * The one table that picks kernels for float nodes: the first row that takes a node computes it.
 */
import { OPERATORS } from '../table.js';
import { convStep, depthwiseStep, pointwiseStep } from './conv.js';
import { gemmStep, matMulStep } from './dense.js';
import { addStep, clampStep, constantStep, dequantizeStep, normalizationStep, quantizeStep, sigmoidStep, tanhStep } from './elementwise.js';
import { averagePoolStep, globalAverageStep, maxPoolStep } from './pool.js';
import { responseStep } from './response.js';
import type { PrepareContext, Step, StepRow } from './step.js';

const ROWS: readonly StepRow[] = [
  pointwiseStep, depthwiseStep, convStep, gemmStep, matMulStep, clampStep, addStep, constantStep, normalizationStep, maxPoolStep, averagePoolStep,
  globalAverageStep, quantizeStep, dequantizeStep, tanhStep, sigmoidStep, responseStep,
];

export const STEPS: ReadonlyMap<string, StepRow> = new Map(ROWS.map((row) => [row.kernel, row]));

/** How a node will be computed. */
export function prepareStep(context: PrepareContext): Step {
  for (const row of ROWS) {
    const found = row.operators.includes(context.node.op) ? row.prepare(context) : null;
    if (found) return { kernel: row.kernel, ...found };
  }
  const alias = OPERATORS.get(context.node.op)?.alias && context.node.outputs.length === 1;
  return { kernel: alias ? 'alias' : 'plain', fields: {}, scratchBytes: 0 };
}
