/** Codes compared with the reference, and the first that differs. */
import type { Verification } from '../emulate/verify.js';
import type { Style } from './colour.js';
import { count, plural } from './numbers.js';
import { nameIn, table, wrap } from './table.js';

/** Signals that are named; the JSON has all. */
const SHOWN = 12;

/** `source`: what was compared with the reference. */
export function verifyReport({ samples, codes, differing, signals, first }: Verification, source: string, style: Style): string {
  const compared = `${count(codes)} codes of ${plural(signals.length, 'signal')} on ${plural(samples, 'sample')}`;
  if (first === null) return `${wrap([source, compared, style.good('all as the reference has them')], style, ': ')}\n`;
  const wrong = signals.filter((signal) => signal.differing > 0);
  const right = { align: 'right' as const };
  const rows = wrong.slice(0, SHOWN).map((signal) => [signal.name, count(signal.codes), { text: count(signal.differing), paint: style.bad }]);
  const more = wrong.length > SHOWN ? `and ${count(wrong.length - SHOWN)} more\n` : '';
  const [y, x] = first.position;
  const lines = [
    `first: sample ${first.sample}, ${first.op === null ? 'the encoding of the input' : `operation ${nameIn(first.op)} (${first.kind})`}`,
    `       signal ${nameIn(first.signal)}, position (${y}, ${x}), channel ${first.channel}`,
    `       expected ${first.expected}, found ${first.found}`,
  ];
  return `${table([{ head: 'signal', name: true }, { head: 'codes', ...right }, { head: 'differing', ...right }], rows, style)}${more}
${wrap([source, compared], style, ': ')}
${style.bad(differing === 1 ? 'one differs' : `${count(differing)} differ`)}
${lines.join('\n')}
`;
}
