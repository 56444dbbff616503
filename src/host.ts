/** Functions that stay on the host: what follows a network's last signal (`CoreGraph.hostOps`), on decoded values. */
import type { HostOp } from './cores/types.js';
import type { NodeView, Operator } from './graph/operator.js';
import { sigmoid } from './graph/ops/activation.js';
import { argMax } from './graph/ops/arg-max.js';
import { softmax } from './graph/ops/softmax.js';
import type { AttributeValue, ConstantTensor } from './graph/types.js';

/** Decoded values of a batch; the first dimension is the sample. */
export interface HostValues {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The functions in order, each on the result of the one before. Axes count the batch. Classes (ArgMax) are whole numbers in floats. */
export function applyHostOps(ops: readonly HostOp[], values: HostValues): HostValues {
  return ops.reduce(applyHostOp, values);
}

function applyHostOp(values: HostValues, op: HostOp): HostValues {
  const { operator, opset, attributes } = formOf(op);
  const operand: ConstantTensor = { type: 'float64', shape: values.shape, data: values.data };
  const node: NodeView<ConstantTensor> = { op: op.op, opset, attributes, inputs: [operand], outputCount: 1 };
  const [{ shape }] = operator.infer({ ...node, inputs: [{ ...operand, batched: true }] });
  const data = new Float64Array(shape.reduce((n, d) => n * d, 1));
  operator.evaluate(node, [{ type: 'float64', shape, data }]);
  return { shape, data };
}

/** The operator of the float network that a host function is. */
function formOf({ op, attributes: a }: HostOp): { operator: Operator; opset: number; attributes: Record<string, AttributeValue> } {
  switch (op) {
    case 'Softmax':
      // Before operator set 13 the function takes all dimensions from the axis on as one.
      return { operator: softmax, opset: a.flatten === 1 ? 12 : 13, attributes: { axis: a.axis ?? -1 } };
    case 'ArgMax':
      return { operator: argMax, opset: 13, attributes: { axis: a.axis ?? 0, keepdims: a.keepdims ?? 1, select_last_index: a.lastIndex ?? 0 } };
    case 'Sigmoid':
      return { operator: sigmoid, opset: 13, attributes: {} };
  }
}
