import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Held while installing and while building. It lies outside node_modules, which an install empties. */
export const lockFile = join(root, 'dist', '.lock');

/** The files at or under a path relative to the root, sorted, relative to the root and with forward slashes. */
export function filesUnder(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full).sort().flatMap((name) => filesUnder(`${path}/${name}`));
}

/** SHA-256 over names and contents of all files at or under the given paths. */
export function hashOf(...paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesUnder)) {
    const bytes = readFileSync(join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/** Writes a file so that readers find the old one or the new one whole; leaves it alone if it has these bytes already. */
export function writeWhole(file, contents) {
  const bytes = Buffer.from(contents);
  if (existsSync(file) && readFileSync(file).equals(bytes)) return;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, bytes);
  renameSync(draft, file);
}

/** `text` with what stands between the marks of `name`, which `script` makes, replaced. Throws if there are no such marks. */
export function withPart(text, name, script, part) {
  const [start, end] = [`<!-- ${name}: made by ${script} -->`, `<!-- end of ${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no marks of ${name} by ${script}`);
  return `${text.slice(0, from + start.length)}\n\n${part}\n\n${text.slice(to)}`;
}
