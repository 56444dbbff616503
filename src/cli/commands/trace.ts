/** `trestle trace`: the codes of every signal. */
import type { Command } from 'commander';
import { trace, writeNpy, type EmulationOptions, type SignalCodes } from '../../index.js';
import { writeFiles } from '../../data/files.js';
import { plural } from '../../report/numbers.js';
import { loadArtefact, loadInput } from '../artefact.js';
import { checkOutputFolder } from '../files.js';
import { emulates, emulationOptions, json } from '../options.js';
import { emit } from '../output.js';

interface Options extends EmulationOptions {
  readonly input: string;
  readonly output: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('trace').description('write the integer codes of every signal, one .npy file each, int16 [N, height, width, channels]')
    .argument('<OUT.trestle>', 'what compile wrote')
    .requiredOption('--input <X.npy>', 'inputs of the model, [N, ...]')
    .requiredOption('-o, --output <DIR>', 'folder of the files, named as the signals of the artefact; it is made if its parent is there');
  json(emulates(command))
    .addHelpText('after', '\nExample:\n  trestle trace net.trestle --input x.npy -o signals')
    .action(traceCommand);
}

async function traceCommand(path: string, options: Options): Promise<void> {
  const start = performance.now();
  checkOutputFolder(options.output);
  const artefact = loadArtefact(path);
  const input = loadInput(options.input);
  const signals = await trace(artefact, input, emulationOptions(options));
  writeFiles(options.output, filesOf(signals));
  const document = {
    output: options.output, samples: input.shape[0], signals: signals.map(({ name, fileName, shape }) => ({ name, file: `${fileName}.npy`, shape })),
    seconds: (performance.now() - start) / 1000,
  };
  emit(options.json, () => document, () => `written: ${plural(signals.length, 'signal')} of ${plural(input.shape[0], 'sample')} to ${options.output}\n`);
}

/** One at a time: together they would take the memory of the codes once more. */
function* filesOf(signals: readonly SignalCodes[]): Generator<readonly [string, Uint8Array]> {
  for (const { fileName, shape, data } of signals) yield [`${fileName}.npy`, writeNpy(shape, data)];
}
