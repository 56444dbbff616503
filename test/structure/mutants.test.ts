/** The faults of the mutation check (scripts/measure/mutants.mjs) still find their lines, and the tests that must notice them are there. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../scripts/measure/mutants/faults.mjs';

interface Fault {
  readonly file: string;
  readonly what: string;
  readonly tests: readonly string[];
  readonly before: string;
  readonly after: string;
}

const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const faults = FAULTS as readonly Fault[];

describe('faults of the mutation check', () => {
  it.each(faults)('$file: $what', ({ file, tests, before, after }) => {
    const lines = readFileSync(pathOf(file), 'utf8').split('\n').filter((line) => line.trim() === before);
    expect(lines).toHaveLength(1);
    expect(after).not.toBe(before);
    expect(tests.filter((test) => !existsSync(pathOf(`test/${test}.test.ts`)))).toEqual([]);
  });
});
