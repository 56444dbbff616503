/** A short run of the fuzzer, the same cases every time. The long run is scripts/fuzz.mjs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cases, TARGETS } from './cases.js';

const COUNTS: Readonly<Record<string, number>> = { model: 80, artefact: 150, card: 200, chip: 60, array: 200, vectors: 80 };
/** Of the models every n-th seed is tried: other tests compile them all. */
const EVERY: Readonly<Record<string, number>> = { model: 9 };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trestle-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(TARGETS.map((target) => [target.name, target] as const))('%s', (name, target) => {
  it('seeds are accepted', async () => {
    const good = await (await Cases.of(target, 0, folder)).good(EVERY[name] ?? 1);
    expect(good.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(good.filter(({ done }) => done.length === 0).map(({ from }) => from)).toEqual([]);
  }, 120_000);

  it('whatever the input: done, or refused in so many words', async () => {
    const cases = await Cases.of(target, 1, folder);
    const outcomes = [];
    for (let index = 0; index < COUNTS[name]!; index++) outcomes.push({ index, ...await cases.run(index) });
    expect(outcomes.filter(({ fault }) => fault !== undefined)).toEqual([]);
    // Changes that are all refused at once, or all accepted, would test little.
    expect(outcomes.filter(({ done }) => done.length > 0).length).toBeGreaterThan(outcomes.length / 20);
    expect(outcomes.filter(({ codes }) => codes.length > 0).length).toBeGreaterThan(outcomes.length / 5);
  }, 120_000);
});
