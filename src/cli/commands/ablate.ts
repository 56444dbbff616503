/** `trestle ablate`: what each step of tuning is worth. */
import type { Command } from 'commander';
import { readModel } from '../../api/model.js';
import type { EmulationOptions } from '../../api/options.js';
import { loadDataSet } from '../../data/card.js';
import { loadChip } from '../../data/chips.js';
import { DEFAULT_SAMPLES } from '../../pipeline/compilation.js';
import { ablate } from '../../studies/ablate.js';
import { writeWhole } from '../../data/files.js';
import { ablationCsv, ablationReport } from '../../report/ablate.js';
import { checkFolder } from '../files.js';
import { examples } from '../help.js';
import { calibrationOf, emulates, emulationOptions, json, whole } from '../options.js';
import { emit, report } from '../output.js';
import { withProgress } from '../progress.js';

interface Options extends EmulationOptions {
  readonly chip: string;
  readonly calibrate: string;
  readonly data: string;
  readonly samples: number;
  readonly seed: number;
  readonly limit?: number;
  readonly each?: boolean;
  readonly output?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('ablate').summary('say what each step of tuning is worth')
    .description('compile and evaluate a network with the steps of tuning switched on one after the other, from none to the default')
    .argument('<MODEL>', 'an .onnx file')
    .requiredOption('--chip <chip>', 'a built-in chip, or a YAML file')
    .requiredOption('--calibrate <card>', 'data card of calibration samples, or random:SEED')
    .requiredOption('--data <card>', 'data card of the samples to evaluate on')
    .option('--each', 'the default without each of its steps too')
    .option('--samples <n>', 'calibration samples at most', whole(1), DEFAULT_SAMPLES)
    .option('--seed <n>', 'seed of the sampled positions', whole(0, 2 ** 32 - 1), 0)
    .option('--limit <n>', 'samples of the evaluation at most', whole(1))
    .option('-o, --output <OUT.csv>', 'write the rows there too, with the SQNR of every layer');
  json(emulates(command))
    .addHelpText('after', examples('trestle ablate net.onnx --chip prime --calibrate train.yaml --data test.yaml'))
    .action(ablateCommand);
}

async function ablateCommand(path: string, options: Options): Promise<void> {
  const { samples, seed, limit, each, output } = options;
  if (output !== undefined) checkFolder(output, [path, options.chip, options.calibrate, options.data]);
  const chip = loadChip(options.chip);
  const model = readModel(path);
  const calibration = calibrationOf(options.calibrate, model, samples);
  const data = loadDataSet(options.data);
  const { diagnostics, ...ablation } = await withProgress((progress) => ablate(model, chip, calibration, data, {
    samples, seed, ...(limit === undefined ? {} : { limit }), ...(each === undefined ? {} : { each }), ...emulationOptions(options), progress: progress.update,
  }));
  if (output !== undefined) writeWhole(output, ablationCsv({ ...ablation, diagnostics }));
  report(diagnostics);
  emit(options.json, () => ({ chip: chip.name, model: model.file, ...ablation, diagnostics }), (style) => ablationReport({ ...ablation, diagnostics }, style));
}
