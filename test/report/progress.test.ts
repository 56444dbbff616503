import { describe, expect, it } from 'vitest';
import { progressLine } from '../../src/report/progress.js';
import { columnsOf } from '../../src/report/width.js';

const stand = { stage: 'evaluate', done: 1500, total: 6000, elapsedMs: 750 };

describe('the line of progress', () => {
  it('has a bar, the share, the amount, the rate and the time that is left', () => {
    expect(progressLine(stand, 80)).toBe(`evaluate  ${'█'.repeat(6)}${'░'.repeat(18)}  25 % | 1,500/6,000 | 2,000/s | 2.3 s left`);
  });

  it('leaves out what is least needed where the terminal is narrow, and never reaches its edge', () => {
    for (let columns = 1; columns <= 200; columns++) {
      const line = progressLine(stand, columns);
      expect(columnsOf(line)).toBeLessThan(Math.max(5, columns));
      expect(line).toContain('25 %'.slice(0, columns < 6 ? 0 : 4));
    }
    expect(progressLine(stand, 30)).toBe('evaluate 25 % | 2.3 s left');
    expect(progressLine(stand, 16)).toBe('evaluate 25 %');
    expect(progressLine(stand, 45)).toMatch(/^evaluate +█+░+ +25 % \| 2.3 s left$/);
  });

  it('gives slow rates a digit after the point', () => {
    expect(progressLine({ stage: 'tune', done: 3, total: 7, elapsedMs: 10_000 }, 80)).toMatch(/ 43 % \| 3\/7 \| 0\.3\/s \| 13 s left$/);
  });

  it('counts the rate from where a run goes on', () => {
    expect(progressLine({ ...stand, from: 1000, elapsedMs: 500 }, 80)).toMatch(/ 25 % \| 1,500\/6,000 \| 1,000\/s \| 4\.5 s left$/);
  });

  it('is full at the end', () => {
    expect(progressLine({ ...stand, done: 6000 }, 80)).toMatch(/^evaluate {2}█{24} 100 % \| .* \| 0\.0 s left$/);
  });
});
