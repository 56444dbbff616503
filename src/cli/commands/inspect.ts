/** `trestle inspect`: what is in a model, and what becomes of it on a chip. */
import type { Command } from 'commander';
import { outline } from '../../api/compile.js';
import { readModel, type Model } from '../../api/model.js';
import type { Chip } from '../../chip/types.js';
import { loadChip } from '../../data/chips.js';
import { TrestleError, type Diagnostic } from '../../diagnostics.js';
import { chipForm, chipReport, networkFacts, networkReport, type ChipForm } from '../../report/inspect.js';
import { examples } from '../help.js';
import { interrupt } from '../interrupt.js';
import { json } from '../options.js';
import { emit, report } from '../output.js';

interface Options {
  readonly chip?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('inspect').summary('show what is in a model, and what becomes of it on a chip')
    .description('show what is in a model: operators, shapes, weights, multiplications; with a chip, what each layer becomes')
    .argument('<MODEL>', 'an .onnx file')
    .option('--chip <chip>', 'a built-in chip, or a YAML file; exit status 1 if it cannot run the model');
  json(command)
    .addHelpText('after', examples('trestle inspect net.onnx', 'trestle inspect net.onnx --chip tianji'))
    .action(inspectCommand);
}

async function inspectCommand(path: string, options: Options): Promise<void> {
  const chip = options.chip === undefined ? undefined : loadChip(options.chip);
  const model = readModel(path);
  const facts = networkFacts(model.graph);
  const fit = chip === undefined ? undefined : await fitOf(model, chip);
  const unsupported = fit?.unsupported ?? [];
  emit(options.json, () => ({
    model: { file: model.file, sha256: model.sha256 }, ...facts, ...(fit?.form === undefined ? {} : { chip: fit.form }),
    ...(fit === undefined ? {} : { unsupported }),
  }), (style) => networkReport(model.file, facts, style) + (fit?.form === undefined ? '' : `\n${chipReport(fit.form, style)}`));
  report(unsupported);
  if (unsupported.length > 0) process.exitCode = 1;
}

/** What the model becomes on the chip, or all that keeps it from getting there. */
async function fitOf(model: Model, chip: Chip): Promise<{ form?: ChipForm; unsupported: readonly Diagnostic[] }> {
  try {
    const { graph, mapping } = await outline(model, chip, interrupt);
    return { form: chipForm(graph, mapping), unsupported: [] };
  } catch (error) {
    if (!(error instanceof TrestleError) || interrupt.aborted) throw error;
    return { unsupported: error.diagnostics };
  }
}
