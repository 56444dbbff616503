/**
 * Spiking arithmetic (spec/chips.md, section 5): the slow, obvious reference.
 */
import { fail } from '../../diagnostics.js';
import type { SpikingArithmetic } from '../types.js';
import { at, checkLength, checkProduct, checkRange, checkValues, saturate, type Product } from './limits.js';
import { windowRange } from './window.js';

export interface SpikingSettings {
  readonly arithmetic: SpikingArithmetic;
  /** One a column. */
  readonly leak: Int32Array;
  /** One a column; `null` switches spiking off (the `membrane` readout). */
  readonly threshold: Int32Array | null;
  /** Potential before the first step, one a column; `null` = zeros. */
  readonly initial: Int32Array | null;
}

export interface SpikingResult {
  /** 0 or 1, [steps x columns]. */
  readonly spikes: Int32Array;
  /** Potential after the last step, one a column. */
  readonly membrane: Int32Array;
}

/** Runs one sample: `p.x` holds the input spikes (0 or 1), one row a time step. Refuses with T401 what breaks a limit. */
export function spikingReference(p: Product, s: SpikingSettings): SpikingResult {
  checkProduct(p);
  checkSettings(p, s);
  const a = s.arithmetic;
  const spikes = new Int32Array(p.batch * p.columns);
  const v = s.initial === null ? new Int32Array(p.columns) : Int32Array.from(s.initial);
  for (let t = 0; t < p.batch; t++) {
    for (let j = 0; j < p.columns; j++) {
      let input = 0;
      for (let i = 0; i < p.rows; i++) if (at(p.x, t * p.rows + i) === 1) input += at(p.w, i * p.columns + j);
      let potential = saturate(at(v, j) + input + at(s.leak, j), a.accumulatorBits);
      if (a.floor !== null) potential = Math.max(potential, a.floor);
      if (s.threshold !== null && potential >= at(s.threshold, j)) {
        spikes[t * p.columns + j] = 1;
        potential = a.reset === 'zero' ? 0 : potential - at(s.threshold, j);
      }
      v[j] = potential;
    }
  }
  return { spikes, membrane: v };
}

function checkSettings(p: Product, s: SpikingSettings): void {
  checkValues(p.place, 'spike', p.x, { lo: 0, hi: 1 });
  checkLength(p.place, 'leak', s.leak.length, p.columns);
  checkValues(p.place, 'leak', s.leak, s.arithmetic.leak);
  if (s.threshold !== null) {
    checkLength(p.place, 'threshold', s.threshold.length, p.columns);
    checkValues(p.place, 'threshold', s.threshold, s.arithmetic.threshold);
  }
  if (s.initial !== null) {
    checkLength(p.place, 'initial potential', s.initial.length, p.columns);
    checkValues(p.place, 'initial potential', s.initial, windowRange(s.arithmetic.accumulatorBits, true));
  }
}

/** Input coding of an integer `value` in 0..range over `steps` steps: `acc += value; if acc >= range: spike, acc -= range`. */
export function encodeSpikes(place: string, value: number, range: number, steps: number): Int32Array {
  if (!Number.isInteger(range) || range < 1) fail('T401', place, `input range is ${range}`, { limit: 'an integer of at least 1' });
  checkRange(place, 'input', value, { lo: 0, hi: range });
  let acc = 0;
  return Int32Array.from({ length: steps }, () => {
    acc += value;
    if (acc < range) return 0;
    acc -= range;
    return 1;
  });
}
