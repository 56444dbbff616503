/** What was measured of the network's output: figures, and classes taken for each other. */
import type { Confusion } from '../../evaluate/confusion.js';
import type { Evaluation } from '../../evaluate/evaluate.js';
import { count, percent, points, ratio } from '../numbers.js';
import { html, type Html } from './html.js';

export interface Figure {
  readonly value: string;
  readonly what: string;
  readonly more: string;
}

/** The figures at the head of the page. */
export function scoreFigures(e: Evaluation): Figure[] {
  const figures: Figure[] = [];
  if (e.chip !== undefined) {
    const { float, drop } = e;
    const top5 = `top-5 ${percent(e.chip.top5)}`;
    const more = float === undefined || drop === undefined ? top5
      : `float ${percent(float.top1)}; drop ${points(drop.top1)} points, 95 % interval ${points(drop.ci95[0])} to ${points(drop.ci95[1])}; ${top5}`;
    figures.push({ value: percent(e.chip.top1), what: 'top-1 on the chip', more });
  }
  if (e.agreement !== undefined) figures.push({ value: percent(e.agreement), what: 'same class as the float network', more: `of ${count(e.samples)} samples` });
  if (e.logitSqnrDb !== undefined) {
    const error = e.meanSquaredError === undefined ? '' : `mean squared error ${e.meanSquaredError.toPrecision(4)}`;
    figures.push({ value: ratio(e.logitSqnrDb), what: 'output SQNR', more: error });
  }
  return figures;
}

/** Classes that a matrix can show. */
const MOST_CLASSES = 20;
const MOST_PAIRS = 20;

/** Rows are what is true, `rowsAre`; columns the chip's class. */
export function confusionTable(confusion: Confusion, title: string, rowsAre: string): Html {
  const { classes, samples, pairs } = confusion;
  const right = pairs.filter(({ row, column }) => row === column).reduce((n, pair) => n + pair.count, 0);
  const caption = html`<caption>${title}: ${count(right)} of ${count(samples)} agree</caption>`;
  return classes <= MOST_CLASSES ? matrix(confusion, caption, rowsAre) : pairList(confusion, caption, rowsAre);
}

function matrix({ classes, pairs }: Confusion, caption: Html, rowsAre: string): Html {
  const counts = new Map(pairs.map(({ row, column, count: n }) => [row * classes + column, n]));
  const numbers = Array.from({ length: classes }, (_, i) => i);
  const totals = numbers.map((row) => numbers.reduce((n, column) => n + (counts.get(row * classes + column) ?? 0), 0));
  const cell = (row: number, column: number): Html => {
    const n = counts.get(row * classes + column) ?? 0;
    if (n === 0) return html`<td class="none">·</td>`;
    // Few mistakes are to be seen too: their shade goes with the root.
    const share = n / totals[row];
    const shade = row === column ? 15 + 45 * share : 15 + 75 * Math.sqrt(share);
    return html`<td class="${row === column ? 'hit' : 'miss'}" style="--shade:${shade.toFixed(0)}%">${n}</td>`;
  };
  const heads = numbers.map((column) => html`<th scope="col">${column}</th>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="matrix">${caption}
<thead><tr><td></td><th colspan="${classes}" class="axis">chip</th></tr><tr><th class="axis">${rowsAre}</th>${heads}</tr></thead>
<tbody>${numbers.map((row) => html`<tr><th scope="row">${row}</th>${numbers.map((column) => cell(row, column))}</tr>\n`)}</tbody></table></div>`;
}

function pairList({ classes, pairs }: Confusion, caption: Html, rowsAre: string): Html {
  const wrong = pairs.filter(({ row, column }) => row !== column).sort((a, b) => b.count - a.count).slice(0, MOST_PAIRS);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Most frequent confusions"><table>${caption}
<thead><tr><th class="n">${rowsAre}</th><th class="n">chip</th><th class="n">samples</th></tr></thead>
<tbody>${wrong.map((pair) => html`
<tr><td class="n">${pair.row}</td><td class="n">${pair.column}</td><td class="n">${pair.count}</td></tr>`)}</tbody></table></div>
<p class="faint">The most frequent confusions of ${count(classes)} classes.</p>`;
}
