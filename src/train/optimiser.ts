/** Steps of gradient descent, on the kernels. */
import type { RunContext } from '../graph/steps/step.js';

export interface Momentum {
  readonly name: 'momentum';
  /** Learning rate (0.05). */
  readonly rate?: number;
  /** 0 (plain gradient descent) to below 1 (0.9). */
  readonly momentum?: number;
  /** Weight decay, added to the gradient as decay * weight (0). */
  readonly decay?: number;
}

export interface Adam {
  readonly name: 'adam';
  /** Learning rate (0.001). */
  readonly rate?: number;
  /** Decay of the means of gradients (0.9) and of their squares (0.999). */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled weight decay: each step takes rate * decay of a weight away (0). */
  readonly decay?: number;
}

export type Optimiser = Momentum | Adam;

/** Adam's epsilon, as published. */
const EPSILON = 1e-8;

/** The learning rate that an optimiser starts with. */
export function rateOf(optimiser: Optimiser): number {
  return optimiser.rate ?? (optimiser.name === 'adam' ? 0.001 : 0.05);
}

/** One optimiser over a block of `length` parameters at `weights`, their gradients at `gradients`. `state`: 2 * length floats that are 0. */
export class Descent {
  private readonly call: RunContext['call'];
  /** beta^t of Adam. */
  private power1 = 1;
  private power2 = 1;

  constructor(
    private readonly optimiser: Optimiser, call: RunContext['call'], private readonly weights: number, private readonly gradients: number,
    private readonly state: number, private readonly length: number,
  ) {
    this.call = call;
  }

  /** `scale`: the schedule's part of the learning rate. */
  step(scale: number): void {
    const { optimiser, weights, gradients, state, length } = this;
    const rate = rateOf(optimiser) * scale;
    if (optimiser.name === 'momentum') {
      this.call('momentumStep', weights, gradients, state, length, rate, optimiser.momentum ?? 0.9, optimiser.decay ?? 0);
      return;
    }
    const { beta1 = 0.9, beta2 = 0.999, epsilon = EPSILON, decay = 0 } = optimiser;
    this.power1 *= beta1;
    this.power2 *= beta2;
    // m / (1 - b1^t) / (sqrt(s / (1 - b2^t)) + epsilon), with the corrections taken out of the loop.
    const root = Math.sqrt(1 - this.power2);
    const corrected = (rate * root) / (1 - this.power1);
    this.call('adamStep', weights, gradients, state, state + length * 4, length, corrected, beta1, beta2, epsilon * root, rate * decay);
  }
}
