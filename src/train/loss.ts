/** What training makes small. Both are means over the samples of a batch. */
import { exp, log } from '../graph/ops/exponential.js';

export type LossName = 'cross-entropy' | 'squared-error';

/** Greatest class of a sample; the smaller number of equals. */
export function classOf(logits: Float32Array, sample: number, classes: number): number {
  let best = 0;
  for (let j = 1; j < classes; j++) if (logits[sample * classes + j] > logits[sample * classes + best]) best = j;
  return best;
}

/**
 * Softmax cross-entropy, -log(e^z[label] / sum of e^z), of logits [n x classes], summed over the n samples. The gradient is written
 * divided by `batch`.
 */
export function crossEntropy(logits: Float32Array, labels: Int32Array, batch: number, gradient: Float32Array): number {
  const n = labels.length;
  const classes = logits.length / n;
  const powers = new Float64Array(classes);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const first = i * classes;
    const greatest = logits[first + classOf(logits, i, classes)];
    let sum = 0;
    for (let j = 0; j < classes; j++) sum += powers[j] = exp(logits[first + j] - greatest);
    for (let j = 0; j < classes; j++) gradient[first + j] = (powers[j] / sum - (j === labels[i] ? 1 : 0)) / batch;
    loss += log(sum) - (logits[first + labels[i]] - greatest);
  }
  return loss;
}

/** The mean over a sample's outputs of (output - target)^2, summed over n samples. The gradient is written divided by `batch`. */
export function squaredError(outputs: Float32Array, targets: Float32Array, n: number, batch: number, gradient: Float32Array): number {
  const size = outputs.length / n;
  let loss = 0;
  for (let i = 0; i < outputs.length; i++) {
    const error = outputs[i] - targets[i];
    gradient[i] = (2 * error) / (size * batch);
    loss += error * error;
  }
  return loss / size;
}
