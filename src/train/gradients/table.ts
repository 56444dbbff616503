/** The one table of gradients: by the name of a node's step or, where it has none, of its operator. */
import type { Step } from '../../graph/steps/step.js';
import type { GraphNode } from '../../graph/types.js';
import { convGradient, depthwiseGradient, pointwiseGradient } from './conv.js';
import { gemmGradient, matMulGradient } from './dense.js';
import {
  addGradient, aliasGradient, clampGradient, constantGradient, leakyGradient, multiplyGradient, normalizationGradient, sigmoidGradient, tanhGradient,
} from './elementwise.js';
import type { GradientRow } from './gradient.js';
import { responseGradient } from './lrn.js';
import { averagePoolGradient, globalAverageGradient, maxPoolGradient } from './pool.js';

const ROWS: readonly GradientRow[] = [
  convGradient, pointwiseGradient, depthwiseGradient, gemmGradient, matMulGradient, clampGradient, addGradient, multiplyGradient, constantGradient,
  normalizationGradient, maxPoolGradient, averagePoolGradient, globalAverageGradient, tanhGradient, sigmoidGradient, leakyGradient, responseGradient,
  aliasGradient,
];

export const GRADIENTS: ReadonlyMap<string, GradientRow> = new Map(ROWS.flatMap((row) => row.nodes.map((name) => [name, row])));

/** Name of a node's row in the table, whether there is one or not. */
export function gradientName(node: GraphNode, step: Step): string {
  return step.kernel === 'plain' ? node.op : step.kernel;
}
