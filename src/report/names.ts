/** Names of signals as names of files. */

/** In order: characters outside [A-Za-z0-9._-] become `_`; a name that is taken, in whatever case, gets `~2`, `~3` and so on. */
export function fileNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 200) || '_';
    let unique = plain;
    for (let n = 2; taken.has(unique.toLowerCase()); n++) unique = `${plain}~${n}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}
