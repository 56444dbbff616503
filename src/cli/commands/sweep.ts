/** `trestle sweep`: parameters of the chip and of the compiler, varied. */
import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { readModel } from '../../api/model.js';
import type { EmulationOptions } from '../../api/options.js';
import { loadDataSet } from '../../data/card.js';
import { chipText } from '../../data/chips.js';
import { packageVersion } from '../../data/package.js';
import type { DataSet } from '../../data/types.js';
import { DEFAULT_SAMPLES } from '../../pipeline/compilation.js';
import { readText, sha256, writeWhole } from '../../data/files.js';
import { readSamples } from '../../data/read.js';
import { formatDiagnostic } from '../../diagnostics.js';
import { parseCsv } from '../../report/csv.js';
import { sweepPlot } from '../../report/plot.js';
import { sweepReport, type SweptPoint } from '../../report/sweep.js';
import type { SweepResult } from '../../evaluate/study.js';
import { chipAt, optionsAt, parseVariation, refusal, study, sweepPoints, type Variation } from '../../studies/sweep.js';
import { pointKey, SweepTable } from '../../studies/table.js';
import { checkFolder } from '../files.js';
import { examples } from '../help.js';
import { calibrationOf, emulates, emulationOptions, json, whole } from '../options.js';
import { emit, report } from '../output.js';
import { withProgress } from '../progress.js';

interface Options extends EmulationOptions {
  readonly chip: string;
  readonly calibrate: string;
  readonly data: string;
  readonly vary: readonly string[];
  readonly output?: string;
  readonly samples: number;
  readonly seed: number;
  readonly limit?: number;
  readonly plot?: string;
  readonly json?: boolean;
}

/** A sweep that grows for days is still a table that people read. */
const CSV_LIMIT = 2 ** 26;

export function register(program: Command): void {
  const command = program.command('sweep').summary('vary the chip or the compiler, and write a table')
    .description('compile and evaluate a network for every combination of values; a row a point, and what the table has already is not computed again')
    .argument('<MODEL>', 'an .onnx file')
    .requiredOption('--chip <chip>', 'a built-in chip, or a YAML file')
    .requiredOption('--calibrate <card>', 'data card of calibration samples, or random:SEED')
    .requiredOption('--data <card>', 'data card of the samples to evaluate on')
    .requiredOption('--vary <variation...>', 'NAME=VALUES, such as weights.bits=2..8 core.size=64,128 seed=0..2; a key of the chip, or an option')
    .option('-o, --output <OUT.csv>', 'the table; rows that it has are kept (default: the model\'s name with .csv, in the current folder)')
    .option('--samples <n>', 'calibration samples at most', whole(1), DEFAULT_SAMPLES)
    .option('--seed <n>', 'seed of the sampled positions', whole(0, 2 ** 32 - 1), 0)
    .option('--limit <n>', 'samples of the evaluation at most', whole(1))
    .option('--plot <OUT.svg>', 'plot the SQNR of the output against what was varied (needs the packages vega and vega-lite)');
  json(emulates(command))
    .addHelpText('after', examples(
      'trestle sweep x.onnx --chip prime --calibrate a.yml --data b.yml --vary seed=0',
    ))
    .action(sweepCommand);
}

async function sweepCommand(path: string, options: Options): Promise<void> {
  const start = performance.now();
  const { plot, samples, seed, limit } = options;
  const output = options.output ?? `${basename(path, extname(path))}.csv`;
  for (const file of [output, ...(plot === undefined ? [] : [plot])]) checkFolder(file, [path, options.chip, options.calibrate, options.data]);
  const variations = options.vary.map(parseVariation);
  const points = sweepPoints(variations);
  const chip = chipText(options.chip);
  // What cannot be varied is refused before anything runs.
  for (const point of points) {
    optionsAt(point);
    try {
      chipAt(chip, options.chip, point);
    } catch (error) {
      refusal(error);
    }
  }
  const model = readModel(path);
  const calibration = calibrationOf(options.calibrate, model, samples);
  const data = loadDataSet(options.data);
  const known = existsSync(output) ? readText(output, CSV_LIMIT) : undefined;
  const table = new SweepTable(variations.map(({ name }) => name), known, output);
  const inputs = { model: model.sha256, chip, calibration: await contentHash(calibration), data: await contentHash(data), version: packageVersion() };
  const done: SweptPoint[] = [];
  await withProgress(async (progress) => {
    for (const [i, point] of points.entries()) {
      progress.update('sweep', i, points.length);
      const compiling = { samples, seed, ...optionsAt(point) };
      const hash = sha256(new TextEncoder().encode(pointKey({ ...inputs, point, options: compiling, limit: limit ?? null }))).slice(0, 16);
      if (table.has(hash)) continue;
      const result = await resultOf(() => (
        study(model, chipAt(chip, options.chip, point), calibration, data, {
          ...compiling, ...(limit === undefined ? {} : { limit }), ...emulationOptions(options),
        })));
      table.add(point, result, hash);
      writeWhole(output, table.text());
      done.push({ point, result });
    }
  });
  if (plot !== undefined) writeWhole(plot, await sweepPlot(parseCsv(readText(output, CSV_LIMIT), output), namesOf(variations)));
  tell(done);
  const document = {
    output, points: points.length, computed: done.length, seconds: (performance.now() - start) / 1000,
    rows: done.map(({ point, result: { diagnostics, ...result } }) => ({ point, ...result, diagnostics: diagnostics.map(formatDiagnostic) })),
  };
  emit(options.json, () => document, (style) => sweepReport(done, points.length, output, style));
}

function namesOf(variations: readonly Variation[]): string[] {
  return variations.map(({ name }) => name);
}

/** Warnings of the points, each once. */
function tell(done: readonly { readonly result: SweepResult }[]): void {
  const all = done.flatMap(({ result }) => result.diagnostics.filter((d) => d.severity !== 'note'));
  report([...new Map(all.map((d) => [`${d.code} ${d.place} ${d.message}`, d])).values()].map((d) => ({ ...d, severity: 'warning' })));
}

/** A result, or the refusal of a chip that cannot be. */
async function resultOf(work: () => Promise<SweepResult>): Promise<SweepResult> {
  try {
    return await work();
  } catch (error) {
    return refusal(error);
  }
}

/** SHA-256 over the hashes of all samples, and the labels. A sample that cannot be read is as it is too. */
async function contentHash(data: DataSet): Promise<string> {
  const hashes: string[] = [];
  for (let first = 0; first < data.count; first += HASHED) {
    const indices = Array.from({ length: Math.min(HASHED, data.count - first) }, (_, i) => first + i);
    const { values, positions } = await readSamples(data, indices);
    hashes.push(positions.join(), sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
  }
  return sha256(new TextEncoder().encode([...hashes, ...(data.labels ?? [])].join()));
}

/** Samples that are held at once. */
const HASHED = 16;
