/** `trestle demo`: the bundled example, end to end, on both chips. */
import type { Command } from 'commander';
import { compile } from '../../api/compile.js';
import { evaluate } from '../../api/evaluate.js';
import { readModel, type Model } from '../../api/model.js';
import type { EmulationOptions } from '../../api/options.js';
import { coreOpsOf } from '../../cores/ops.js';
import { loadDataSet } from '../../data/card.js';
import { loadChip } from '../../data/chips.js';
import { packagePath } from '../../data/package.js';
import type { Evaluation } from '../../evaluate/evaluate.js';
import { throwIfErrors } from '../../diagnostics.js';
import { graphMacs } from '../../graph/macs.js';
import { demoReport, type DemoRow } from '../../report/demo.js';
import { parametersOf } from '../../report/judge.js';
import { examples } from '../help.js';
import { emulates, emulationOptions, json } from '../options.js';
import { emit, report } from '../output.js';
import { withProgress, type Progress } from '../progress.js';

const CHIPS = ['tianji', 'prime'] as const;
const FOLDER = 'examples/digits';

interface Options extends EmulationOptions {
  readonly json?: boolean;
}

export function register(program: Command): void {
  json(emulates(program.command('demo').description('compile and run the bundled example on both chips')))
    .addHelpText('after', examples('trestle demo', 'trestle demo --json --quiet'))
    .action(demoCommand);
}

async function demoCommand(options: Options): Promise<void> {
  const start = performance.now();
  const model = readModel(packagePath(`${FOLDER}/digits.onnx`));
  const rows = await withProgress(async (progress) => {
    const done: DemoRow[] = [];
    for (const chip of CHIPS) done.push(await demoRow(model, chip, options, progress));
    return done;
  });
  const seconds = (performance.now() - start) / 1000;
  const parameters = parametersOf(model.graph);
  const macsPerSample = graphMacs(model.graph);
  const about = { folder: FOLDER, parameters, macsPerSample, samples: rows[0].evaluation.samples, seconds };
  emit(options.json, () => ({ model: { file: model.file, sha256: model.sha256 }, parameters, macsPerSample, seconds, chips: rows.map(document) }),
    (style) => demoReport(rows, about, style));
}

async function demoRow(model: Model, chip: string, options: Options, progress: Progress): Promise<DemoRow> {
  const emulation = emulationOptions(options);
  const calibration = loadDataSet(packagePath(`${FOLDER}/calibration.yaml`));
  const { artefact, mapping, diagnostics } = await compile(model, loadChip(chip), calibration, {
    ...emulation, progress: (stage, done, total) => progress.update(`${chip} ${stage}`, done, total),
  });
  const evaluation = await evaluate(artefact, loadDataSet(packagePath(`${FOLDER}/test.yaml`)), {
    ...emulation, against: model, progress: (done, total) => progress.update(`${chip} evaluate`, done, total),
  });
  throwIfErrors(evaluation.diagnostics);
  report([...diagnostics, ...evaluation.diagnostics]);
  const { cores, mats, utilisation } = mapping;
  return { chip, evaluation, coreOps: coreOpsOf(artefact.graph).length, cores, mats, utilisation };
}

function document({ chip, evaluation, ...rest }: DemoRow): { name: string } & Omit<DemoRow, 'chip' | 'evaluation'> & Evaluation {
  return { name: chip, ...rest, ...evaluation };
}
