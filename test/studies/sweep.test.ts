import { describe, expect, it } from 'vitest';
import { chipText } from '../../src/data/chips.js';
import { TrestleError } from '../../src/diagnostics.js';
import { chipAt, optionsAt, parseVariation, refusal, sweepPoints } from '../../src/studies/sweep.js';
import { SweepTable } from '../../src/studies/table.js';

describe('what is varied', () => {
  it.each([
    ['weights.bits=2..5', 'weights.bits', ['2', '3', '4', '5']], ['core.size=64..256:64', 'core.size', ['64', '128', '192', '256']],
    ['copies=1,2,auto,2', 'copies', ['1', '2', 'auto']], ['seed=0..1,7', 'seed', ['0', '1', '7']],
  ])('%s', (text, name, values) => {
    expect(parseVariation(text)).toEqual({ name, values });
  });

  it.each(['', 'seed', '=1', 'seed=', 'seed=1,', 'seed=5..2', 'seed=0..9:0', 'a b=1', 'seed=0..999999'])('is not read from %j', (text) => {
    expect(() => parseVariation(text)).toThrow(/T407/);
  });

  it('comes in every combination', () => {
    expect(sweepPoints([{ name: 'a', values: ['1', '2'] }, { name: 'b', values: ['x', 'y'] }])).toEqual([
      { a: '1', b: 'x' }, { a: '1', b: 'y' }, { a: '2', b: 'x' }, { a: '2', b: 'y' }]);
  });

  it('are options of the compiler, numbers for the most part', () => {
    expect(optionsAt({ seed: '3', copies: 'auto', budgetCores: '4x', 'core.rows': '64' })).toEqual({ seed: 3, copies: 'auto', budgetCores: '4x' });
    expect(() => optionsAt({ seed: 'many' })).toThrow(/T407 seed=many/);
  });
});

describe('the chip of a point', () => {
  const small = chipText('tianji');
  it('has the values in the keys that are named, and all else as it was', () => {
    const plain = chipAt(small, 'chip', {});
    const changed = chipAt(small, 'chip', { 'core.rows': '512', 'layout.coresPerChip': 'any', seed: '1' });
    expect(changed).toEqual({ ...plain, core: { ...plain.core, rows: 512 }, layout: { ...plain.layout, coresPerChip: null } });
  });

  it('has bits by their short names', () => {
    expect(chipAt(chipText('prime-ideal'), 'chip', { 'weights.bits': '3', 'signals.bits': '5', 'core.size': '64' })).toMatchObject({
      weights: { lo: -4, hi: 3 }, inputs: [{ lo: 0, hi: 31 }], outputs: [{ lo: 0, hi: 31 }], core: { rows: 64, columns: 64 },
    });
    expect(chipAt(chipText('prime'), 'chip', { 'weights.bits': '4' })).toMatchObject({ weights: { lo: -15, hi: 15 }, arithmetic: { weightBits: 4 } });
  });

  it('is refused where there is no such key, bits that none can have, or a chip that cannot be', () => {
    expect(() => chipAt(small, 'chip', { 'core.colour': '1' })).toThrow(/T407 core.colour: chip has no such key/);
    for (const value of ['1', '16', 'many', '2.5']) expect(() => chipAt(small, 'chip', { 'weights.bits': value })).toThrow(/T407/);
    expect(() => chipAt(small, 'chip', { 'core.rows': '0' })).toThrow(/T201/);
  });

  it('makes a row where it is refused, but not where the sweep itself is wrong', () => {
    const thrown = (point: Record<string, string>): unknown => {
      try {
        return chipAt(small, 'chip', point);
      } catch (error) {
        return error;
      }
    };
    expect(refusal(thrown({ 'core.rows': '0' }))).toMatchObject({ status: 'T201' });
    expect(() => refusal(thrown({ 'core.colour': '0' }))).toThrow(TrestleError);
    expect(() => refusal(new Error('a fault'))).toThrow('a fault');
  });
});

describe('the table', () => {
  const done = { status: 'done', top1: 0.5, logitSqnrDb: 12.5, coreOps: 3, diagnostics: [] };

  it('keeps the rows that it has, and knows them by their hash', () => {
    const first = new SweepTable(['a', 'b'], undefined, 'x.csv');
    first.add({ a: '1', b: 'x,"y"' }, done, 'abc');
    first.add({ a: '2', b: 'z' }, { status: 'T400', diagnostics: [] }, 'def');
    const text = first.text();
    expect(text.split('\n').slice(0, 2)).toEqual([
      'a,b,top1,floatTop1,drop,agreement,logitSqnrDb,coreOps,cores,samples,seconds,status,hash', '1,"x,""y""",0.5,,,,12.5,3,,,,done,abc']);
    const again = new SweepTable(['a', 'b'], text, 'x.csv');
    expect(again.text()).toBe(text);
    expect(['abc', 'def', 'ghi'].map((hash) => again.has(hash))).toEqual([true, true, false]);
  });

  it('refuses one that varies something else', () => {
    const table = new SweepTable(['a'], undefined, 'x.csv');
    table.add({ a: '1' }, done, 'abc');
    expect(() => new SweepTable(['b'], table.text(), 'x.csv')).toThrow(/T301 x.csv: the table has columns a, top1/);
  });
});
