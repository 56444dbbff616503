/** Products on the workbench: for one bias after the other they are those of whole tiles, and leave nothing in the arena. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integerTile, type TileBias } from '../../src/cores/realise.js';
import { loadChip } from '../../src/data/chips.js';
import type { Expansion } from '../../src/expand/types.js';
import { int16View } from '../../src/kernels/memory.js';
import { DEFAULT_STEPS } from '../../src/tune/steps.js';
import { Workbench, type Rows, type TileSettings } from '../../src/tune/workbench.js';
import { generator, loadKernels } from '../kernels/setup.js';

const COUNT = 21;
const { instance } = loadKernels();

function benchOf(chip: string, forced?: string): Workbench {
  const expansion = { chip: loadChip(chip), signals: [], ops: [], input: 0 } as unknown as Expansion;
  const nothing = (): never => {
    throw new Error('nothing is emulated here');
  };
  return new Workbench(expansion, instance, nothing, 1, new Int16Array(0), () => Promise.resolve(), new Set(DEFAULT_STEPS), forced);
}

/** Random rows of `variable` codes, and constant ones behind. */
function rowsOn(bench: Workbench, variable: number, constantRows: number, next: ReturnType<typeof generator>): Rows {
  const { input } = bench.stage;
  const pitch = Math.ceil((variable + constantRows) / 8) * 8;
  const address = bench.arena.allocate(COUNT * pitch * 2 + 64);
  int16View(bench.memory, address, COUNT * pitch).forEach((_, i, view) => (view[i] = i % pitch < variable ? next(input.lo, input.hi) : input.hi));
  return { address, pitch, count: COUNT };
}

describe.each(['prime', 'prime-fixed', 'prime-ideal', 'tianji'])('biases of one tile for %s', (chip) => {
  it.each([undefined, 'scalar'])('give what whole tiles give (kernel: %s)', (forced) => {
    const seen = new Set<number>();
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 20 }), (seed, variable, columns) => {
      const next = generator(seed);
      const bench = benchOf(chip, forced);
      const { stage } = bench;
      const constantRows = stage.bias === 'rows' ? 3 : 0;
      const before = bench.arena.mark();
      bench.scoped(() => {
        const rows = rowsOn(bench, variable, constantRows, next);
        const weights = Int16Array.from({ length: variable * columns }, () => next(stage.weights.lo, stage.weights.hi));
        const rounded = { weights, columns, fromZeros: new Float64Array(columns) };
        const k = stage.exponents[next(0, stage.exponents.length - 1)]!;
        const settings: TileSettings = { constantRows, config: stage.config(k), table: null };
        const codesOf = bench.products(rounded, settings, rows);
        for (let trial = 0; trial < 3; trial++) {
          const bias: TileBias = {
            constants: Int16Array.from({ length: constantRows * columns }, () => next(stage.weights.lo, stage.weights.hi)),
            preload: stage.bias === 'rows' ? null : Int32Array.from({ length: columns }, () => next(-100000, 100000)),
          };
          const codes = codesOf(bias).slice();
          expect(codes).toEqual(bench.product({ ...settings, ...integerTile(rounded, bias), rows: variable + constantRows, columns }, rows));
          codes.forEach((code) => seen.add(code));
        }
      });
      expect(bench.arena.mark()).toEqual(before);
    }), { numRuns: 12, seed: 4 });
    // A converter of one gain gives few codes.
    expect(seen.size).toBeGreaterThan(chip === 'prime-fixed' ? 2 : 20);
  });
});
