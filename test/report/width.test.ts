import { describe, expect, it } from 'vitest';
import { styleOf } from '../../src/report/colour.js';
import { columnsOf, shorten } from '../../src/report/width.js';

describe('columns of a text', () => {
  it.each([
    ['', 0], ['abc', 3], ['prüfung', 7], ['pru\u0308fung', 7], ['測試', 4], ['한글', 4], ['ｆｕｌｌ', 8], ['👍', 2], [styleOf(true).bad('4.2'), 3],
  ])('%j: %i', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });
});

describe('a long text', () => {
  it('is shortened to the width', () => {
    expect(shorten('abcdefghij', 10)).toBe('abcdefghij');
    expect(shorten('abcdefghijk', 10)).toBe('abcde…hijk');
  });

  it('keeps its characters whole at every width', () => {
    const text = '測試pru\u0308fung👍👍encoder層/畳み込み/重み';
    for (let width = 4; width < 40; width++) {
      const short = shorten(text, width);
      expect(columnsOf(short)).toBeLessThanOrEqual(width);
      expect(short).not.toMatch(/\p{Surrogate}/u);
      expect(short).not.toMatch(/…\u0308/);
    }
    expect(shorten('測試層の重み', 8)).toBe('測試…み');
  });
});
