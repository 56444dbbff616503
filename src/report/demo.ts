/** The bundled example on several chips, one row each. */
import type { Evaluation } from '../evaluate/evaluate.js';
import type { Style } from './colour.js';
import { count, percent, points, seconds } from './numbers.js';
import { table, wrap, type Column } from './table.js';

export interface DemoRow {
  readonly chip: string;
  readonly evaluation: Evaluation;
  readonly coreOps: number;
  readonly cores: number;
  readonly mats: number;
  readonly utilisation: number;
}

const right = (head: string): Column => ({ head, align: 'right' });
const COLUMNS: readonly Column[] = [
  { head: '\nchip', name: true }, right('float\ntop-1'), right('chip\ntop-1'), right('drop\npoints'), right('same\nclass'),
  right('core-\nops'), right('\ncores'), right('\nmats'), right('cells\nused'), right('images\n/s'),
];

export function demoTable(rows: readonly DemoRow[], style: Style): string {
  return table(COLUMNS, rows.map(({ chip, evaluation: e, coreOps, cores, mats, utilisation }) => [
    { text: chip, paint: style.strong }, percent(e.float?.top1 ?? 0), { text: percent(e.chip?.top1 ?? 0), paint: style.good },
    points(e.drop?.top1 ?? 0), percent(e.agreement ?? 0, 1), count(coreOps), count(cores), count(mats), percent(utilisation, 0), count(e.samplesPerSecond),
  ]), style);
}

export interface DemoFacts {
  /** Folder of the example, from the package's root. */
  readonly folder: string;
  readonly parameters: number;
  readonly macsPerSample: number;
  readonly samples: number;
  readonly seconds: number;
}

export function demoReport(rows: readonly DemoRow[], facts: DemoFacts, style: Style): string {
  const { folder, parameters, macsPerSample, samples, seconds: time } = facts;
  const command = 'npx trestle';
  const chips = `${rows.length === 1 ? 'the chip' : 'the chips'} ${rows.map(({ chip }) => chip).join(' and ')}`;
  const about = `A small network that reads drawn digits (${count(parameters)} parameters, ${count(macsPerSample)} multiplications an image) was compiled for `
    + `${chips}, and run bit for bit as each would run it, on ${count(samples)} images that it has never seen; all of it took ${seconds(time)}.`;
  return `${wrap(about.split(' '), style, ' ')}

${demoTable(rows, style)}
The same by hand, and then with a network and data of your own:

  ${command} compile ${folder}/digits.onnx --chip prime \\
    --calibrate ${folder}/calibration.yaml -o digits.trestle
  ${command} evaluate digits.trestle --data ${folder}/test.yaml \\
    --against ${folder}/digits.onnx
`;
}
