/** `trestle evaluate`: accuracy of an artefact, and of the float network beside it. */
import type { Command } from 'commander';
import { evaluate, loadDataSet, readModel, type EmulationOptions } from '../../index.js';
import { evaluationReport } from '../../report/evaluate.js';
import { loadArtefact } from '../artefact.js';
import { examples } from '../help.js';
import { emulates, emulationOptions, json, whole } from '../options.js';
import { emit, report } from '../output.js';
import { withProgress } from '../progress.js';

interface Options extends EmulationOptions {
  readonly data: string;
  readonly against?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('evaluate').summary('give the accuracy over a data set, beside the float network')
    .description('run an artefact over a data set: accuracy, and how far it is from the float network')
    .argument('<OUT.trestle>', 'what compile wrote')
    .requiredOption('--data <card>', 'data card of the samples')
    .option('--against <model>', 'the float network to run beside it')
    .option('--limit <n>', 'samples at most', whole(1));
  json(emulates(command))
    .addHelpText('after', examples('trestle evaluate net.trestle --data test.yaml --against net.onnx'))
    .action(evaluateCommand);
}

async function evaluateCommand(path: string, options: Options): Promise<void> {
  const artefact = loadArtefact(path);
  const data = loadDataSet(options.data);
  const against = options.against === undefined ? undefined : readModel(options.against);
  const { diagnostics, ...result } = await withProgress((progress) => evaluate(artefact, data, {
    ...(against === undefined ? {} : { against }), ...(options.limit === undefined ? {} : { limit: options.limit }), ...emulationOptions(options),
    progress: (done, total) => progress.update('evaluate', done, total),
  }));
  report(diagnostics);
  emit(options.json, () => ({ ...result, diagnostics }), (style) => evaluationReport(result, artefact.graph.chip.name, style));
  if (result.interrupted === true) process.exitCode = 1;
}
