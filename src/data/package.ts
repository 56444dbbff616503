/** Files that come with the package: the same from src/, from dist/ and from an installed copy. */
import { fileURLToPath } from 'node:url';
import { readText } from './files.js';

/** Absolute path of a file of the package, given from its root. */
export function packagePath(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

interface Manifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

function manifest(): Manifest {
  return JSON.parse(readText(packagePath('package.json'))) as Manifest;
}

/** Version of the package. */
export function packageVersion(): string {
  return manifest().version;
}

/** Version of an optional package that this one goes with. */
export function peerVersion(name: string): string {
  return manifest().peerDependencies[name];
}
