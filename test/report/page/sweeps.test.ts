import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../src/report/csv.js';
import { sweepOf, sweepSpec } from '../../../src/report/page/sweeps.js';

const table = parseCsv('weights.bits,copies,seed,top1,floatTop1,logitSqnrDb\n2,1,0,0.5,1,10\n2,1,1,0.7,1,12\n4,1,0,0.9,1,\n4,2,0,0.95,1,30\n', 's.csv');
const values = (column: string): unknown => (sweepSpec(table, sweepOf(table), column, 'title')?.data as { values: unknown }).values;

describe('a sweep', () => {
  it('tells what was varied from what was measured', () => {
    expect(sweepOf(table)).toEqual({
      varied: ['weights.bits', 'copies', 'seed'],
      results: [{ column: 'top1', title: 'top-1 on the chip' }, { column: 'logitSqnrDb', title: 'output SQNR, dB' }],
    });
  });

  it('is a line for each other combination, averaged over seeds', () => {
    expect(values('top1')).toEqual([
      { x: 2, series: 'copies 1', y: 0.6 }, { x: 4, series: 'copies 1', y: 0.9 }, { x: 4, series: 'copies 2', y: 0.95 },
    ]);
  });

  it('leaves out what was not measured', () => {
    expect(values('logitSqnrDb')).toEqual([{ x: 2, series: 'copies 1', y: 11 }, { x: 4, series: 'copies 2', y: 30 }]);
  });

  it('takes words for values too', () => {
    const words = parseCsv('chip,top1\nprime,0.5\ntianji,0.6\n', 's.csv');
    expect(sweepSpec(words, sweepOf(words), 'top1', 't')?.data).toEqual({ values: [{ x: 'prime', series: '', y: 0.5 }, { x: 'tianji', series: '', y: 0.6 }] });
  });
});
