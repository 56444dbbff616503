/** `trestle explain`: what each layer of an artefact costs. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { explain } from '../../api/evaluate.js';
import { readModel, type Model } from '../../api/model.js';
import type { EmulationOptions } from '../../api/options.js';
import type { Artefact } from '../../cores/artefact.js';
import { loadDataSet } from '../../data/card.js';
import { fail } from '../../diagnostics.js';
import { explanationReport } from '../../report/explain.js';
import { loadArtefact } from '../artefact.js';
import { examples } from '../help.js';
import { emulates, emulationOptions, json, measures } from '../options.js';
import { emit, report } from '../output.js';
import { withProgress } from '../progress.js';

interface Options extends EmulationOptions {
  readonly data: string;
  readonly against?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('explain').summary('say what each layer of an artefact costs')
    .description('say what each layer of an artefact costs: each alone is replaced by its float function, applied to what it really reads and rounded to the '
      + 'nearest codes of its output, and the rest runs on the chip again')
    .argument('<OUT.trestle>', 'what compile wrote');
  json(emulates(measures(command, 'the float network (default: the file that the artefact names, beside the artefact or in the current folder)')))
    .addHelpText('after', examples('trestle explain net.trestle --data test.yaml --against net.onnx'))
    .action(explainCommand);
}

async function explainCommand(path: string, options: Options): Promise<void> {
  const artefact = loadArtefact(path);
  const data = loadDataSet(options.data);
  const model = readModel(options.against ?? modelOf(artefact, path));
  const { limit } = options;
  const { diagnostics, ...result } = await withProgress((progress) => explain(artefact, data, model, {
    ...(limit === undefined ? {} : { limit }), ...emulationOptions(options), progress: (done, total) => progress.update('explain', done, total),
  }));
  report(diagnostics);
  emit(options.json, () => ({ ...result, diagnostics }), (style) => explanationReport(result, style));
}

/** Path of the model that an artefact names. */
function modelOf({ provenance: { model } }: Artefact, path: string): Model['file'] {
  const found = [join(dirname(path), model.file), model.file].find((file) => existsSync(file));
  return found ?? fail('T501', path, `its float network ${model.file} is neither beside it nor in the current folder`, {
    limit: 'the model that the artefact was compiled from', remedy: 'Give its path with --against',
  });
}
