/** `trestle diff`: what differs between two artefacts. */
import type { Command } from 'commander';
import { diffArtefacts } from '../../cores/diff.js';
import { diffReport } from '../../report/diff.js';
import { loadArtefact } from '../artefact.js';
import { examples } from '../help.js';
import { json } from '../options.js';
import { emit } from '../output.js';

interface Options {
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('diff').summary('say what differs between two artefacts')
    .description('say what differs between two artefacts: chip, options, structure, weights, codes')
    .argument('<A.trestle>', 'what compile wrote')
    .argument('<B.trestle>', 'the artefact to compare with it')
    .option('--exit-code', 'end with status 1 if they differ (without it: 0, whatever is found)');
  json(command)
    .addHelpText('after', examples('trestle diff before.trestle after.trestle'))
    .action(diffCommand);
}

function diffCommand(a: string, b: string, options: Options): void {
  const diff = diffArtefacts(loadArtefact(a), loadArtefact(b));
  emit(options.json, () => ({ a, b, ...diff }), (style) => diffReport(diff, [a, b], style));
  if (options.exitCode === true && !diff.same) process.exitCode = 1;
}
