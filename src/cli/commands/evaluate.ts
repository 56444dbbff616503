/** `trestle evaluate`: accuracy of an artefact, and of the float network beside it. */
import type { Command } from 'commander';
import { evaluate } from '../../api/evaluate.js';
import { readModel } from '../../api/model.js';
import type { EmulationOptions } from '../../api/options.js';
import { loadDataSet } from '../../data/card.js';
import type { Shard } from '../../evaluate/shard.js';
import { evaluationReport } from '../../report/evaluate.js';
import { linesPath } from '../../runs/results.js';
import { loadArtefact } from '../artefact.js';
import { checkFolder } from '../files.js';
import { examples } from '../help.js';
import { emulates, emulationOptions, json, measures, shard } from '../options.js';
import { emit, report } from '../output.js';
import { withProgress } from '../progress.js';

interface Options extends EmulationOptions {
  readonly data: string;
  readonly against?: string;
  readonly limit?: number;
  readonly results?: string;
  readonly shard?: Shard;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('evaluate').summary('give the accuracy over a data set, beside the float network')
    .description('run an artefact over a data set: accuracy, and how far it is from the float network')
    .argument('<OUT.trestle>', 'what compile wrote');
  measures(command)
    .option('--results <R.jsonl|R.parquet>', 'keep the result of every sample in a file as the work goes; the same command goes on with it (a .parquet '
      + 'table is made at the end, of a .jsonl file beside it)')
    .option('--shard <i/n>', 'evaluate part i of n, to be put together by trestle merge', shard);
  json(emulates(command))
    .addHelpText('after', examples(
      'trestle evaluate net.trestle --data test.yaml --against net.onnx',
      'trestle evaluate net.trestle --data a.yaml --shard 2/8 --results 2.jsonl',
    ))
    .action(evaluateCommand);
}

async function evaluateCommand(path: string, options: Options): Promise<void> {
  const { results, shard: part } = options;
  if (results !== undefined) checkResults(results, [path, options.data, ...(options.against === undefined ? [] : [options.against])]);
  const artefact = loadArtefact(path);
  const data = loadDataSet(options.data);
  const against = options.against === undefined ? undefined : readModel(options.against);
  const { diagnostics, ...result } = await withProgress((progress) => evaluate(artefact, data, {
    ...(against === undefined ? {} : { against }), ...(options.limit === undefined ? {} : { limit: options.limit }), ...emulationOptions(options),
    ...(results === undefined ? {} : { results }), ...(part === undefined ? {} : { shard: part }),
    progress: (done, total) => progress.update('evaluate', done, total),
  }));
  report(diagnostics);
  const kept = { ...(part === undefined ? {} : { shard: `${part.index}/${part.of}` }), ...(results === undefined ? {} : { results }) };
  emit(options.json, () => ({ ...result, ...kept, diagnostics }), (style) => evaluationReport(result, artefact.graph.chip.name, style));
  if (result.interrupted === true) process.exitCode = 1;
}

/** Refuses (T100) a file of results, and the lines of a table, that cannot be written. */
function checkResults(results: string, inputs: readonly string[]): void {
  for (const file of new Set([results, linesPath(results)])) checkFolder(file, inputs);
}
