/** Files that come with the package: the same from src/, from dist/ and from an installed copy. */
import { fileURLToPath } from 'node:url';
import { readText } from './files.js';

/** Absolute path of a file of the package, given from its root. */
export function packagePath(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

/** Version of the package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readText(packagePath('package.json'))) as { version: string };
  return version;
}
