/**
 * Bad input of every kind through the real command line, in this process: each is refused with numbered diagnostics that name place,
   limit and
 * remedy, and leaves nothing behind.
 */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/program.js';
import { DIAGNOSTICS } from '../../src/diagnostics.js';
import { arrays, artefacts } from './bad-input/artefacts.js';
import type { BadCase } from './bad-input/case.js';
import { chips, data } from './bad-input/data.js';
import { models } from './bad-input/models.js';
import { options } from './bad-input/options.js';
import { vectors } from './bad-input/vectors.js';
import { scratch, type Outcome } from './trestle.js';

const KINDS = { models, 'data cards and their files': data, chips, artefacts, 'inputs and outputs': arrays, vectors, options };
const ERROR = /^error T\d{3} .+: .+ \(limit: .+\)\. Remedy: \S.+$/;

const root = scratch();
const home = process.cwd();
const printed = new Set<string>();

async function trestle(args: readonly string[]): Promise<Outcome> {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      text[name] += String(chunk);
      return true;
    });
  }
  try {
    return { status: await main(args), ...text };
  } finally {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  }
}

/** Makes the files of a case in a folder of its own, and works there. */
function enter({ files = {}, links = {} }: BadCase, folder: string): void {
  mkdirSync(folder);
  process.chdir(folder);
  for (const [name, bytes] of Object.entries(files)) {
    if (bytes === null) mkdirSync(name);
    else writeFileSync(name, bytes);
  }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, name);
}

const everything = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

let count = 0;
beforeEach(() => void count++);
afterEach(() => process.chdir(home));

describe.each(Object.entries(KINDS))('%s', (_, cases) => {
  it.each(cases)('$name', async (one) => {
    const folder = join(root, String(count));
    enter(one, folder);
    const before = everything(folder);
    for (const args of [one.args, [...one.args.slice(0, 1), '--json', ...one.args.slice(1)]]) {
      const { status, stdout, ...said } = await trestle(args);
      // Paths in a data card become absolute.
      const stderr = said.stderr.replaceAll(`${process.cwd()}/`, '');
      const lines = stderr.trimEnd().split('\n');
      lines.forEach((line) => printed.add(line));
      for (const error of one.errors) expect(stderr).toContain(`error ${error}`);
      expect(lines.filter((line) => line.startsWith('error ') || !/^(warning|note) T\d{3} /.test(line)).filter((line) => !ERROR.test(line))).toEqual([]);
      if (!one.more) expect(lines.filter((line) => line.startsWith('error '))).toHaveLength(one.errors.length);
      expect({ status, stdout }).toEqual({ status: one.status ?? 1, stdout: '' });
    }
    expect(everything(folder)).toEqual(before);
  });
});

describe('the cases', () => {
  it('are many, each of its own name', () => {
    const names = Object.values(KINDS).flat().map(({ name }) => name);
    expect(names.length).toBeGreaterThan(150);
    expect(new Set(names).size).toBe(names.length);
  });

  it('print every example of the table of diagnostics', () => {
    const examples = Object.values(DIAGNOSTICS).flatMap((entry) => ('example' in entry ? [entry.example] : []));
    expect(examples.filter((example) => !printed.has(example))).toEqual([]);
  });
});
