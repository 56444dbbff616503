/** A line of comma-separated values (RFC 4180). */
export function csvLine(values: readonly (string | number)[]): string {
  return `${values.map((v) => (/[",\r\n]/.test(String(v)) ? `"${String(v).replaceAll('"', '""')}"` : String(v))).join(',')}\n`;
}
