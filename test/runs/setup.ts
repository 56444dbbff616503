/** Results of a run that nobody has made. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { failureOf, type Failure, type SampleResult } from '../../src/evaluate/evaluate.js';
import { Scorer, type Scores } from '../../src/evaluate/score.js';
import { ResultsFile } from '../../src/runs/journal.js';
import { rangeOf, type Header } from '../../src/runs/records.js';
import { generator } from '../kernels/setup.js';

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trestle runs '));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const hash = (digit: string): string => digit.repeat(64);

export function headerOf(parts: Partial<Header> = {}): Header {
  return {
    format: 'trestle-results/1', trestle: '0.1.0', artefact: { sha256: hash('a'), chip: 'prime', model: { file: 'net.onnx', sha256: hash('b') } },
    data: { file: 'test.yaml', sha256: hash('c') }, against: { file: 'net.onnx', sha256: hash('b') }, samples: 100, outputs: 10, labelled: true, seed: 0,
    shard: '1/1', ...parts,
  };
}

/** Every ninth sample cannot be read; sums are of very different sizes, so that their order shows. */
export function resultsOf(samples: number, { labelled = true, against = true } = {}): SampleResult[] {
  const next = generator(5);
  return Array.from({ length: samples }, (_, sample): SampleResult => {
    const file = sample % 3 === 0 ? { file: `a "b"/ü ${sample}.jpg` } : {};
    if (sample % 9 === 4 || sample % 50 === 21) return { sample, ...file, failed: `it is "torn"\n${sample}` };
    const chip = next(0, 9);
    const signal = (next(1, 1000) / 7) * 10 ** next(-9, 9);
    const golden = { class: next(0, 9), top5: labelled && next(0, 1) === 1, signal, error: signal / next(2, 900) };
    return { sample, ...file, measured: { label: labelled ? next(0, 9) : -1, chip, chipTop5: labelled && next(0, 1) === 1, ...(against ? { golden } : {}) } };
  });
}

/** What one run finds. */
export function scoresOf(header: Header, results: readonly SampleResult[]): Scores & { failed: Failure[] } {
  const scorer = new Scorer(header.samples, header.outputs, header.labelled, header.against !== null);
  const failed = results.flatMap((result) => ('failed' in result ? [failureOf(result)] : []));
  for (const result of results) if ('measured' in result) scorer.add(result.measured);
  return { ...scorer.scores(header.seed), failed };
}

/** Writes the results of a header's shard; `count`: only so many. */
export function write(path: string, header: Header, results: readonly SampleResult[], count?: number): string {
  const { first, end } = rangeOf(header);
  const file = ResultsFile.open(path, header);
  file.add(results.slice(first, count === undefined ? end : first + count));
  file.close();
  return path;
}
