/**
 * Products of functions of one value, found by what they compute: x * sigmoid(x), x / 2 * (1 + erf(x / sqrt 2)) and their like become one function,
 * whatever nodes an exporter has written them as.
 */
import { evaluateNode } from '../../graph/infer.js';
import { elements } from '../../graph/operator.js';
import { UNARY, unary, type Parameters } from '../../graph/ops/unary.js';
import type { ConstantTensor, GraphNode } from '../../graph/types.js';
import type { Rewriter } from './rewriter.js';

interface Known {
  readonly op: string;
  readonly attributes: Readonly<Record<string, number | string>>;
  /** In the table of functions. */
  readonly name: string;
  readonly parameters: Parameters;
}

/** Functions looked for, times any factor. */
const KNOWN: readonly Known[] = [
  { op: 'Swish', name: 'Swish', attributes: {}, parameters: {} },
  { op: 'Swish', name: 'Swish', attributes: { alpha: 1.702 }, parameters: { alpha: 1.702 } },
  { op: 'HardSwish', name: 'HardSwish', attributes: {}, parameters: {} },
  { op: 'Gelu', name: 'Gelu', attributes: {}, parameters: {} },
  { op: 'Gelu', name: 'GeluTanh', attributes: { approximate: 'tanh' }, parameters: {} },
  { op: 'Mish', name: 'Mish', attributes: {}, parameters: {} },
];
/** Where functions are compared, and how near they must be. */
const GRID = Float32Array.from({ length: 65 }, (_, i) => (i - 32) / 5);
const NEAR = 2e-6;

const JOINS = ['Add', 'Sub', 'Mul', 'Div'];

/** Replaces every product that is a known function of one value. */
export function recognise(r: Rewriter): void {
  /** The value that a tensor is a function of, for all that are functions of another. */
  const roots = new Map<number, number>();
  const rootOf = (id: number): number => roots.get(id) ?? id;
  /** Those among them that are made by a product of two, and multiples of such. */
  const products = new Set<number>();
  for (const node of r.nodes()) {
    const signals = node.inputs.filter((id) => id >= 0 && !r.isConstant(id));
    const constants = node.inputs.filter((id) => id >= 0 && r.isConstant(id));
    if (node.outputs.length !== 1 || signals.length === 0 || constants.some((id) => elements(r.tensor(id).shape) !== 1)) continue;
    if (!JOINS.includes(node.op) && !['Relu', 'Clip', 'Neg', 'Identity', 'Pow'].includes(node.op) && !Object.hasOwn(UNARY, node.op)) continue;
    const root = rootOf(signals[0]);
    if (signals.some((id) => rootOf(id) !== root)) continue;
    const product = node.op === 'Mul' && (signals.length === 2 ? signals[0] !== signals[1] : products.has(signals[0]));
    if (product) products.add(node.outputs[0]);
    // A multiple takes the place of the product that it is of.
    const known = product ? find(r, node, root) : null;
    if (known !== null) {
      const near = r.tensor(node.outputs[0]).name;
      r.replace(node, r.scaled(near, r.node(near, known.op, [root], known.attributes), known.factor));
    }
    roots.set(node.outputs[0], root);
  }
}

function find(r: Rewriter, node: GraphNode, root: number): (Pick<Known, 'op' | 'attributes'> & { factor: number }) | null {
  const values = valuesOf(r, node, root);
  for (const { op, name, attributes, parameters } of KNOWN) {
    const f = unary(name, parameters);
    const exact = (values[values.length - 1] as number) / f(GRID[GRID.length - 1] as number);
    // Of factors that exporters write, float32 has rounded some.
    const factor = Math.abs(exact - Math.round(exact * 2) / 2) < NEAR ? Math.round(exact * 2) / 2 : exact;
    if (factor !== 0 && values.every((v, i) => Math.abs(v - factor * f(GRID[i] as number)) <= NEAR * Math.abs(factor) * 8)) return { op, attributes, factor };
  }
  return null;
}

/** The values of a node's output where the root has those of the grid. */
function valuesOf(r: Rewriter, node: GraphNode, root: number): Float32Array {
  const known = new Map<number, ConstantTensor>([[root, { type: 'float32', shape: [GRID.length], data: GRID }]]);
  const tensorOf = (id: number): ConstantTensor => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const { data, type } = r.tensor(id);
    if (data !== undefined) return { type, shape: [], data };
    const maker = r.producer(id);
    if (maker === undefined) throw new Error('not a function of the root');
    const made = evaluate(maker);
    known.set(id, made);
    return made;
  };
  const evaluate = (maker: GraphNode): ConstantTensor =>
    evaluateNode(maker.op, maker.attributes, maker.inputs.map((id) => (id < 0 ? null : tensorOf(id))), r.opset)[0];
  return Float32Array.from(evaluate(node).data);
}
