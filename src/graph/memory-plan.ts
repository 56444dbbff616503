/**
 * Where the tensors of one run lie: by liveness, buffers are used again as soon as nobody will read them.
 */
import { bytesOf } from './data-types.js';
import { elements } from './operator.js';
import { OPERATORS } from './table.js';
import type { Graph } from './types.js';

/** Bytes of one sample per tensor id, from the start of the arena; times the batch gives the place. -1: not in the arena (constants). */
export interface MemoryPlan {
  readonly offsets: readonly number[];
  /** Bytes that one sample needs, a multiple of 16. */
  readonly bytesPerSample: number;
}

interface Buffer {
  readonly bytes: number;
  readonly first: number;
  last: number;
  offset: number;
}

/** Plans a graph that is executed in the order of its nodes. Outputs that only rename their operand share its buffer. */
export function planMemory(graph: Graph): MemoryPlan {
  const bufferOf = new Map<number, Buffer>();
  const buffers: Buffer[] = [];
  const open = (id: number, step: number): void => {
    const tensor = graph.tensors[id];
    if (!tensor) return;
    const bytes = Math.ceil((elements(tensor.shape) * bytesOf(tensor.type)) / 16) * 16;
    const buffer = { bytes, first: step, last: step, offset: 0 };
    buffers.push(buffer);
    bufferOf.set(id, buffer);
  };
  for (const id of graph.inputs) open(id, -1);
  graph.nodes.forEach((node, step) => {
    for (const id of node.inputs) {
      const buffer = bufferOf.get(id);
      if (buffer) buffer.last = step;
    }
    const shared = OPERATORS.get(node.op)?.alias ? bufferOf.get(node.inputs[0] ?? -1) : undefined;
    node.outputs.forEach((id, i) => {
      if (id < 0) return;
      if (shared && i === 0) bufferOf.set(id, shared);
      else open(id, step);
    });
  });
  const bytesPerSample = placeBuffers(buffers);
  return { offsets: graph.tensors.map(({ id }) => bufferOf.get(id)?.offset ?? -1), bytesPerSample };
}

/** Gives every buffer the lowest place that is free while it lives. Returns the end of the highest. */
function placeBuffers(buffers: readonly Buffer[]): number {
  const placed: Buffer[] = [];
  let end = 0;
  for (const buffer of buffers) {
    const alive = placed.filter((other) => other.last >= buffer.first && other.first <= buffer.last).sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of alive) {
      if (other.offset >= offset + buffer.bytes) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    buffer.offset = offset;
    placed.push(buffer);
    end = Math.max(end, offset + buffer.bytes);
  }
  return end;
}
