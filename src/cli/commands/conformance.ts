/** `trestle conformance`: every kernel against a vector file; vector files from artefacts. */
import type { Command } from 'commander';
import type { EmulationOptions } from '../../api/options.js';
import { exportVectors } from '../../api/verify.js';
import { readVectors, runConformance } from '../../conformance.js';
import { kernelModule } from '../../emulate/pool.js';
import { DEFAULT_ROWS, type VectorOptions } from '../../emulate/tile-vectors.js';
import { writeVectors } from '../../vectors.js';
import { readBytes, writeWhole } from '../../data/files.js';
import { conformanceReport, exportReport } from '../../report/conformance.js';
import { loadArtefact, loadInput } from '../artefact.js';
import { checkFolder } from '../files.js';
import { examples } from '../help.js';
import { interrupt } from '../interrupt.js';
import { emulates, emulationOptions, json, whole } from '../options.js';
import { emit, report } from '../output.js';

interface Options extends EmulationOptions, VectorOptions {
  readonly export?: string;
  readonly input?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('conformance').summary('check every kernel against a vector file, or write one')
    .description('check every kernel variant against a vector file (exit status 1 if one differs), or write one from the layers of an artefact')
    .argument('[VECTORS.json[.gz]]', 'cases in the form of the vector files, gzipped or not')
    .option('--export <OUT.trestle>', 'write the vectors of this artefact\'s tiles, for RTL test benches')
    .option('--input <X.npy>', 'export: inputs of the model, [N, ...]')
    .option('-o, --output <FILE>', 'export: the vector file; gzip if its name ends with .gz')
    .option('--rows <n>', `export: different input rows of each tile, at most (default: ${DEFAULT_ROWS})`, whole(1))
    .option('--only <names...>', 'export: layers or operations to take, by name (default: all)');
  json(emulates(command))
    .addHelpText('after', '\nA check takes --kernel alone: it then tries that kernel and the references only.')
    .addHelpText('after', examples('trestle conformance core-ops.json.gz', 'trestle conformance --export net.trestle --input x.npy -o net.json.gz'))
    .action(conformanceCommand);
}

async function conformanceCommand(path: string | undefined, options: Options, command: Command): Promise<void> {
  const { export: artefact, input, output, rows, only, workers, batch } = options;
  if (artefact === undefined) {
    if (path === undefined) return command.error('error: give a vector file, or --export');
    if ([input, output, rows, only, workers, batch].some((option) => option !== undefined)) return command.error('error: these options go with --export');
    await checkVectors(path, options);
    return;
  }
  if (path !== undefined || input === undefined || output === undefined) return command.error('error: --export takes --input and -o, and no vector file');
  await exportCommand(artefact, input, output, options);
}

async function checkVectors(path: string, { kernel, json: asJson }: Options): Promise<void> {
  const only = kernel === undefined ? {} : { kernel };
  const result = await runConformance(readVectors(readBytes(path), path), kernelModule(), { signal: interrupt, ...only });
  emit(asJson, () => result, (style) => conformanceReport(result, style));
  if (result.mismatches.length > 0) process.exitCode = 1;
}

async function exportCommand(path: string, input: string, output: string, options: Options): Promise<void> {
  const start = performance.now();
  checkFolder(output, [path, input]);
  const artefact = loadArtefact(path);
  const { rows, only } = options;
  const { vectors, diagnostics } = await exportVectors(artefact, loadInput(input), {
    ...emulationOptions(options), ...(rows === undefined ? {} : { rows }), ...(only === undefined ? {} : { only }),
  });
  const bytes = writeVectors(vectors, output.endsWith('.gz'));
  writeWhole(output, bytes);
  report(diagnostics);
  const tiles = vectors.cases.map(({ name, arithmetic, y }) => ({ name, arithmetic, rows: y.length }));
  const facts = { output, bytes: bytes.length, cases: tiles.length, tiles };
  const document = { ...facts, diagnostics, seconds: (performance.now() - start) / 1000 };
  emit(options.json, () => document, () => exportReport(facts));
}
