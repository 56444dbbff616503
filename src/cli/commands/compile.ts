/** `trestle compile`: the whole road to an artefact. */
import { basename, extname } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { compile, type Compiled } from '../../api/compile.js';
import { readModel, type Model } from '../../api/model.js';
import type { EmulationOptions } from '../../api/options.js';
import { memoryToRun } from '../../api/run.js';
import { artefactPieces } from '../../cores/artefact.js';
import { coreOpsOf } from '../../cores/ops.js';
import { loadChip } from '../../data/chips.js';
import { DEFAULT_SAMPLES, MOST_COPIES } from '../../pipeline/compilation.js';
import { DEFAULT_STEPS } from '../../tune/steps.js';
import { sha256OfPieces, writeWhole } from '../../data/files.js';
import { compileReport } from '../../report/compile.js';
import { checkFolder } from '../files.js';
import { examples } from '../help.js';
import { calibrationOf, emulates, emulationOptions, json, share, stepList, stepsChosen, whole } from '../options.js';
import { emit, report } from '../output.js';
import { withProgress } from '../progress.js';

interface Options extends EmulationOptions {
  readonly chip: string;
  readonly calibrate: string;
  readonly samples: number;
  readonly output?: string;
  readonly seed: number;
  readonly copies?: number | 'auto';
  readonly budgetCores?: number | `${number}x`;
  readonly with?: readonly string[];
  readonly without?: readonly string[];
  readonly cores?: number;
  readonly tolerance?: number;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('compile').description('compile a network for a chip, and say how well each layer does')
    .argument('<MODEL>', 'an .onnx file')
    .requiredOption('--chip <chip>', 'a built-in chip, or a YAML file')
    .requiredOption('--calibrate <card>', 'data card of calibration samples, or random:SEED')
    .option('--samples <n>', 'calibration samples at most', whole(1), DEFAULT_SAMPLES)
    .option('-o, --output <OUT.trestle>', 'the artefact (default: the model\'s name with .trestle, in the current folder)')
    .option('--seed <n>', 'seed of the sampled positions', whole(0, 2 ** 32 - 1), 0)
    .option('--copies <m>', 'copies of every inner signal, and rows of every weight; auto: chosen for each (default: where they cost little)', copies)
    .option('--budget-cores <n>', 'with --copies auto: core-ops at most; 4x: so many times those without copies (default: 4x)', budget)
    .option('--with <steps>', `steps of tuning besides those that are on (${DEFAULT_STEPS.join(', ')})`, stepList)
    .option('--without <steps>', 'steps of tuning to leave out; all: every one that --with does not name', stepList)
    .option('--cores <n>', 'cores at hand; core-ops share them in turns (default: one each)', whole(1))
    .option('--tolerance <share>', 'greatest error of functions built from ReLUs, of their range (default: 0.01)', share);
  json(emulates(command))
    .addHelpText('after', examples(
      'trestle compile net.onnx --chip prime --calibrate train.yaml -o net.trestle',
      'trestle compile net.onnx --chip mine.yaml --calibrate random:0',
    ))
    .action(compileCommand);
}

/** `--copies`: a number, or auto. */
function copies(text: string): number | 'auto' {
  if (text === 'auto') return text;
  try {
    return whole(1, MOST_COPIES)(text);
  } catch {
    throw new InvalidArgumentError(`auto, or a whole number, 1..${MOST_COPIES}`);
  }
}

/** `--budget-cores`: a number, or a number and x. */
function budget(text: string): number | `${number}x` {
  const match = /^(\d{1,9})$|^(\d{1,6}(?:\.\d{1,3})?)x$/.exec(text);
  if (match === null || Number.parseFloat(text) < 1) throw new InvalidArgumentError('a whole number, or a factor of 1 and more followed by x');
  return match[2] === undefined ? Number(text) : `${Number(match[2])}x`;
}

async function compileCommand(path: string, options: Options, command: Command): Promise<void> {
  if (options.budgetCores !== undefined && options.copies !== 'auto') command.error('error: --budget-cores needs --copies auto');
  const start = performance.now();
  const output = options.output ?? `${basename(path, extname(path))}.trestle`;
  checkFolder(output, [path, options.chip, options.calibrate]);
  const chip = loadChip(options.chip);
  const model = readModel(path);
  const data = calibrationOf(options.calibrate, model, options.samples);
  const { samples, seed, cores, copies, budgetCores, tolerance } = options;
  const steps = stepsChosen(options);
  const compiled = await withProgress((progress) => compile(model, chip, data, {
    samples, seed, ...(steps === undefined ? {} : { steps }), ...(cores === undefined ? {} : { cores }), ...(copies === undefined ? {} : { copies }),
    ...(budgetCores === undefined ? {} : { budgetCores }), ...(tolerance === undefined ? {} : { tolerance }),
    ...emulationOptions(options), progress: progress.update,
  }));
  const written = writeTo(output, compiled.artefact);
  report(compiled.diagnostics);
  const document = {
    ...summary(output, model, compiled), ...written, memoryBytes: memoryToRun(compiled.artefact, options),
    seconds: (performance.now() - start) / 1000, diagnostics: compiled.diagnostics,
  };
  emit(options.json, () => document, (style) => compileReport(document, style));
}

/** Writes an artefact without a second copy of its weights; gives hash and size of the file. */
function writeTo(output: string, artefact: Compiled['artefact']): { readonly sha256: string; readonly bytes: number } {
  const pieces = artefactPieces(artefact);
  writeWhole(output, pieces);
  return { sha256: sha256OfPieces(pieces), bytes: pieces.reduce((sum, { length }) => sum + length, 0) };
}

function summary(artefact: string, model: Model, compiled: Compiled) {
  const { artefact: { graph, provenance }, mapping, layers, functions, copies: chosen, macsPerSample, logitSqnrDb } = compiled;
  const { cores, mats, utilisation, chips, turns, usesPerSample } = mapping;
  return {
    artefact, chip: graph.chip.name, model: { file: model.file, sha256: model.sha256 }, coreOps: coreOpsOf(graph).length, cores, mats, chips, turns,
    utilisation, usesPerSample, macsPerSample, hostOps: graph.hostOps.map(({ name }) => name), samples: provenance.samples, options: provenance.options, layers,
    functions,
    ...(chosen === undefined ? {} : { copies: chosen }),
    ...(logitSqnrDb === undefined ? {} : { logitSqnrDb }),
  };
}
