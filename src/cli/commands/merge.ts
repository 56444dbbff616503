/** `trestle merge`: results of shards, put together. */
import type { Command } from 'commander';
import { mergeResults } from '../../api/evaluate.js';
import { mergeReport } from '../../report/evaluate.js';
import { checkFolder } from '../files.js';
import { examples } from '../help.js';
import { json } from '../options.js';
import { emit, report } from '../output.js';

interface Options {
  readonly output?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('merge').summary('put results of evaluate together, from all shards')
    .description('put together what evaluate kept with --results, from all shards, in any order: the scores are those of one run over all samples')
    .argument('<PART.jsonl...>', 'what evaluate --results wrote, a file a shard')
    .option('-o, --output <R.jsonl|R.parquet>', 'write the results of all samples into one file, as JSON lines or as a table');
  json(command)
    .addHelpText('after', examples('trestle merge 1.jsonl 2.jsonl 3.jsonl', 'trestle merge part-*.jsonl -o all.parquet --json'))
    .action(mergeCommand);
}

async function mergeCommand(paths: readonly [string, ...string[]], { output, json: asJson }: Options): Promise<void> {
  if (output !== undefined) checkFolder(output, paths);
  const { run, diagnostics, ...merged } = await mergeResults(paths, output);
  report(diagnostics);
  const written = output === undefined ? {} : { results: output };
  emit(asJson, () => ({ ...merged, ...written, diagnostics }), (style) => mergeReport(merged, run.artefact.chip, { files: paths.length, ...written }, style));
}
