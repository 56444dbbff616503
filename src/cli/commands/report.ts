/** `trestle report`: all that is known of an artefact, as one HTML page. */
import type { Command } from 'commander';
import { readText, writeWhole } from '../../data/files.js';
import { readModel } from '../../api/model.js';
import type { EmulationOptions } from '../../api/options.js';
import { loadDataSet } from '../../data/card.js';
import { DEFAULT_INSPECTED, reportHtml, type PageReport } from '../../reporting.js';
import { count, percent, ratio } from '../../report/numbers.js';
import { loadArtefact } from '../artefact.js';
import { checkFolder } from '../files.js';
import { examples } from '../help.js';
import { emulates, emulationOptions, json, whole } from '../options.js';
import { emit, report } from '../output.js';
import { withProgress } from '../progress.js';

interface Options extends EmulationOptions {
  readonly output: string;
  readonly data?: string;
  readonly against?: string;
  readonly limit?: number;
  readonly inspect?: number;
  readonly sweep?: readonly string[];
  readonly json?: boolean;
}

/** Sweeps are tables that people look at. */
const CSV_LIMIT = 2 ** 26;

export function register(program: Command): void {
  const command = program.command('report').summary('make an HTML page of an artefact, layer by layer')
    .description('make one HTML page of an artefact and, with --data, of what it does: the network as compiled, a row a layer, where errors are made, '
      + 'histograms, confusions; it needs no network and no scripts')
    .argument('<OUT.trestle>', 'what compile wrote')
    .requiredOption('-o, --output <page.html>', 'where to write the page')
    .option('--data <card>', 'data card of the samples to evaluate on')
    .option('--against <model>', 'the float network: layers and outputs are compared with it')
    .option('--limit <n>', 'samples at most', whole(1))
    .option('--inspect <n>', `samples of which layers are inspected, taken evenly (default: ${DEFAULT_INSPECTED})`, whole(1, 65536))
    .option('--sweep <table.csv...>', 'tables that trestle sweep wrote, to plot');
  json(emulates(command))
    .addHelpText('after', examples(
      'trestle report net.trestle -o report.html',
      'trestle report net.trestle --data test.yaml --against net.onnx -o report.html',
    ))
    .action(reportCommand);
}

async function reportCommand(path: string, options: Options, command: Command): Promise<void> {
  const { output, limit, inspect, sweep = [] } = options;
  if (options.data === undefined && limit !== undefined) command.error('error: --limit needs --data');
  if ((options.data === undefined || options.against === undefined) && inspect !== undefined) command.error('error: --inspect needs --data and --against');
  checkFolder(output, [path, ...[options.data, options.against].filter((file) => file !== undefined), ...sweep]);
  const artefact = loadArtefact(path);
  const data = options.data === undefined ? undefined : loadDataSet(options.data);
  const against = options.against === undefined ? undefined : readModel(options.against);
  const sweeps = sweep.map((place) => ({ place, text: readText(place, CSV_LIMIT) }));
  const result = await withProgress((progress) => reportHtml(artefact, {
    sweeps, ...emulationOptions(options), progress: progress.update, ...(data === undefined ? {} : { data }), ...(against === undefined ? {} : { against }),
    ...(limit === undefined ? {} : { limit }), ...(inspect === undefined ? {} : { inspected: inspect }),
  }));
  const bytes = new TextEncoder().encode(result.html);
  writeWhole(output, bytes);
  report(result.diagnostics);
  const { evaluation, diagnostics } = result;
  emit(options.json, () => ({ page: output, bytes: bytes.length, ...(evaluation === undefined ? {} : { evaluation }), diagnostics }),
    () => `${summary(result)}written: ${output}, ${count(bytes.length / 1000)} kB\n`);
}

function summary({ evaluation }: PageReport): string {
  if (evaluation?.chip === undefined) return '';
  const { chip, logitSqnrDb } = evaluation;
  return `top-1 ${percent(chip.top1)}${logitSqnrDb === undefined ? '' : `, output SQNR ${ratio(logitSqnrDb)}`}, ${count(evaluation.samples)} samples\n`;
}
