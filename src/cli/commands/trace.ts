/** `trestle trace`: the codes of every signal. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { trace, writeNpy, type EmulationOptions } from '../../index.js';
import { writeWhole } from '../../data/files.js';
import { loadArtefact, loadInput } from '../artefact.js';
import { makeFolder } from '../files.js';
import { emulates, emulationOptions } from '../options.js';

interface Options extends EmulationOptions {
  readonly input: string;
  readonly output: string;
}

export function register(program: Command): void {
  const command = program.command('trace').description('write the integer codes of every signal, one .npy file each, int16 [N, height, width, channels]')
    .argument('<OUT.trestle>', 'what compile wrote')
    .requiredOption('--input <X.npy>', 'inputs of the model, [N, ...]')
    .requiredOption('-o, --output <DIR>', 'folder of the files, named as the signals of the artefact; it is made if its parent is there');
  emulates(command)
    .addHelpText('after', '\nExample:\n  trestle trace net.trestle --input x.npy -o signals')
    .action(traceCommand);
}

async function traceCommand(path: string, options: Options): Promise<void> {
  const artefact = loadArtefact(path);
  const input = loadInput(options.input);
  makeFolder(options.output);
  const signals = await trace(artefact, input, emulationOptions(options));
  for (const { fileName, shape, data } of signals) writeWhole(join(options.output, `${fileName}.npy`), writeNpy(shape, data));
}
