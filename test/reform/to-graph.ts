/** A reformed network as a float network again, so that it can be run: [C, H, W] maps, one ONNX operator or a few a node. */
import { GraphBuilder } from '../../src/graph/build.js';
import type { AttributeValue, Graph } from '../../src/graph/types.js';
import type { Activation } from '../../src/cores/activation.js';
import type { Edge, MaxPoolNode, PermuteNode, Reformed, SumNode, Term, WireNode } from '../../src/reform/types.js';

/** The graph takes the input edge's map, [1, C, H, W], and gives every edge so; `tensorOf`: the tensor of each edge. */
export function toGraph(reformed: Reformed): { readonly graph: Graph; readonly tensorOf: ReadonlyMap<Edge, number> } {
  return new Back(reformed).graph();
}

type Ints = readonly number[];

class Back {
  private readonly builder: GraphBuilder;
  private readonly tensors = new Map<Edge, number>();

  constructor(private readonly reformed: Reformed) {
    this.builder = new GraphBuilder(reformed.name, 13);
  }

  graph(): { graph: Graph; tensorOf: Map<Edge, number> } {
    const { input, nodes } = this.reformed;
    const first = this.builder.addTensor('input', 'float32', [1, ...input.shape]);
    this.tensors.set(input, first);
    for (const node of nodes) {
      switch (node.kind) {
        case 'sum':
          this.tensors.set(node.output, this.sum(node));
          break;
        case 'function':
          this.tensors.set(node.output, this.activation(node.activation, this.of(node.input)));
          break;
        case 'maxpool':
          this.tensors.set(node.output, this.maxPool(node));
          break;
        case 'wire':
          this.tensors.set(node.output, this.wire(node));
          break;
        case 'permute':
          this.tensors.set(node.output, this.permute(node));
      }
    }
    this.builder.setInputs([first]);
    this.builder.setOutputs(nodes.map((node) => this.of(node.output)));
    const { graph, tensors } = this.builder.renumber();
    return { graph, tensorOf: new Map([...this.tensors].map(([edge, id]) => [edge, tensors.get(id)!])) };
  }

  private of(edge: Edge): number {
    const id = this.tensors.get(edge);
    if (id === undefined) throw new Error(`${edge.name} is read before it is made`);
    return id;
  }

  private shape(id: number): Ints {
    return this.builder.tensor(id).shape.slice(1);
  }

  private node(op: string, inputs: Ints, shape: Ints, attributes: Record<string, AttributeValue> = {}): number {
    const output = this.builder.addTensor(`t${this.builder.nodes().length}`, 'float32', [1, ...shape]);
    this.builder.addNode(op, inputs, [output], attributes);
    return output;
  }

  private floats(shape: Ints, values: ArrayLike<number>): number {
    return this.builder.addConstant('constant', 'float32', shape, Float32Array.from(values));
  }

  private ints(values: Ints): number {
    return this.builder.addConstant('ints', 'int64', [values.length], Float64Array.from(values));
  }

  private sum(node: SumNode): number {
    const terms = node.terms.map((term) => this.term(term, node.output));
    const total = terms.reduce((a, b) => this.node('Add', [a, b], node.output.shape));
    const biased = this.node('Add', [total, this.floats([node.bias.length, 1, 1], node.bias)], node.output.shape);
    return node.activation === null ? biased : this.activation(node.activation, biased);
  }

  /** Zeros around (or a cut of) the input such that the output's positions are all of a convolution without padding. */
  private term(term: Term, output: Edge): number {
    const { kernel, stride, dilation, groups, weights } = term;
    const input = this.windowed(this.of(term.input), term, output);
    const [outputs] = output.shape;
    const w = this.floats([outputs, term.input.shape[0] / groups, ...kernel], weights);
    return this.node('Conv', [input, w], output.shape, { group: groups, kernel_shape: kernel, strides: stride, dilations: dilation, pads: [0, 0, 0, 0] });
  }

  private windowed(id: number, g: Pick<Term, 'kernel' | 'stride' | 'dilation' | 'origin'>, output: Edge, value = 0): number {
    const shape = this.shape(id);
    const last = [0, 1].map((d) => g.origin[d]! + (output.shape[d + 1]! - 1) * g.stride[d]! + (g.kernel[d]! - 1) * g.dilation[d]!);
    const before = g.origin.map((o) => -o);
    const after = last.map((l, d) => l - (shape[d + 1]! - 1));
    const pads = [0, 0, ...before, 0, 0, ...after];
    const size = [shape[0]!, ...[0, 1].map((d) => shape[d + 1]! + before[d]! + after[d]!)];
    if (pads.every((p) => p === 0)) return id;
    return this.node('Pad', [id, this.ints(pads), this.floats([], [value])], size);
  }

  private activation(a: Activation, x: number): number {
    const shape = this.shape(x);
    switch (a.op) {
      case 'Clip':
        return this.node('Clip', [x, this.floats([], [Math.max(a.lo, -3e38)]), this.floats([], [Math.min(a.hi, 3e38)])], shape);
      case 'PRelu':
        return this.node('PRelu', [x, this.floats([a.slope.length, 1, 1], a.slope)], shape);
      case 'Function':
        if (a.name === 'Pow') return this.node('Pow', [x, this.floats([], [a.parameters.exponent!])], shape);
        return a.name === 'GeluTanh' ? this.node('Gelu', [x], shape, { approximate: 'tanh' }) : this.node(a.name, [x], shape, a.parameters);
    }
  }

  private maxPool(node: MaxPoolNode): number {
    const input = this.windowed(this.of(node.input), node, node.output, -3e38);
    return this.node('MaxPool', [input], node.output.shape, { kernel_shape: node.kernel, strides: node.stride, dilations: node.dilation, pads: [0, 0, 0, 0] });
  }

  /** Every piece, cut out and put where it lands in a map of zeros; their sum, as pieces do not overlap. */
  private wire(node: WireNode): number {
    const pieces = node.pieces.map(({ input, from, step, size, to }) => {
      // A step of 0 repeats one cell: that cell, and its sum with zeros of the piece's size.
      const ends = from.map((f, d) => f + (step[d] === 0 ? 1 : step[d]! * size[d]!));
      const least = -(2 ** 31);
      const cut = size.map((n, d) => (step[d] === 0 ? 1 : n));
      const slice = this.node('Slice', [
        this.of(input), this.ints(from), this.ints(ends.map((e) => (e < 0 ? least : e))), this.ints([1, 2, 3]), this.ints(step.map((s) => s || 1)),
      ], cut);
      const zeros = (): number => this.floats([1, ...size], new Array<number>(size[0] * size[1] * size[2]).fill(0));
      const repeated = cut.join() === size.join() ? slice : this.node('Add', [slice, zeros()], size);
      const after = node.output.shape.map((n, d) => n - to[d]! - size[d]!);
      return this.node('Pad', [repeated, this.ints([0, ...to, 0, ...after])], node.output.shape);
    });
    return pieces.reduce((a, b) => this.node('Add', [a, b], node.output.shape));
  }

  private permute(node: PermuteNode): number {
    const view = this.node('Reshape', [this.of(node.input), this.ints([-1, ...node.view])], node.view);
    const moved = this.node('Transpose', [view], node.axes.map((a) => node.view[a]!), { perm: [0, ...node.axes.map((a) => a + 1)] });
    return this.node('Reshape', [moved, this.ints([-1, ...node.output.shape])], node.output.shape);
  }
}
