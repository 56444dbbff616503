/**
 * The free phase: real weights of a layer fitted by ridge regression to what the layer should give, on the codes that it really gets. What the layers before
 * lost is so made up for as far as a sum can. The loss is quadratic where no function bends it; where one clips, values that are clipped as they should
 * be count as right.
 */
import type { CoreOp } from '../cores/types.js';
import { copyAt } from '../cores/copies.js';
import { tileScales } from '../cores/scales.js';
import type { EdgeSamples } from '../encode/types.js';
import type { LayerDraft, TileDraft } from '../expand/types.js';
import { boundsOf } from '../cores/activation.js';
import type { RealTile } from '../cores/realise.js';
import { cholesky, damped, solve } from './linear.js';
import type { Workbench } from './workbench.js';

/** Damping tried, relative to the mean power of an input. */
const DAMPS = [0.003, 0.03, 0.3];
/** Share of the rows that decide among them. */
const HELD_BACK = 0.25;

/** The layer with fitted weights where that lowers the error on rows not fitted to; else with its own. */
export async function freePhase(bench: Workbench, layer: LayerDraft, golden: EdgeSamples): Promise<LayerDraft> {
  const [stage] = layer.stages;
  const clips = layer.activation === null || layer.activation.op === 'Clip';
  // Sums of several row blocks are fitted block by block in the rounding phase; here their partial sums are not known yet.
  if (layer.stages.length !== 1 || !clips) return layer;
  const tiles: TileDraft[] = [];
  for (const tile of stage.tiles) {
    await bench.pause();
    const real = fitted(bench, layer, golden, tile);
    // Copies round the weights in a way that depends on their segments.
    tiles.push({ ...tile, real: (segments) => (segments === 1 ? real : { ...tile.real(segments), weights: real.weights, bias: real.bias }) });
  }
  return { ...layer, stages: [{ ...stage, tiles }] };
}

function fitted(bench: Workbench, layer: LayerDraft, golden: EdgeSamples, { op: index, real: make }: TileDraft): RealTile {
  const real = make(1);
  const op = bench.expansion.ops[index] as CoreOp;
  if (real.weights.some((w) => w === 0)) return real;
  const { x, count } = decodedRows(bench, op, golden);
  const channels = golden.edge.shape[0];
  const training = Math.floor(count * (1 - HELD_BACK));
  const { rows, columns } = real;
  const output = bench.expansion.signals[op.output.signal];
  const channelOf = Array.from({ length: columns }, (_, j) => copyAt(output, op.output.channel + j).channel);
  const bounds = boundsOf(layer.activation);
  const error = residuals(x, count, real, (r, j) => golden.values[r * channels + channelOf[j]], bounds);
  const square = momentsOf(x, rows, training);
  const right = new Float64Array((rows + 1) * columns);
  for (let r = 0; r < training; r++) {
    for (let i = 0; i <= rows; i++) {
      const v = i < rows ? x[r * rows + i] : 1;
      if (v !== 0) for (let j = 0; j < columns; j++) right[i * columns + j] += v * error[r * columns + j];
    }
  }
  const heldBack = (change: Float64Array | null): number => {
    let sum = 0;
    const left = new Float64Array(columns);
    for (let r = training; r < count; r++) {
      left.set(error.subarray(r * columns, (r + 1) * columns));
      for (let i = 0; change !== null && i <= rows; i++) {
        const v = i < rows ? x[r * rows + i] : 1;
        if (v !== 0) for (let j = 0, at = i * columns; j < columns; j++, at++) left[j] -= v * change[at];
      }
      for (let j = 0; j < columns; j++) sum += left[j] * left[j];
    }
    return sum;
  };
  let best: { change: Float64Array | null; error: number } = { change: null, error: heldBack(null) };
  for (const damp of DAMPS) {
    const change = solve(cholesky(damped(square, rows + 1, damp), rows + 1), rows + 1, right, columns);
    const left = heldBack(change);
    if (left < best.error) best = { change, error: left };
  }
  const { change } = best;
  if (change === null) return real;
  return {
    ...real, weights: real.weights.map((w, i) => w + change[i]), bias: real.bias.map((b, j) => b + change[rows * columns + j]),
  };
}

/** Decoded inputs of a tile at the sampled positions, [count x rows]. */
function decodedRows(bench: Workbench, op: CoreOp, golden: EdgeSamples): { x: Float64Array; count: number } {
  return bench.scoped(() => {
    const rows = bench.rows(op, golden, new Map());
    const { rowStep, rowZero } = tileScales(op.gathers, 0, null, bench.expansion.signals);
    const codes = new Int16Array(bench.memory.buffer, rows.address, rows.count * rows.pitch);
    const x = new Float64Array(rows.count * rowStep.length);
    for (let r = 0; r < rows.count; r++) {
      for (let i = 0; i < rowStep.length; i++) x[r * rowStep.length + i] = (codes[r * rows.pitch + i] - rowZero[i]) * rowStep[i];
    }
    return { x, count: rows.count };
  });
}

/** What the sum lacks of the golden value, [count x columns]; 0 where both are clipped. */
function residuals(
  x: Float64Array, count: number, { rows, columns, weights, bias }: RealTile, wanted: (r: number, j: number) => number, [lo, hi]: readonly [number, number],
): Float64Array {
  const error = new Float64Array(count * columns);
  const sum = new Float64Array(columns);
  for (let r = 0; r < count; r++) {
    sum.set(bias);
    for (let i = 0; i < rows; i++) {
      const v = x[r * rows + i];
      if (v !== 0) for (let j = 0; j < columns; j++) sum[j] += v * weights[i * columns + j];
    }
    for (let j = 0; j < columns; j++) {
      const g = wanted(r, j);
      const e = g - sum[j];
      error[r * columns + j] = g <= lo ? Math.min(e, 0) : g >= hi ? Math.max(e, 0) : e;
    }
  }
  return error;
}

/** Sums of products of the inputs and a constant 1 over the first `count` rows, [(rows + 1) x (rows + 1)]. */
function momentsOf(x: Float64Array, rows: number, count: number): Float64Array {
  const n = rows + 1;
  const square = new Float64Array(n * n);
  const row = new Float64Array(n).fill(1);
  for (let r = 0; r < count; r++) {
    row.set(x.subarray(r * rows, (r + 1) * rows));
    for (let i = 0; i < n; i++) {
      const v = row[i];
      if (v !== 0) for (let k = 0; k <= i; k++) square[i * n + k] += v * row[k];
    }
  }
  for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) square[k * n + i] = square[i * n + k];
  return square;
}
