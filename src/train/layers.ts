/**
 * Structures of networks to be trained from the start: layers one after the other, weights drawn by seed.
 *
 *     const graph = new Layers('lenet', [1, 28, 28], 0).conv(6, 5, { pad: 2 }).relu().maxPool(2).flatten().dense(10).graph();
 */
import { GraphBuilder } from '../graph/build.js';
import { inferNode } from '../graph/infer.js';
import { elements } from '../graph/operator.js';
import type { AttributeValue, Graph } from '../graph/types.js';
import { randomUnit } from '../prng.js';

const OPSET = 13;

export interface ConvOptions {
  readonly stride?: number;
  /** Cells of zeros on each side. */
  readonly pad?: number;
  readonly groups?: number;
}

export interface ResponseOptions {
  readonly alpha?: number;
  readonly beta?: number;
  readonly bias?: number;
}

export class Layers {
  private readonly builder: GraphBuilder;
  private last: number;
  private readonly counts = new Map<string, number>();
  private drawn = 0;

  /** `shape`: of one sample, without the batch. `seed`: 0..2^32-1. The graph's input is `input`, its output `logits`. */
  constructor(name: string, shape: readonly number[], private readonly seed: number) {
    this.builder = new GraphBuilder(name, OPSET);
    this.last = this.builder.addTensor('input', 'float32', [1, ...shape]);
    this.builder.setInputs([this.last]);
  }

  /** Square convolution with a bias. */
  conv(outputs: number, kernel: number, { stride = 1, pad = 0, groups = 1 }: ConvOptions = {}): this {
    const name = this.name('conv');
    const inputs = this.shape()[1] / groups;
    const weights = this.weights(`${name}.weight`, [outputs, inputs, kernel, kernel], inputs * kernel * kernel);
    return this.add(name, 'Conv', [weights, this.zeros(`${name}.bias`, outputs)], {
      kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad], group: groups,
    });
  }

  /** All outputs from all values of a flat sample, with a bias. */
  dense(outputs: number): this {
    const name = this.name('dense');
    const inputs = this.shape()[1];
    const weights = this.weights(`${name}.weight`, [outputs, inputs], inputs);
    return this.add(name, 'Gemm', [weights, this.zeros(`${name}.bias`, outputs)], { transB: 1 });
  }

  relu(): this {
    return this.add(this.name('relu'), 'Relu');
  }

  tanh(): this {
    return this.add(this.name('tanh'), 'Tanh');
  }

  sigmoid(): this {
    return this.add(this.name('sigmoid'), 'Sigmoid');
  }

  /** Windows side by side. */
  maxPool(size: number): this {
    return this.add(this.name('pool'), 'MaxPool', [], { kernel_shape: [size, size], strides: [size, size] });
  }

  averagePool(size: number): this {
    return this.add(this.name('pool'), 'AveragePool', [], { kernel_shape: [size, size], strides: [size, size] });
  }

  globalAveragePool(): this {
    return this.add(this.name('pool'), 'GlobalAveragePool');
  }

  /** Local response normalisation over `size` channels. */
  lrn(size: number, options: ResponseOptions = {}): this {
    return this.add(this.name('lrn'), 'LRN', [], { size, ...options });
  }

  flatten(): this {
    return this.add(this.name('flatten'), 'Flatten', [], { axis: 1 });
  }

  graph(): Graph {
    this.builder.changeTensor(this.last, { name: 'logits' });
    this.builder.setOutputs([this.last]);
    return this.builder.toGraph();
  }

  private add(name: string, op: string, constants: readonly number[] = [], attributes: Readonly<Record<string, AttributeValue>> = {}): this {
    const inputs = [this.last, ...constants];
    const operands = inputs.map((id) => ({ ...this.builder.tensor(id), batched: id === this.last }));
    const [{ type, shape }] = inferNode({ op, opset: OPSET, attributes, inputs: operands, outputCount: 1 });
    this.last = this.builder.addTensor(name, type, shape);
    this.builder.addNode(op, inputs, [this.last], attributes);
    return this;
  }

  private name(kind: string): string {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    return `${kind}${count}`;
  }

  private shape(): readonly number[] {
    return this.builder.tensor(this.last).shape;
  }

  /** He and others, 2015: even over +-sqrt(6 / inputs of a sum), which keeps the variance through ReLUs. */
  private weights(name: string, shape: readonly number[], inputs: number): number {
    const reach = Math.sqrt(6 / inputs);
    const data = Float32Array.from({ length: elements(shape) }, () => (2 * randomUnit(this.seed, this.drawn++) - 1) * reach);
    return this.builder.addConstant(name, 'float32', shape, data);
  }

  private zeros(name: string, length: number): number {
    return this.builder.addConstant(name, 'float32', [length], new Float32Array(length));
  }
}
