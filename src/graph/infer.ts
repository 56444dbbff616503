/**
 * One node at a time: checks that hold for every operator, shape inference, and plain evaluation with real shapes.
 */
import { bytesOf, finishHalf, newArray } from './data-types.js';
import { elements, refuse, type NodeView, type Operator, type TensorType } from './operator.js';
import { OPERATORS } from './table.js';
import type { AttributeValue, ConstantTensor } from './types.js';

/** Greatest number of bytes of one tensor of one sample; beyond it a file is broken or out of reach. */
export const GREATEST_TENSOR = 2 ** 30;

/** The row of an operator; T102 if there is none. */
export function operatorOf(op: string): Operator {
  return OPERATORS.get(op) ?? refuse('T102', 'the operator is not supported');
}

/**
 * Types and shapes of a node's outputs. Errors (`Refusal`): T101 wrong number of operands, T102 operator, T103 attribute, operand or
 * mixing of samples, T104 shapes.
 */
export function inferNode(node: NodeView): TensorType[] {
  const operator = operatorOf(node.op);
  for (const name of Object.keys(node.attributes)) {
    const since = operator.operandsSince?.[name] ?? Infinity;
    if (node.opset >= since) {
      refuse('T103', `attribute "${name}" at operator set ${node.opset}`, 'Give it as an operand', `before operator set ${since}; from there on an operand`);
    }
    if (operator.attributes.includes(name)) continue;
    refuse('T103', `attribute "${name}" is not supported`, undefined, operator.attributes.join(', ') || 'no attributes');
  }
  const [least, greatest] = operator.arity;
  const { length } = node.inputs;
  if (length < least || length > greatest) refuse('T101', `${length} operands`, undefined, `${least}..${greatest} operands`);
  for (let i = 0; i < least; i++) if (!node.inputs[i]) refuse('T101', `operand ${i} is missing`);
  const batched = node.inputs.some((operand) => operand?.batched);
  for (const i of (batched && operator.constantInputs) || []) {
    if (node.inputs[i] && !node.inputs[i].data) refuse('T103', `operand ${i} depends on the input; only a constant is supported`);
  }
  const outputs = operator.infer(node);
  if (node.outputCount > outputs.length) refuse('T103', `${node.outputCount} outputs instead of ${outputs.length}`);
  outputs.forEach(checkSize);
  const reason = batched ? operator.mixesSamples(node, outputs) : null;
  if (reason !== null) refuse('T103', `mixes samples: ${reason}`, 'keep the first dimension for the samples');
  return outputs;
}

function checkSize({ type, shape }: TensorType): void {
  const bytes = elements(shape) * bytesOf(type);
  if (bytes <= GREATEST_TENSOR) return;
  refuse('T104', `a tensor [${shape.join(', ')}] has ${bytes} bytes`, 'use a smaller input', `${GREATEST_TENSOR} bytes`);
}

/**
 * Computes one operator on given tensors, of any shapes (no sample dimension is assumed). Gives all outputs up to `outputCount`.
 * Errors as `inferNode`.
 */
export function evaluateNode(
  op: string,
  attributes: Readonly<Record<string, AttributeValue>>,
  inputs: readonly (ConstantTensor | null)[],
  opset: number,
  outputCount = 1,
): ConstantTensor[] {
  const types = inferNode({ op, attributes, opset, outputCount, inputs: inputs.map((tensor) => tensor && { ...tensor, batched: false }) });
  const outputs = types.map(({ type, shape }): ConstantTensor => ({ type, shape, data: newArray(type, elements(shape)) }));
  operatorOf(op).evaluate({ op, attributes, opset, outputCount, inputs }, outputs);
  outputs.forEach(finishHalf);
  return outputs;
}
