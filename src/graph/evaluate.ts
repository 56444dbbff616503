/**
 * The float network at work. `prepareFloat` packs weights once into the shared memory; every thread makes its own `FloatNetwork` over the
 * plan, with its own arena. A result does not depend on the batch that it was computed in.
 */
import { fail } from '../diagnostics.js';
import type { KernelExports } from '../kernels/types.js';
import { finishHalf, viewArray } from './data-types.js';
import { operatorOf } from './infer.js';
import { planMemory, type MemoryPlan } from './memory-plan.js';
import { elements, Refusal, type NodeView } from './operator.js';
import { prepareStep, STEPS } from './steps/table.js';
import { kernelCaller, type Step } from './steps/step.js';
import type { ConstantTensor, DataType, Graph, GraphNode } from './types.js';

export { evaluateNode } from './infer.js';

interface PlannedTensor {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
  /** Address of a constant's data. */
  readonly address?: number;
}

/** A network made ready: plain data (structured-cloneable), for any thread that shares the memory. */
export interface FloatPlan {
  readonly opset: number;
  readonly input: number;
  readonly tensors: readonly PlannedTensor[];
  readonly nodes: readonly GraphNode[];
  readonly steps: readonly Step[];
  readonly memory: MemoryPlan;
  /** Bytes that any step may need beside the tensors. */
  readonly scratchBytes: number;
}

/** A region of memory of one thread. `address` is a multiple of 16. */
export interface ArenaRegion {
  readonly address: number;
  readonly bytes: number;
}

/**
 * Packs the constants of a graph with one input. `allocate(bytes)` gives 16-byte aligned memory that stays. Errors: T103 several inputs.
 */
export function prepareFloat(graph: Graph, memory: WebAssembly.Memory, allocate: (bytes: number) => number): FloatPlan {
  const [input, ...others] = graph.inputs;
  if (input === undefined || others.length > 0) fail('T103', graph.name, `the network has ${graph.inputs.length} inputs`, { limit: 'one' });
  const steps = graph.nodes.map((node) => prepareStep({ graph, node, memory, allocate }));
  const plain = new Set(graph.nodes.flatMap((node, i) => (steps[i]?.kernel === 'plain' ? node.inputs : [])));
  const tensors = graph.tensors.map(({ id, name, type, shape, data }): PlannedTensor => {
    if (!data || !plain.has(id)) return { name, type, shape };
    const address = allocate(data.byteLength);
    viewArray(type, memory.buffer, address, data.length).set(data);
    return { name, type, shape, address };
  });
  const scratchBytes = Math.max(0, ...steps.map((step) => step.scratchBytes));
  const { opset, nodes } = graph;
  return { opset, input, tensors, nodes, steps, memory: planMemory(graph), scratchBytes: Math.ceil(scratchBytes / 16) * 16 };
}

/** Bytes of an arena that computes `samples` samples at once; any arena for at least one works. */
export function floatArenaBytes(plan: FloatPlan, samples: number): number {
  return plan.memory.bytesPerSample * samples + plan.scratchBytes;
}

export class FloatNetwork {
  private readonly call: ReturnType<typeof kernelCaller>;
  private readonly needed = new Map<string, readonly number[]>();
  /** Samples that the arena holds at once. */
  readonly capacity: number;

  /** Errors: T503 an arena too small for one sample. `variant` picks the kernels; both give the same bits. */
  constructor(
    private readonly plan: FloatPlan,
    private readonly memory: WebAssembly.Memory,
    exports: KernelExports,
    private readonly arena: ArenaRegion,
    variant: 'simd' | 'scalar' = 'simd',
  ) {
    this.call = kernelCaller(exports, variant);
    const perSample = Math.max(plan.memory.bytesPerSample, 1);
    this.capacity = Math.floor((arena.bytes - plan.scratchBytes) / perSample);
    if (this.capacity < 1) {
      fail('T503', 'float network', `${arena.bytes} bytes of memory`, { limit: `${floatArenaBytes(plan, 1)} bytes for one sample` });
    }
  }

  /**
   * Runs `batch` samples, input [batch x one sample's elements]. Gives for every wanted tensor id (of the graph, depending on its input) a
   * copy of its values, [batch x one sample's elements]. Wanted tensors of which values are `given` are computed too; whatever reads them reads the
   * given ones. Errors: T302 input of another size.
   */
  run(
    input: Float32Array, batch: number, wanted: readonly number[], given: ReadonlyMap<number, Float32Array> = new Map(),
  ): Map<number, Float32Array> {
    const size = this.size(this.plan.input);
    if (input.length !== batch * size) fail('T302', 'float network', `${input.length} input values`, { limit: `${batch} x ${size}` });
    const results = new Map(wanted.map((id) => [id, new Float32Array(batch * this.size(id))]));
    const nodes = this.nodesFor(wanted);
    for (let from = 0; from < batch; from += this.capacity) {
      const count = Math.min(this.capacity, batch - from);
      this.view(this.plan.input, count).data.set(input.subarray(from * size, (from + count) * size));
      const collect = (id: number): void => {
        const size = this.size(id);
        results.get(id)?.set(this.view(id, count).data, from * size);
        const values = given.get(id);
        if (values !== undefined) this.view(id, count).data.set(values.subarray(from * size, (from + count) * size));
      };
      collect(this.plan.input);
      for (const index of nodes) {
        this.runNode(index, count);
        this.plan.nodes[index]?.outputs.forEach(collect);
      }
    }
    return results;
  }

  private size(id: number): number {
    const tensor = this.plan.tensors[id];
    if (!tensor || (this.plan.memory.offsets[id] ?? -1) < 0) throw new RangeError(`tensor ${id} is not computed from the input`);
    return elements(tensor.shape);
  }

  /** Indices of the nodes that the wanted tensors need, in order. */
  private nodesFor(wanted: readonly number[]): readonly number[] {
    const key = [...wanted].sort((a, b) => a - b).join();
    const known = this.needed.get(key);
    if (known) return known;
    const tensors = new Set(wanted);
    const nodes: number[] = [];
    for (let i = this.plan.nodes.length - 1; i >= 0; i--) {
      const node = this.plan.nodes[i] as GraphNode;
      if (!node.outputs.some((id) => tensors.has(id))) continue;
      nodes.unshift(i);
      for (const id of node.inputs) tensors.add(id);
    }
    this.needed.set(key, nodes);
    return nodes;
  }

  private address(id: number, batch: number): number {
    const constant = this.plan.tensors[id]?.address;
    return constant ?? this.arena.address + (this.plan.memory.offsets[id] ?? 0) * batch;
  }

  /** A tensor in memory with the shape that it has in this batch. */
  private view(id: number, batch: number): ConstantTensor {
    const { type, shape, address } = this.plan.tensors[id] as PlannedTensor;
    const real = address === undefined ? [batch, ...shape.slice(1)] : shape;
    return { type, shape: real, data: viewArray(type, this.memory.buffer, this.address(id, batch), elements(real)) };
  }

  private runNode(index: number, batch: number): void {
    const node = this.plan.nodes[index] as GraphNode;
    const step = this.plan.steps[index] as Step;
    if (step.kernel === 'alias') return;
    if (step.kernel === 'plain') {
      this.runPlain(node, batch);
    } else {
      STEPS.get(step.kernel)?.run(step.fields, {
        call: this.call,
        load: (address) => new Float32Array(this.memory.buffer, address, 1)[0] as number,
        batch,
        inputs: node.inputs.map((id) => this.address(id, batch)),
        outputs: node.outputs.map((id) => this.address(id, batch)),
        scratch: this.arena.address + this.plan.memory.bytesPerSample * batch,
      });
    }
    for (const id of node.outputs) if (this.plan.tensors[id]?.type === 'float16') finishHalf(this.view(id, batch));
  }

  private runPlain(node: GraphNode, batch: number): void {
    const view: NodeView<ConstantTensor> = {
      op: node.op,
      opset: this.plan.opset,
      attributes: node.attributes,
      inputs: node.inputs.map((id) => (id < 0 ? null : this.view(id, batch))),
      outputCount: node.outputs.length,
    };
    try {
      operatorOf(node.op).evaluate(view, node.outputs.map((id) => (id < 0 ? null : this.view(id, batch))));
    } catch (error) {
      if (error instanceof Refusal) fail(error.code, `${node.name} (${node.op})`, error.message);
      throw error;
    }
  }
}
