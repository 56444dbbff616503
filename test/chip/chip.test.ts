import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtinChips, parseChip, printChip } from '../../src/chip/chip.js';
import { chipText, loadChip } from '../../src/data/chips.js';
import { TrestleError } from '../../src/diagnostics.js';

function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof TrestleError) return error.diagnostics.map((d) => `${d.code} ${d.place} ${d.message}`);
    throw error;
  }
  return [];
}

const prime = chipText('prime');

describe('built-in chips', () => {
  it('have the limits of the table in spec/chips.md', () => {
    const rows = builtinChips().map((name) => {
      const { arithmetic, core, weights, inputs, outputs, nonLinearities, pooling } = loadChip(name);
      const range = (r: { lo: number; hi: number }): string => `${r.lo}..${r.hi}`;
      return [
        name, arithmetic.kind, `${core.rows ?? 'any'} x ${core.columns ?? 'any'}`, weights === null ? 'float' : range(weights),
        inputs.map(range).join(' or '), outputs.map(range).join(' or '), nonLinearities.join(', '), pooling === null ? 'none' : pooling.arity ?? 'any',
      ].join(' | ');
    });
    expect(rows).toEqual([
      'ideal | float | any x any | float |  |  | any | any',
      'tianji | window | 256 x 256 | -128..127 | 0..255 or -128..127 | 0..255 or -128..127 | table | none',
      'tianji-snn | spiking | 256 x 256 | -128..127 | 0..1 | 0..1 | lif | none',
      'prime | composed | 256 x 256 | -255..255 | 0..63 | 0..63 | relu, table | 4',
      'prime-fixed | composed | 256 x 256 | -255..255 | 0..63 | 0..63 | relu, table | 4',
      'prime-ideal | ideal-limits | 256 x 256 | -255..255 | 0..63 | 0..63 | relu | 4',
    ]);
  });

  it('have the parameters of sections 3 to 6', () => {
    expect(loadChip('tianji').arithmetic).toEqual({ kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 });
    expect(loadChip('tianji').layout).toEqual({ coresPerChip: 6, mesh: null });
    const composed = {
      kind: 'composed', inputBits: 6, phaseBits: 3, weightBits: 8, cellBits: 4, converterBits: 6, fullScaleShift: 16, greatestGain: 9, outputBits: 6,
      polarity: 'subtract',
    };
    expect(loadChip('prime').arithmetic).toEqual(composed);
    expect(loadChip('prime').core.mats).toBe(4);
    expect(loadChip('prime-fixed').arithmetic).toEqual({ ...composed, greatestGain: 0 });
    expect(loadChip('prime-ideal').arithmetic).toEqual({ kind: 'ideal-limits', greatestShift: 31 });
    expect(loadChip('tianji-snn').arithmetic).toEqual({
      kind: 'spiking', accumulatorBits: 24, reset: 'zero', floor: null, leak: { lo: -32768, hi: 32767 }, threshold: { lo: 1, hi: 32767 },
    });
  });

  it('are printed as text that gives the same chip', () => {
    for (const name of [...builtinChips(), ...['small-ideal', 'hard-4bit', 'ternary'].map((own) => `examples/chips/${own}.yaml`)]) {
      const chip = loadChip(name);
      expect(parseChip(printChip(chip), name)).toEqual(chip);
    }
  });

  it('state the source of every constant', () => {
    for (const name of builtinChips().filter((n) => n !== 'ideal')) {
      const bare = chipText(name).split('\n').filter((line) => /\d/.test(line) && !line.trim().startsWith('#') && !/^(name|description)/.test(line));
      expect(bare.length).toBeGreaterThan(8);
      // A list's ranges stand under the comment of their key.
      for (const line of bare) if (!/^ {2}- \[/.test(line)) expect(line, name).toMatch(/# (known|choice)/);
    }
  });
});

describe('a chip of a user', () => {
  it('is read from a file', () => {
    const chip = loadChip('examples/chips/small-ideal.yaml');
    expect(chip.core).toEqual({ rows: 64, columns: 48, mats: 1 });
    expect(chip.weights).toEqual({ lo: -16, hi: 15, cells: 1 });
    expect(chip.inputs).toEqual([{ lo: 0, hi: 31 }]);
    expect(chip.pooling).toBeNull();
  });

  it('is refused with all that is wrong, by line', () => {
    const text = prime.replace('rows: 256', 'rows: 99999\n  depth: 3').replace('inputBits: 6', 'inputBits: x').replace('range: [-255', 'range: [300');
    expect(problems(() => parseChip(text, 'my.yaml'))).toEqual([
      expect.stringMatching(/^T201 my.yaml:7:3 arithmetic.inputBits: .*found "x"$/),
      expect.stringMatching(/^T201 my.yaml:17:3 core.rows: .*65536, found 99999$/),
      'T201 my.yaml:18:3 core.depth: unknown key',
      expect.stringMatching(/^T201 my.yaml:22:3 weights.range: /),
    ]);
  });

  it.each([
    ['no rows', 'rows: 256', 'rows: any', 'core.rows'],
    ['phases that do not divide', 'phaseBits: 3', 'phaseBits: 4', 'arithmetic.phaseBits'],
    ['cells that do not divide', 'cellBits: 4', 'cellBits: 3', 'arithmetic.cellBits'],
    ['a negative shift', 'greatestGain: 9', 'greatestGain: 10', 'arithmetic.fullScaleShift'],
    ['weights beyond the cells', '[-255, 255]', '[-255, 256]', 'weights.range'],
    ['another number of cells', 'cells: 2', 'cells: 1', 'weights.cells'],
    ['another range of outputs', 'outputs:\n  - [0, 63]', 'outputs:\n  - [0, 31]', 'outputs'],
    ['a spiking function', '- relu', '- lif', 'nonLinearities'],
    ['any function', '- relu', '- any', 'nonLinearities'],
  ])('is refused with %s', (_, from, to, path) => {
    expect(prime).toContain(from);
    expect(problems(() => parseChip(prime.replace(from, to), 'my.yaml')).join()).toMatch(new RegExp(`T202 my.yaml:\\d+:\\d+ ${path}: `));
  });

  it('needs a table, or outputs that are the window', () => {
    const text = chipText('tianji').replace('nonLinearities: [table]', 'nonLinearities: [relu]');
    expect(parseChip(text, 'x').nonLinearities).toEqual(['relu']);
    expect(problems(() => parseChip(text.replaceAll('[0, 255]', '[0, 127]'), 'x')).join()).toMatch(/T202 .*outputs/);
  });

  it('is refused with aliases, which can make a short text a huge value', () => {
    const text = prime.replace('inputs:\n  - [0, 63]', 'inputs:\n  - &codes [0, 63]').replace('outputs:\n  - [0, 63]', 'outputs:\n  - *codes');
    expect(problems(() => parseChip(text, 'x'))).toEqual([expect.stringMatching(/^T201 x not valid YAML: .*alias/i)]);
  });

  it('is unknown with T200 if there is neither name nor file', () => {
    expect(problems(() => loadChip('prim'))).toEqual([expect.stringMatching(/^T200 prim /)]);
  });

  it('is refused, never worse, whatever its text', () => {
    const letters = fc.constantFrom('[', ']', '{', '}', ':', ' ', '\n', '-', '&a', '*a', '!!x', '?', '"', '9', 'x', '\t', '#', '|', '%');
    fc.assert(fc.property(fc.nat(prime.length), fc.nat(20), fc.array(letters, { maxLength: 12 }), (at, cut, insert) => {
      problems(() => parseChip(prime.slice(0, at) + insert.join('') + prime.slice(at + cut), 'x'));
    }), { seed: 1, numRuns: 200 });
    for (const text of ['', '[', '['.repeat(100_000), '- '.repeat(100_000), '? '.repeat(5000), 'a: &a [*a]', '{a: 1, a: 2}', '\0', 'x'.repeat(300_000)]) {
      expect(problems(() => parseChip(text, 'x'))).not.toEqual([]);
    }
    const nested = Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n');
    expect(problems(() => parseChip(nested, 'x'))).not.toEqual([]);
  });
});
