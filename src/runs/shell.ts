/** Words for a POSIX shell. */

/** One word that means `text`, whatever is in it. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command of these words. */
export function commandOf(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}
