/** Tuning of one layer: scales of its output and of its partial sums, and the integers of its tiles, by squared error through the real arithmetic. */
import type { EdgeSamples } from '../encode/types.js';
import type { LayerDraft } from '../expand/types.js';
import { freePhase } from './free.js';
import { LayerBench } from './layer-bench.js';
import { OutputTuner, type FinalChoice, type Form } from './output.js';
import { PartialTuner } from './partial-sums.js';
import { ROUNDING, trainRounding } from './rounding.js';
import { WORTH_A_LOOK } from './tile.js';
import { each, type Workbench } from './workbench.js';

/** Rows that a search looks at: more change little, and each candidate costs a product. */
const SEARCH_ROWS = 2048;

/** Tunes a layer in place. `golden`: the float network's output at sampled positions; `fixed`: the output's code is given. */
export async function tuneLayer(bench: Workbench, draft: LayerDraft, golden: EdgeSamples, fixed: boolean): Promise<void> {
  const found = thinned(golden, SEARCH_ROWS);
  const fitted = bench.steps.has('free') ? await freePhase(bench, draft, found) : draft;
  const layer = new LayerBench(bench, fitted, found);
  const { sum } = await bench.during(() => searchForms(layer, fixed));
  await trainRounding(layer, golden, sum, ROUNDING);
}

/** About `rows` of the sampled rows, evenly; of each sample the first, which is where its map is strongest if rows are chosen so (collect.ts). */
function thinned(golden: EdgeSamples, rows: number): EdgeSamples {
  const count = golden.positions.length;
  const every = Math.max(1, Math.floor(count / rows));
  const perSample = count / (golden.samples[count - 1] + 1);
  const kept = golden.positions.map((_, r) => r).filter((r) => (perSample < every ? r : r % perSample) % every === 0);
  const channels = golden.edge.shape[0];
  const values = new Float32Array(kept.length * channels);
  kept.forEach((r, i) => values.set(golden.values.subarray(r * channels, (r + 1) * channels), i * channels));
  return { ...golden, samples: kept.map((r) => golden.samples[r]), positions: kept.map((r) => golden.positions[r]), values };
}

/** Partial sums first, then the output in the best of its forms, which is given. */
async function searchForms(layer: LayerBench, fixed: boolean): Promise<Form> {
  const output = new OutputTuner(layer, fixed);
  await new PartialTuner(layer, output).choose();
  const rows = await layer.rowsOf(layer.final);
  if (layer.plain) await layer.chooseSegments([layer.draft.output], async () => (await output.tune(rows, output.givenForm, false)).total);
  const quick = await each(await output.forms(rows), async (form) => ({ form, total: (await output.tune(rows, form, false)).total }));
  const least = Math.min(...quick.map((q) => q.total));
  let best: { form: Form; choice: FinalChoice } | null = null;
  for (const { form, total } of quick) {
    if (total > WORTH_A_LOOK * least) continue;
    const choice = await output.tune(rows, form, true);
    if (best === null || choice.total < best.choice.total) best = { form, choice };
  }
  if (best === null) throw new Error('no form of the output');
  output.write(await output.spread(rows, best.form, best.choice));
  return best.form;
}
