/** Small recurrent classifiers, in every form of the three operators. */
import { generator } from '../kernels/setup.js';
import { floats, integers, type ModelNode, type ModelParts } from '../read/models.js';

export interface RecurrentCase extends ModelParts {
  readonly name: string;
}

const [TIME, INPUTS, HIDDEN, CLASSES] = [4, 3, 5, 3];
const GATES: Readonly<Record<string, number>> = { RNN: 1, GRU: 3, LSTM: 4 };

interface Form {
  readonly attributes?: ModelNode['attributes'];
  /** Operands besides X, W and R: biases unless `false`, the initial states, lengths of sequences, peepholes. */
  readonly bias?: boolean;
  readonly states?: boolean;
  readonly length?: number;
  readonly peepholes?: boolean;
  /** The output that the classifier reads: all steps, the last h, the last c. */
  readonly reads?: 0 | 1 | 2;
}

let seed = 900;
function random(shape: readonly number[], scale: number): ReturnType<typeof floats> {
  const next = generator(seed++);
  return floats(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (next(-128, 128) / 128) * scale));
}

function classifier(name: string, op: string, form: Form = {}): RecurrentCase {
  const { attributes = {}, bias = true, states = false, length, peepholes = false, reads = 1 } = form;
  const directions = attributes['direction'] === 'bidirectional' ? 2 : 1;
  const gates = GATES[op]!;
  const read = [TIME * directions * HIDDEN, directions * HIDDEN, directions * HIDDEN][reads]!;
  const inputs = [
    'x', 'w', 'r', bias ? 'b' : '', length === undefined ? '' : 'lengths', states ? 'h' : '', states && op === 'LSTM' ? 'c' : '', peepholes ? 'p' : '',
  ].slice(0, op === 'LSTM' ? 8 : 6);
  return {
    name, opset: 14, input: ['N', TIME, INPUTS],
    constants: {
      w: random([directions, gates * HIDDEN, INPUTS], 0.8), r: random([directions, gates * HIDDEN, HIDDEN], 0.6),
      b: random([directions, 2 * gates * HIDDEN], 0.3), h: random([1, directions, HIDDEN], 0.5), c: random([1, directions, HIDDEN], 0.5),
      p: random([directions, 3 * HIDDEN], 0.5), lengths: { ...integers([length ?? TIME]), dataType: 6, int64Data: [], int32Data: [length ?? TIME] },
      m: random([CLASSES, read], 0.5), shift: random([CLASSES], 0.2),
    },
    nodes: [
      {
        op, inputs, outputs: op === 'LSTM' ? ['y', 'yh', 'yc'] : ['y', 'yh'], attributes: { hidden_size: HIDDEN, layout: 1, ...attributes },
      },
      { op: 'Flatten', inputs: [['y', 'yh', 'yc'][reads]!], outputs: ['flat'] },
      { op: 'Gemm', inputs: ['flat', 'm', 'shift'], outputs: ['logits'], attributes: { transB: 1 } },
    ],
  };
}

/** One of each operator, as exporters write them. */
export const CLASSIFIERS: readonly RecurrentCase[] = [
  classifier('rnn', 'RNN'), classifier('gru', 'GRU', { attributes: { linear_before_reset: 1 } }), classifier('lstm', 'LSTM'),
];

export const FORMS: readonly RecurrentCase[] = [
  classifier('rnn: both directions, all steps', 'RNN', { attributes: { direction: 'bidirectional' }, reads: 0 }),
  classifier('rnn: backwards, with a state', 'RNN', { attributes: { direction: 'reverse' }, states: true }),
  classifier('rnn: relu', 'RNN', { attributes: { activations: ['Relu'] } }),
  classifier('rnn: affine', 'RNN', { attributes: { activations: ['Affine'], activation_alpha: [0.5], activation_beta: [0.25] } }),
  classifier('rnn: two functions', 'RNN', {
    attributes: { direction: 'bidirectional', activations: ['LeakyRelu', 'ScaledTanh'], activation_alpha: [0.125, 0.75], activation_beta: [0.5] },
  }),
  classifier('rnn: a shorter sequence', 'RNN', { length: 2, reads: 0 }),
  classifier('rnn: a shorter sequence backwards', 'RNN', { attributes: { direction: 'reverse' }, length: 3, reads: 0 }),
  classifier('rnn: clipped', 'RNN', { attributes: { clip: 0.25 } }),
  classifier('gru: no bias', 'GRU', { bias: false, states: true }),
  classifier('gru: reset first', 'GRU', { states: true, reads: 0 }),
  classifier('gru: reset last, no state', 'GRU', { attributes: { linear_before_reset: 1, direction: 'bidirectional' } }),
  classifier('gru: hard sigmoid', 'GRU', { attributes: { activations: ['HardSigmoid', 'Softsign'], activation_alpha: [0.25], activation_beta: [0.5] } }),
  classifier('lstm: peepholes and states', 'LSTM', { peepholes: true, states: true }),
  classifier('lstm: the cell', 'LSTM', { attributes: { direction: 'bidirectional' }, reads: 2 }),
  classifier('lstm: input and forget coupled', 'LSTM', { attributes: { input_forget: 1 }, states: true, reads: 0 }),
  classifier('lstm: clipped', 'LSTM', { attributes: { clip: 0.5 }, states: true }),
];
