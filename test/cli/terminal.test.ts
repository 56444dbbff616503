/** What commands print on a terminal: under a pseudo terminal, which `script` of util-linux gives. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/report/width.js';
import { digits, scratch } from './trestle.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = scratch();
const ESCAPE = String.fromCharCode(27);
const there = spawnSync('script', ['-qec', 'true', '/dev/null'], { encoding: 'utf8' }).status === 0;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** All that a terminal of so many columns receives. */
function onTerminal(args: readonly string[], columns: number, environment: Record<string, string> = {}): string {
  const command = `stty cols ${columns} rows 24; ${[process.execPath, main, ...args].map(quoted).join(' ')}`;
  const env = { PATH: process.env.PATH, TERM: 'xterm-256color', SHELL: '/bin/sh', ...environment };
  return spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env, timeout: 60_000, cwd: folder }).stdout;
}

const sequences = new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]`, 'g');
/** Pieces that are drawn from one move of the cursor to the next. */
const pieces = (text: string): string[] => text.replaceAll(new RegExp(`${ESCAPE}\\[\\d*m`, 'g'), '').replaceAll(sequences, '\n').split(/[\r\n]+/);
const compile = (name: string): string[] => [
  'compile', join(digits, 'digits.onnx'), '--chip', 'tianji', '--calibrate', join(digits, 'calibration.yaml'), '--samples', '500', '--workers', '0',
  '-o', join(folder, name),
];

describe.skipIf(!there)('on a terminal (skipped without script of util-linux)', () => {
  it('reports and help are coloured', () => {
    expect(onTerminal(['chips'], 80)).toContain(`${ESCAPE}[1mprime${ESCAPE}[22m`);
    expect(onTerminal(['chips', 'nochip'], 80)).toContain(`${ESCAPE}[31merror${ESCAPE}[39m T200`);
    expect(onTerminal(['--help'], 80)).toContain(`${ESCAPE}[1mUsage:${ESCAPE}[22m`);
  });

  it.each([[{ NO_COLOR: '1' }], [{ TERM: 'dumb' }], [{ NO_COLOR: '1', FORCE_COLOR: '1' }]])('nothing is coloured with %j', (environment) => {
    for (const args of [['chips'], ['chips', 'nochip'], ['--help']]) expect(onTerminal(args, 80, environment)).not.toContain(ESCAPE);
  });

  it('NO_COLOR counts only if it is not empty', () => {
    expect(onTerminal(['chips'], 80, { NO_COLOR: '' })).toContain(ESCAPE);
  });

  it.each([30, 70])('progress has a rate and the time that is left, stays in one line of %i columns, and goes away', (columns) => {
    const text = onTerminal(compile(`${columns}.trestle`), columns);
    const drawn = pieces(text).filter((piece) => / left$/.test(piece));
    expect(drawn.length).toBeGreaterThan(1);
    expect(Math.max(...drawn.map(columnsOf))).toBeLessThan(columns);
    const whole = /^(calibrate|tune|verify) +[█░]{8,24} +\d+ % \| .*\d\/s \| [\d.]+ (s|min) left$/;
    if (columns >= 70) expect(drawn.filter((piece) => !whole.test(piece))).toEqual([]);
    const last = text.slice(text.lastIndexOf(' left'));
    expect(last).toMatch(new RegExp(`${ESCAPE}\\[[0-2]?K|${ESCAPE}\\[0?J`));
    expect(text).not.toContain(`${ESCAPE}[?25l`);
  });

  it('reports fit it', () => {
    for (const columns of [70, 100]) {
      const lines = pieces(onTerminal(['inspect', join(digits, 'digits.onnx'), '--chip', 'prime'], columns));
      expect(lines.length).toBeGreaterThan(20);
      expect(lines.filter((line) => columnsOf(line) > columns)).toEqual([]);
    }
  });

  it('--quiet shows nothing at all where nothing is wrong', () => {
    expect(onTerminal([...compile('quiet.trestle'), '--quiet'], 80)).toBe('');
  });
});
