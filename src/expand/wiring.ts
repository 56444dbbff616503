/** Wiring of reformed graphs, [channels, height, width], as wiring between feature maps, [height, width, channels]. */
import { permutedCode, wiredCode } from '../cores/derive.js';
import type { MapShape, Op, WirePiece } from '../cores/types.js';
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
  const copies = builder.unitsOf(node.pieces[0].input);
  const output = builder.addCopied(node.output.name, toMap(node.output.shape), null, goldenName(node.output), copies);
  const op = {
    kind: 'wire' as const, name: node.name, layer: node.name, output,
    pieces: node.pieces.flatMap((p) => withCopies({
      signal: builder.signal(p.input), from: toMap(p.from), step: toMap(p.step), size: toMap(p.size), to: toMap(p.to),
    }, copies)),
  };
  setCode(builder, output, op);
  builder.addOp(op);
  return output;
}

/** A piece of maps whose channels have `copies` copies side by side: where not all channels are taken, one piece a channel. */
function withCopies({ signal, from, step, size, to }: WirePiece, copies: number): WirePiece[] {
  if (copies === 1) return [{ signal, from, step, size, to }];
  const part = (first: number, channels: number): WirePiece => ({
    signal, from: [from[0], from[1], (from[2] + first * step[2]) * copies], step: [step[0], step[1], 1],
    size: [size[0], size[1], channels * copies], to: [to[0], to[1], (to[2] + first) * copies],
  });
  return step[2] === 1 ? [part(0, size[2])] : Array.from({ length: size[2] }, (_, c) => part(c, 1));
}

/**
 * The network's order of elements is channel first, the map's channel last: reorder to the first, transpose, and back. Steps that change nothing
 * are left out. Copies of a channel stay side by side through all of it.
 */
export function expandPermute(builder: ExpansionBuilder, node: PermuteNode): number {
  let signal = builder.signal(node.input);
  const copies = builder.unitsOf(node.input);
  const [c, h, w] = node.input.shape;
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
    const output = builder.addCopied(last ? node.output.name : `${node.output.name}.order${i}`, step.shape, null, golden, copies);
    const view = copies === 1 ? step.view : [...step.view, copies];
    const axes = copies === 1 ? step.axes : [...step.axes, step.axes.length];
    const op = { kind: 'permute' as const, name: `${node.name}/${i}`, layer: node.name, signal, view, axes, output };
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
