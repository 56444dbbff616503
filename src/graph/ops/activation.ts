/**
 * Operators that are a function of one element.
 */
import { numberAttribute, stringAttribute } from '../attributes.js';
import { isFloat } from '../data-types.js';
import { firstDimensionStays, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { UNARY, unary, type Parameters, type Scalar } from './unary.js';

type WithAttributes = Pick<NodeView, 'attributes'>;

function elementwise(name: string, attributes: readonly string[], anyType: boolean, functionFor: (node: WithAttributes) => Scalar): Operator {
  return {
    name,
    attributes,
    arity: [1, 1],
    infer(node) {
      const x = input(node, 0);
      if (!anyType && !isFloat(x.type)) refuse('T103', `operand is ${x.type}, not a float type`);
      // Attributes that are none are refused before anything runs.
      functionFor(node);
      return [{ type: x.type, shape: x.shape }];
    },
    mixesSamples: firstDimensionStays,
    evaluate(node: NodeView<ConstantTensor>, [output]) {
      if (!output) return;
      const x = input(node, 0).data;
      const y = output.data;
      const f = functionFor(node);
      for (let i = 0; i < y.length; i++) y[i] = f(x[i] as number);
    },
  };
}

/** The function of `UNARY` that a node computes, and its parameters, which are attributes of the same names. */
export function unaryOf(node: WithAttributes & { readonly op: string }): { readonly name: string; readonly parameters: Parameters } {
  if (node.op === 'Gelu') return { name: geluForm(node), parameters: {} };
  const defaults = Object.entries(UNARY[node.op].parameters);
  return {
    name: node.op,
    parameters: Object.fromEntries(defaults.map(([name, fallback]) => [name, Math.fround(numberAttribute(node, name, fallback))])),
  };
}

function geluForm(node: WithAttributes): 'Gelu' | 'GeluTanh' {
  const form = stringAttribute(node, 'approximate', 'none');
  if (form === 'none') return 'Gelu';
  return form === 'tanh' ? 'GeluTanh' : refuse('T103', `attribute "approximate" is ${form}`, undefined, 'none or tanh');
}

/** The operator of a function of the table; its attributes are the function's parameters. */
function named(op: string, anyType = false): Operator {
  const attributes = op === 'Gelu' ? ['approximate'] : Object.keys(UNARY[op].parameters);
  return elementwise(op, attributes, anyType, ({ attributes: given }) => {
    const { name, parameters } = unaryOf({ op, attributes: given });
    return unary(name, parameters);
  });
}

/** y = max(x, 0). */
export const relu = elementwise('Relu', [], true, () => (x) => (x > 0 ? x : x === x ? 0 : x));

/** y = -x; the least integer stays. */
export const neg = elementwise('Neg', [], true, () => (x) => -x);

/** y = |x|. */
export const abs = named('Abs', true);
/** y = x if x >= 0, else alpha * (e^x - 1) (alpha 1). */
export const elu = named('Elu');
/** y = 2 / sqrt(pi) * integral of e^-t^2 from 0 to x. */
export const erf = named('Erf');
/** y = e^x. */
export const exp = named('Exp');
/** y = x / 2 * (1 + erf(x / sqrt 2)), or with `approximate` "tanh" the form with tanh. */
export const gelu = named('Gelu');
/** y = min(max(alpha * x + beta, 0), 1) (alpha 0.2, beta 0.5). */
export const hardSigmoid = named('HardSigmoid');
/** y = x * min(max(x / 6 + 1/2, 0), 1). */
export const hardSwish = named('HardSwish');
/** y = x if x >= 0, else alpha * x (alpha 0.01). */
export const leakyRelu = named('LeakyRelu');
/** y = ln x. */
export const log = named('Log');
/** y = x * tanh(ln(1 + e^x)). */
export const mish = named('Mish');
/** y = 1 / x. */
export const reciprocal = named('Reciprocal');
/** y = gamma * x if x > 0, else gamma * alpha * (e^x - 1). */
export const selu = named('Selu');
/** y = 1 / (1 + e^-x). */
export const sigmoid = named('Sigmoid');
/** y = ln(1 + e^x). */
export const softplus = named('Softplus');
/** y = x / (1 + |x|). */
export const softsign = named('Softsign');
/** y = sqrt x. */
export const sqrt = named('Sqrt');
/** y = x / (1 + e^(-alpha * x)) (alpha 1): SiLU. */
export const swish = named('Swish');
/** y = (e^x - e^-x) / (e^x + e^-x). */
export const tanh = named('Tanh');
