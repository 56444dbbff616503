/** Numbers as people read them, the same in every locale. */

/** `59,938`. */
export function count(n: number): string {
  return String(Math.round(n)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

const UNITS: readonly (readonly [number, string])[] = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

/** Three significant digits and a unit: `533 k`. */
export function short(n: number): string {
  const [size, unit] = UNITS.find(([u]) => n >= u * 0.9995) ?? [1, ''];
  const digits = n / size >= 99.95 || size === 1 ? 0 : n / size >= 9.995 ? 1 : 2;
  return `${(n / size).toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
}

/** Whole megabytes, rounded up: `191 MB`. */
export function megabytes(bytes: number): string {
  return `${count(Math.ceil(bytes / 1e6))} MB`;
}

/** `98.17 %`. */
export function percent(share: number, digits = 2): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** Percentage points with their sign: `+0.17`. */
export function points(share: number): string {
  const text = (100 * share).toFixed(2);
  return Number(text) === 0 ? '0.00' : share > 0 ? `+${text}` : text;
}

/** Decibels; `exact` where there is no error at all. */
export function decibels(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  return value >= 999 ? 'exact' : value.toFixed(1);
}

/** `28 x 28 x 6`, or `-` for none. */
export function shape(dimensions: readonly number[]): string {
  return dimensions.length === 0 ? '-' : dimensions.join(' x ');
}

export function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} s` : value < 120 ? `${value.toFixed(0)} s` : `${(value / 60).toFixed(1)} min`;
}

/** `31.5 dB`, or that there is no error. */
export function ratio(db: number | null | undefined): string {
  const text = decibels(db);
  return text === 'exact' || text === '-' ? text : `${text} dB`;
}

/** `one core`, `3 cores`. */
export function plural(n: number, noun: string, nouns = `${noun}s`): string {
  return `${n === 1 ? 'one' : count(n)} ${n === 1 ? noun : nouns}`;
}
