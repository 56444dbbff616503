/** `trestle verify`: the engine, or codes from elsewhere, against the slow reference. */
import type { Command } from 'commander';
import type { EmulationOptions } from '../../api/options.js';
import { readTrace, verify } from '../../api/verify.js';
import { loadDataSet } from '../../data/card.js';
import { DEFAULT_VERIFIED } from '../../emulate/verify.js';
import { verifyReport } from '../../report/verify.js';
import { loadArtefact, loadInput } from '../artefact.js';
import { examples } from '../help.js';
import { emulates, emulationOptions, json, whole } from '../options.js';
import { emit } from '../output.js';
import { withProgress } from '../progress.js';

interface Options extends EmulationOptions {
  readonly data?: string;
  readonly input?: string;
  readonly samples?: number;
  readonly codes?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('verify').summary('compare the codes of every signal with the slow reference')
    .description('compare the codes of every signal with the slow reference emulator; exit status 1 if one differs, and where')
    .argument('<OUT.trestle>', 'what compile wrote')
    .option('--data <card>', 'data card of the samples')
    .option('--input <X.npy>', 'inputs of the model, [N, ...], in place of a data card')
    .option('--samples <n>', `samples at most, from the first on (default: ${DEFAULT_VERIFIED}, with --codes all); the reference is slow`, whole(1))
    .option('--codes <DIR>', 'compare codes of another model (RTL, silicon) in place of the engine\'s: a folder as trace writes it, or some of its files');
  json(emulates(command))
    .addHelpText('after', examples('trestle verify net.trestle --data test.yaml --samples 20'))
    .action(verifyCommand);
}

async function verifyCommand(path: string, options: Options, command: Command): Promise<void> {
  const start = performance.now();
  if ((options.data === undefined) === (options.input === undefined)) command.error('error: give either --data or --input');
  const { samples, workers, batch, kernel } = options;
  if (options.codes !== undefined && (workers ?? batch ?? kernel) !== undefined) command.error('error: with --codes nothing runs on workers or kernels');
  const artefact = loadArtefact(path);
  const data = options.data !== undefined ? loadDataSet(options.data) : loadInput(options.input ?? '');
  const codes = options.codes === undefined ? undefined : readTrace(artefact, options.codes);
  const result = await withProgress((progress) => verify(artefact, data, {
    ...(samples === undefined ? {} : { samples }), ...emulationOptions(options), ...(codes === undefined ? {} : { codes }),
    progress: (done, total) => progress.update('verify', done, total),
  }));
  const document = { ok: result.differing < 1, source: options.codes ?? 'engine', ...result, seconds: (performance.now() - start) / 1000 };
  emit(options.json, () => document, (style) => verifyReport(result, document.source, style));
  if (!document.ok) process.exitCode = 1;
}
