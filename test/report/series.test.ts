import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/report/csv.js';
import { sweepLines } from '../../src/report/series.js';

const table = parseCsv('weights.bits,copies,seed,top1,floatTop1,logitSqnrDb\n2,1,0,0.5,1,10\n2,1,1,0.7,1,12\n4,1,0,0.9,1,\n4,2,0,0.95,1,30\n', 's.csv');
const linesOf = (column: string) => sweepLines(table, ['weights.bits', 'copies', 'seed'], column);

describe('the lines of a sweep', () => {
  it('are one for each other combination, averaged over seeds', () => {
    expect(linesOf('top1')).toEqual({
      along: 'weights.bits', others: ['copies'], numeric: true,
      values: [{ x: 2, series: 'copies 1', y: 0.6 }, { x: 4, series: 'copies 1', y: 0.9 }, { x: 4, series: 'copies 2', y: 0.95 }],
    });
  });

  it('leave out what was not measured', () => {
    expect(linesOf('logitSqnrDb').values).toEqual([{ x: 2, series: 'copies 1', y: 11 }, { x: 4, series: 'copies 2', y: 30 }]);
  });

  it('take words for values too', () => {
    const words = parseCsv('chip,top1\nprime,0.5\ntianji,0.6\n', 's.csv');
    expect(sweepLines(words, ['chip'], 'top1')).toEqual({
      along: 'chip', others: [], numeric: false, values: [{ x: 'prime', series: '', y: 0.5 }, { x: 'tianji', series: '', y: 0.6 }],
    });
  });
});
