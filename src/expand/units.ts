/** ReLU(+-(q - at)) on codes as a column of a core: one row with the weight that acts as +-1, and a bias that is the knot. */
import type { Chip } from '../chip/types.js';
import { unitWeight, type LinearStage } from '../cores/realise.js';
import { fail } from '../diagnostics.js';
import { runTile } from './arithmetic.js';
import type { Unit } from './lines.js';

/** A column of one row, its bias, and the codes that it gives for every code of the input. */
export interface UnitColumn {
  readonly weight: number;
  readonly preload: number;
  /** Weights of rows that see the greatest input code, where the chip has no preload. */
  readonly constants: readonly number[];
  readonly codes: Int32Array;
}

/** Makes the columns of units on codes `lo`..`lo + count - 1`. */
export class UnitMaker {
  readonly k: number;
  private readonly weight: number;
  private readonly made = new Map<string, UnitColumn>();
  /** Where biases are rows: columns by their sign, tried once. */
  private readonly tried = new Map<1 | -1, { readonly constants: readonly number[]; readonly codes: Int32Array }[]>();

  /** Refuses (T400) chips whose sums cannot be ReLUs of codes. */
  constructor(private readonly chip: Chip, private readonly stage: LinearStage, place: string, private readonly lo: number, private readonly count: number) {
    const unit = unitWeight(stage);
    if (unit === null || stage.input.lo !== 0 || stage.output.lo !== 0) {
      fail('T400', place, `chip ${chip.name} has no table for this function, and no sums that are ReLUs of codes`, {
        limit: 'codes from 0 and a weight that acts as exactly 1', remedy: 'Use a chip with a table, or ReLU in the network',
      });
    }
    this.k = unit.k;
    this.weight = unit.weight;
  }

  column(unit: Unit): UnitColumn {
    const key = `${unit.sign}:${unit.at}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const column = this.stage.bias === 'preload' ? this.exact(unit) : this.nearest(unit);
    this.made.set(key, column);
    return column;
  }

  private exact({ at, sign }: Unit): UnitColumn {
    const [weight, preload] = [sign * this.weight, -sign * this.weight * (this.lo + at)];
    const tile = { rows: 1, columns: 1, weights: Int32Array.of(weight), preload: Int32Array.of(preload), k: this.k };
    return { weight, preload, constants: [], codes: runTile(this.chip, this.stage, tile, this.domain(0)) };
  }

  /** The bias in constant rows whose codes are nearest to the unit's on every code: converters cut parts off, so that it has to be tried. */
  private nearest({ at, sign }: Unit): UnitColumn {
    const wanted = Int32Array.from({ length: this.count }, (_, q) => Math.min(Math.max(sign * (q - at), 0), this.stage.output.hi));
    let best = { error: Infinity, index: 0 };
    const columns = this.biased(sign);
    columns.forEach(({ codes }, index) => {
      const error = codes.reduce((sum, code, q) => sum + Math.abs(code - (wanted[q] as number)), 0);
      if (error < best.error) best = { error, index };
    });
    return { weight: sign * this.weight, preload: 0, ...columns[best.index] };
  }

  /** Columns with biases from none to that of the greatest code, fewest rows first: whole steps of the greatest code, and parts of one below a cell's size. */
  private biased(sign: 1 | -1): { readonly constants: readonly number[]; readonly codes: Int32Array }[] {
    const known = this.tried.get(sign);
    if (known !== undefined) return known;
    const { arithmetic } = this.chip;
    const cell = arithmetic.kind === 'composed' ? 2 ** arithmetic.cellBits - 1 : this.stage.weights.hi;
    const most = Math.ceil(2 ** this.k * 0.7);
    const biases = [0, -sign * this.weight].flatMap((whole) => Array.from({ length: 2 * most + 1 }, (_, i) => {
      const rest = i - most;
      return [...(whole === 0 ? [] : [whole]), ...shares(rest, cell)];
    })).sort((a, b) => a.length - b.length);
    const rows = 1 + Math.max(...biases.map((b) => b.length));
    const columns = biases.length;
    const weights = new Int32Array(rows * columns);
    biases.forEach((constants, j) => [sign * this.weight, ...constants].forEach((w, i) => (weights[i * columns + j] = w)));
    const codes = runTile(this.chip, this.stage, { rows, columns, weights, preload: null, k: this.k }, this.domain(rows - 1));
    const result = biases.map((constants, j) => ({
      constants, codes: Int32Array.from({ length: this.count }, (_, q) => codes[q * columns + j] as number),
    }));
    this.tried.set(sign, result);
    return result;
  }

  /** Every code, each with `constants` times the greatest code behind it. */
  private domain(constants: number): Int32Array {
    const width = 1 + constants;
    const x = new Int32Array(this.count * width).fill(this.stage.input.hi);
    for (let q = 0; q < this.count; q++) x[q * width] = this.lo + q;
    return x;
  }
}

/** A whole number as the sum of as few as possible of at most `most` each. */
export function shares(total: number, most: number): number[] {
  const result: number[] = [];
  for (let left = total; left !== 0; ) {
    const share = Math.sign(left) * Math.min(Math.abs(left), most);
    result.push(share);
    left -= share;
  }
  return result;
}
