/** `trestle run`: inputs through an artefact. */
import type { Command } from 'commander';
import type { EmulationOptions } from '../../api/options.js';
import { run, trace } from '../../api/run.js';
import type { Values } from '../../api/values.js';
import type { Artefact } from '../../cores/artefact.js';
import { writeNpy, type NpyData } from '../../data/npy.js';
import { writeWhole } from '../../data/files.js';
import { loadArtefact, loadInput } from '../artefact.js';
import { checkFolder } from '../files.js';
import { examples } from '../help.js';
import { emulates, emulationOptions, json } from '../options.js';
import { emit } from '../output.js';

interface Options extends EmulationOptions {
  readonly input: string;
  readonly output: string;
  readonly codes?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('run').description('run inputs through an artefact')
    .argument('<OUT.trestle>', 'what compile wrote')
    .requiredOption('--input <X.npy>', 'inputs of the model, [N, ...]')
    .requiredOption('-o, --output <Y.npy>', 'where the outputs go: float32 in the shape of the model\'s output, [N, ...]')
    .option('--codes', 'write the integer codes of the last signal instead: int16 [N, height, width, channels], or [N, channels] of a single position');
  json(emulates(command))
    .addHelpText('after', examples('trestle run net.trestle --input x.npy -o y.npy', 'trestle run net.trestle --input x.npy -o codes.npy --codes'))
    .action(runCommand);
}

async function runCommand(path: string, options: Options): Promise<void> {
  const start = performance.now();
  checkFolder(options.output, [path, options.input]);
  const artefact = loadArtefact(path);
  const input = loadInput(options.input);
  const { shape, data } = options.codes === true ? await lastCodes(artefact, input, options) : await run(artefact, input, emulationOptions(options));
  writeWhole(options.output, writeNpy(shape, data));
  const document = { output: options.output, shape, samples: shape[0], seconds: (performance.now() - start) / 1000 };
  emit(options.json, () => document, () => `written: ${options.output}, [${shape.join(', ')}]\n`);
}

async function lastCodes(artefact: Artefact, input: Values, options: Options): Promise<Values<NpyData>> {
  const [{ shape, data }] = await trace(artefact, input, { signals: [artefact.graph.output], ...emulationOptions(options) });
  const [count, height, width, channels] = shape;
  return { shape: height === 1 && width === 1 ? [count, channels] : shape, data };
}
