/** `trestle trace`: the codes of every signal. */
import type { Command } from 'commander';
import type { EmulationOptions } from '../../api/options.js';
import { accumulators, trace, type SignalCodes } from '../../api/run.js';
import { writeNpy } from '../../data/npy.js';
import type { TileSums } from '../../emulate/accumulators.js';
import { writeFiles } from '../../data/files.js';
import { plural } from '../../report/numbers.js';
import { loadArtefact, loadInput } from '../artefact.js';
import { checkOutputFolder } from '../files.js';
import { examples } from '../help.js';
import { emulates, emulationOptions, json } from '../options.js';
import { emit } from '../output.js';

interface Options extends EmulationOptions {
  readonly input: string;
  readonly output: string;
  readonly accumulators?: boolean;
  readonly json?: boolean;
}

/** Where the sums of a tile went. */
type TileFile = Pick<TileSums, 'name' | 'axes' | 'shape'> & { readonly file: string };

export function register(program: Command): void {
  const command = program.command('trace').summary('write the integer codes of every signal')
    .description('write the integer codes of every signal, one .npy file each, int16 [N, height, width, channels]')
    .argument('<OUT.trestle>', 'what compile wrote')
    .requiredOption('--input <X.npy>', 'inputs of the model, [N, ...]')
    .requiredOption('-o, --output <DIR>', 'folder of the files, named as the signals of the artefact; it is made if its parent is there')
    .option('--accumulators', 'write each tile\'s sums before its window or converter too, int32, to accumulators/TILE.npy in the folder (slow)');
  json(emulates(command))
    .addHelpText('after', examples('trestle trace net.trestle --input x.npy -o signals'))
    .action(traceCommand);
}

async function traceCommand(path: string, options: Options): Promise<void> {
  const start = performance.now();
  checkOutputFolder(options.output);
  const artefact = loadArtefact(path);
  const input = loadInput(options.input);
  const signals = await trace(artefact, input, emulationOptions(options));
  const tiles = options.accumulators === true ? accumulators(artefact, signals) : undefined;
  const sums: TileFile[] = [];
  writeFiles(options.output, filesOf(signals, tiles, sums));
  const document = {
    output: options.output, samples: input.shape[0], signals: signals.map(({ name, fileName, shape }) => ({ name, file: `${fileName}.npy`, shape })),
    ...(tiles === undefined ? {} : { accumulators: sums }), seconds: (performance.now() - start) / 1000,
  };
  const what = [plural(signals.length, 'signal'), ...(tiles === undefined ? [] : [`the sums of ${plural(sums.length, 'tile')}`])].join(' and ');
  emit(options.json, () => document, () => `written: ${what} of ${plural(input.shape[0], 'sample')} to ${options.output}\n`);
}

/** One at a time: together they would take the memory of the codes once more. What is said of the sums gathers in `sums`. */
function* filesOf(
  signals: readonly SignalCodes[], tiles: Iterable<TileSums> | undefined, sums: TileFile[],
): Generator<readonly [string, Uint8Array]> {
  for (const { fileName, shape, data } of signals) yield [`${fileName}.npy`, writeNpy(shape, data)];
  for (const { name, fileName, axes, shape, data } of tiles ?? []) {
    const file = `accumulators/${fileName}.npy`;
    sums.push({ name, file, axes, shape });
    yield [file, writeNpy(shape, data)];
  }
}
