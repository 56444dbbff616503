/** Changes of JSON: of its values, and of its text where no value could say it. */
import { type Draw, NUMBERS, STRINGS } from './draw.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Where a value stands. */
interface Spot {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

/** Values deeper than this are left as they are. */
const DEPTH = 100;

function spots(value: Json, depth = 0): Spot[] {
  if (value === null || typeof value !== 'object' || depth > DEPTH) return [];
  const holder = value;
  return Object.keys(holder).flatMap((key): Spot[] => {
    const place = Array.isArray(holder) ? Number(key) : key;
    return [{ holder, key: place }, ...spots(get({ holder, key: place }), depth + 1)];
  });
}

function get({ holder, key }: Spot): Json {
  return (holder as Record<string, Json>)[key] as Json;
}

/** As an own key, even `__proto__`. */
function set({ holder, key }: Spot, value: Json): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove({ holder, key }: Spot): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else Reflect.deleteProperty(holder, key);
}

/** Small steps keep a document likely to be accepted, so that what comes after reading is met too. */
function changeNumber(draw: Draw, value: number): number {
  const step = draw.of([-2, -1, 1, 2]);
  return draw.of([value + step, value + step, value * 2, Math.floor(value / 2), -value, 0, 1, draw.of(NUMBERS), draw.below(256)]);
}

type Change = (draw: Draw, spot: Spot, all: readonly Spot[]) => void;

function changeScalar(draw: Draw, spot: Spot): void {
  const value = get(spot);
  if (typeof value === 'number') set(spot, changeNumber(draw, value));
  else if (typeof value === 'string') set(spot, draw.once(2) ? draw.of(STRINGS) : value.slice(0, draw.below(value.length + 1)));
  else if (typeof value === 'boolean') set(spot, !value);
  else set(spot, draw.of([0, '', [], {}, null]));
}

const CHANGES: readonly Change[] = [
  function number(draw, spot, all) {
    const numbers = all.filter((s) => typeof get(s) === 'number');
    changeScalar(draw, numbers.length > 0 ? draw.of(numbers) : spot);
  },
  changeScalar,
  (_, spot) => remove(spot),
  (draw, spot, all) => set(spot, structuredClone(get(draw.of(all)))),
  function type(draw, spot) {
    set(spot, draw.of<Json>([null, true, 0, -1, 1.5, 'x', [], {}, [[]], { a: 1 }, draw.of(NUMBERS), draw.of(STRINGS)]));
  },
  function swap(draw, spot, all) {
    const like = all.filter((s) => s.key === spot.key && s.holder !== spot.holder);
    if (like.length === 0) return;
    const other = draw.of(like);
    const [a, b] = [structuredClone(get(spot)), structuredClone(get(other))];
    set(spot, b);
    set(other, a);
  },
  function element(draw, { holder }) {
    if (!Array.isArray(holder) || holder.length === 0) return;
    holder.splice(draw.below(holder.length + 1), 0, ...Array.from({ length: draw.of([1, 1, 2, 40]) }, () => structuredClone(draw.of(holder))));
  },
  function order(draw, { holder }) {
    if (!Array.isArray(holder) || holder.length < 2) return;
    const [moved] = holder.splice(draw.below(holder.length), 1);
    holder.splice(draw.below(holder.length + 1), 0, moved as Json);
  },
  function rename(draw, spot) {
    const value = get(spot);
    if (Array.isArray(spot.holder)) return;
    remove(spot);
    set({ holder: spot.holder, key: draw.once(2) ? draw.of(STRINGS) : `${spot.key}x` }, value);
  },
  function add(draw, { holder }) {
    if (!Array.isArray(holder)) set({ holder, key: draw.of(STRINGS) }, draw.of(NUMBERS));
  },
  function nest(draw, spot) {
    let value = get(spot);
    for (let depth = draw.of([1, 2, 70]); depth > 0; depth--) value = draw.once(2) ? [value] : { a: value };
    set(spot, value);
  },
];

/** Changes of the text. */
const TEXTS: readonly ((draw: Draw, text: string) => string)[] = [
  (draw, text) => replaced(draw, text, /-?\d+(?:\.\d+)?/g, () => draw.of(['1e999', '-0', '1.0', '1e2', '01', '0x10', 'NaN', '99999999999999999999', '1E-400'])),
  (draw, text) => replaced(draw, text, /"[^"\\]{1,40}":(?:\d+|"[^"\\]*")/g, (pair) => `${pair},${pair}`),
  (draw, text) => text.slice(0, draw.below(text.length + 1)),
  (draw, text) => replaced(draw, text, /[[\]{},:]/g, () => draw.of(['', ',', '[', ']', '{', '}', ':', '//'])),
  (draw, text) => replaced(draw, text, /"/g, () => draw.of(['', '\\', '\\u0000"', '""', "'"])),
  (_, text) => `\ufeff${text}`,
  (draw, text) => '['.repeat(draw.of([100, 100_000])) + text,
];

/** One match, chosen, replaced. */
export function replaced(draw: Draw, text: string, pattern: RegExp, by: (found: string) => string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { 0: old, index } = draw.of(found);
  return text.slice(0, index) + by(old) + text.slice(index + old.length);
}

/** A JSON text changed in one to three places. */
export function changeJson(draw: Draw, text: string): string {
  if (draw.once(8)) return draw.of(TEXTS)(draw, text);
  const document = { value: JSON.parse(text) as Json };
  for (let n = draw.of([1, 1, 1, 2, 3]); n > 0; n--) {
    const all = spots(document as unknown as Json);
    if (all.length === 0) break;
    draw.of(CHANGES)(draw, draw.of(all), all);
  }
  return JSON.stringify(document.value ?? null);
}
