/** Files that grow by lines: read in stretches, cut, and not shared. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { firstLine, LineFile, readLines } from '../../src/data/lines.js';

const folder = mkdtempSync(join(tmpdir(), 'trestle-lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
function fileOf(text: string): string {
  const path = join(folder, String(files++));
  writeFileSync(path, text);
  return path;
}

describe('lines of a file', () => {
  it('come with where the next begins, in bytes, and the last may be torn', () => {
    expect([...readLines(fileOf('é\n\nab'))]).toEqual([
      { text: 'é', end: 3, torn: false }, { text: '', end: 4, torn: false }, { text: 'ab', end: 6, torn: true },
    ]);
    expect([...readLines(fileOf(''))]).toEqual([]);
    expect([...readLines(fileOf('a\n'))]).toEqual([{ text: 'a', end: 2, torn: false }]);
  });

  it('are the same across the stretches in which a long file is read', () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i} ${'ä'.repeat(i % 97)}`);
    expect([...readLines(fileOf(`${lines.join('\n')}\n`))].map(({ text }) => text)).toEqual(lines);
  });

  it('are refused where they have no end', () => {
    expect(() => [...readLines(fileOf('x'.repeat(3 << 20)))]).toThrow(/T510 .*a line of more than 1048576 bytes/);
    expect(() => [...readLines(join(folder, 'none'))]).toThrow(/T100 .*no such file/);
    expect(() => [...readLines(folder)]).toThrow(/T100 .*folder/);
  });

  it('begin with the first', () => {
    expect(firstLine(fileOf('a\nb\n'))).toEqual({ text: 'a', end: 2, torn: false });
    expect(firstLine(fileOf(''))).toBeUndefined();
  });
});

describe('a file that grows', () => {
  it('is made where there is none, and else keeps what it has', () => {
    const path = join(folder, 'new');
    const file = LineFile.open(path);
    file.append('a\nb\n');
    file.close();
    const again = LineFile.open(path);
    again.append('c\n');
    again.cut(2);
    again.append('dd\n');
    again.close();
    expect(readFileSync(path, 'utf8')).toBe('a\ndd\n');
  });

  it('has one process that writes to it', () => {
    const path = fileOf('a\n');
    const file = LineFile.open(path);
    appendFileSync(path, 'b\n');
    expect(() => file.append('c\n')).toThrow(/T514 .*another process/);
    expect(() => file.cut(0)).toThrow(/T514/);
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('a\nb\n');
  });

  it('needs a folder', () => {
    expect(() => LineFile.open(join(folder, 'none', 'x'))).toThrow(/T100 .*Make the folder first/);
    expect(() => LineFile.open(folder)).toThrow(/T100/);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
