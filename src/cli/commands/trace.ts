/** `trestle trace`: the codes of every signal. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { accumulators, trace, writeNpy, type EmulationOptions, type TileSums } from '../../index.js';
import { writeWhole } from '../../data/files.js';
import { plural } from '../../report/numbers.js';
import { loadArtefact, loadInput } from '../artefact.js';
import { makeFolder } from '../files.js';
import { emulates, emulationOptions, json } from '../options.js';
import { emit } from '../output.js';

interface Options extends EmulationOptions {
  readonly input: string;
  readonly output: string;
  readonly accumulators?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('trace').description('write the integer codes of every signal, one .npy file each, int16 [N, height, width, channels]')
    .argument('<OUT.trestle>', 'what compile wrote')
    .requiredOption('--input <X.npy>', 'inputs of the model, [N, ...]')
    .requiredOption('-o, --output <DIR>', 'folder of the files, named as the signals of the artefact; it is made if its parent is there')
    .option('--accumulators', 'write each tile\'s sums before its window or converter too, int32, to accumulators/TILE.npy in the folder (slow)');
  json(emulates(command))
    .addHelpText('after', '\nExample:\n  trestle trace net.trestle --input x.npy -o signals')
    .action(traceCommand);
}

async function traceCommand(path: string, options: Options): Promise<void> {
  const start = performance.now();
  const artefact = loadArtefact(path);
  const input = loadInput(options.input);
  makeFolder(options.output);
  const signals = await trace(artefact, input, emulationOptions(options));
  const tiles = options.accumulators === true ? accumulators(artefact, signals) : undefined;
  for (const { fileName, shape, data } of signals) writeWhole(join(options.output, `${fileName}.npy`), writeNpy(shape, data));
  const sums = tiles === undefined ? undefined : writeSums(tiles, options.output);
  const document = {
    output: options.output, samples: input.shape[0], signals: signals.map(({ name, fileName, shape }) => ({ name, file: `${fileName}.npy`, shape })),
    ...(sums === undefined ? {} : { accumulators: sums }), seconds: (performance.now() - start) / 1000,
  };
  const what = [plural(signals.length, 'signal'), ...(sums === undefined ? [] : [`the sums of ${plural(sums.length, 'tile')}`])].join(' and ');
  emit(options.json, () => document, () => `written: ${what} of ${plural(input.shape[0], 'sample')} to ${options.output}\n`);
}

function writeSums(tiles: Iterable<TileSums>, output: string) {
  const folder = join(output, 'accumulators');
  makeFolder(folder);
  return Array.from(tiles, ({ name, fileName, axes, shape, data }) => {
    writeWhole(join(folder, `${fileName}.npy`), writeNpy(shape, data));
    return { name, file: `accumulators/${fileName}.npy`, axes, shape };
  });
}
