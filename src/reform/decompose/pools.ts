/**
 * Means over whole maps in two steps, lines first: each step has few taps, so that a core takes many channels at once. In one step a core that has
 * rows for all taps of one channel alone gives one column.
 */
import { integersAttribute } from '../../graph/attributes.js';
import type { GraphNode } from '../../graph/types.js';
import type { Decomposition, Rewriter } from './rewriter.js';

/** Two steps round twice: they must save at least this factor in core-ops. */
const WORTH = 2;

/** Cores of `rows` rows that average `taps` values of each channel. */
function coreOps(channels: number, taps: number, rows: number): number {
  return taps > rows ? channels * Math.ceil(taps / rows) : Math.ceil(channels / Math.floor(rows / taps));
}

/** A mean over height and width; `null` rows: cores have no limit. */
export const wholeMean: Decomposition = (r, node) => {
  const { rows } = r;
  const x = r.tensor(node.inputs[0]);
  if (rows === null || x.type !== 'float32' || x.shape.length !== 4 || !averagesMaps(r, node)) return null;
  const [batch, channels, height, width] = x.shape;
  const apart = coreOps(channels, width, rows) + coreOps(channels, height, rows);
  if (coreOps(channels, height * width, rows) < WORTH * apart) return null;
  const output = r.tensor(node.outputs[0]);
  const lines = r.node(output.name, 'AveragePool', [x.id], { kernel_shape: [1, width] }, [batch, channels, height, 1]);
  return r.node(output.name, node.op, [lines, ...node.inputs.slice(1)], node.attributes, output.shape);
};

function averagesMaps(r: Rewriter, node: GraphNode): boolean {
  if (node.op === 'GlobalAveragePool') return true;
  const given = node.inputs[1] === undefined || node.inputs[1] < 0 ? integersAttribute(node, 'axes') : r.tensor(node.inputs[1]).data;
  const axes = Array.from(given ?? [], (a) => (Number(a) < 0 ? Number(a) + 4 : Number(a)));
  return axes.length === 2 && axes.includes(2) && axes.includes(3);
}
