import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../src/report/csv.js';
import { sweepOf } from '../../../src/report/page/sweeps.js';

describe('a sweep', () => {
  it('tells what was varied from what was measured', () => {
    const table = parseCsv('weights.bits,copies,seed,top1,floatTop1,logitSqnrDb\n2,1,0,0.5,1,10\n', 's.csv');
    expect(sweepOf(table)).toEqual({
      varied: ['weights.bits', 'copies', 'seed'],
      results: [{ column: 'top1', title: 'top-1 on the chip' }, { column: 'logitSqnrDb', title: 'output SQNR, dB' }],
    });
  });
});
