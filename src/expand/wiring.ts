/** Wiring of reformed graphs, [channels, height, width], as wiring between feature maps, [height, width, channels]. */
import { permutedCode, wiredCode } from '../cores/derive.js';
import type { MapShape, Op } from '../cores/types.js';
import type { Edge, PermuteNode, Shape3, WireNode } from '../reform/types.js';
import type { ExpansionBuilder } from './builder.js';

/** [c, h, w] -> [h, w, c]. */
export function toMap(shape: Shape3): MapShape {
  return [shape[1], shape[2], shape[0]];
}

/** Name of the tensor that a signal stands for, if it holds its elements in order. */
export function goldenName(edge: Edge): string | null {
  return edge.golden === undefined ? edge.name : null;
}

export function expandWire(builder: ExpansionBuilder, node: WireNode): number {
  const output = builder.addSignal(node.output.name, toMap(node.output.shape), null, goldenName(node.output));
  const op = {
    kind: 'wire' as const, name: node.name, layer: node.name, output,
    pieces: node.pieces.map((p) => ({
      signal: builder.signal(p.input), from: toMap(p.from), step: toMap(p.step), size: toMap(p.size), to: toMap(p.to),
    })),
  };
  setCode(builder, output, op);
  builder.addOp(op);
  return output;
}

/**
 * The network's order of elements is channel first, the map's channel last: reorder to the first, transpose, and back. Steps that change nothing
 * are left out.
 */
export function expandPermute(builder: ExpansionBuilder, node: PermuteNode): number {
  let signal = builder.signal(node.input);
  const [h, w, c] = builder.signals[signal].shape;
  const size = h * w * c;
  const steps: { view: readonly number[]; axes: readonly number[]; shape: MapShape }[] = [
    { view: [h, w, c], axes: [2, 0, 1], shape: [1, 1, size] },
    { view: node.view, axes: node.axes, shape: [1, 1, size] },
    { view: node.output.shape, axes: [1, 2, 0], shape: toMap(node.output.shape) },
  ];
  const useful = steps.filter((s, i) => i === 2 || !keepsOrder(s.view, s.axes));
  useful.forEach((step, i) => {
    const last = i === useful.length - 1;
    const golden = last ? goldenName(node.output) : null;
    const output = builder.addSignal(last ? node.output.name : `${node.output.name}.order${i}`, step.shape, null, golden);
    const op = { kind: 'permute' as const, name: `${node.name}/${i}`, layer: node.name, signal, view: step.view, axes: step.axes, output };
    setCode(builder, output, op);
    builder.addOp(op);
    signal = output;
  });
  return signal;
}

/** Whether a transposition moves only dimensions of size 1. */
function keepsOrder(view: readonly number[], axes: readonly number[]): boolean {
  const moved = axes.filter((a) => view[a] > 1);
  return moved.every((a, i) => i === 0 || moved[i - 1] < a);
}

function setCode(builder: ExpansionBuilder, output: number, op: Op): void {
  const code = op.kind === 'wire' ? wiredCode(op, builder.signals) : op.kind === 'permute' ? permutedCode(op, builder.signals) : null;
  builder.signals[output] = { ...builder.signals[output], code };
}
