import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const project = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, project), 'utf8');

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}
interface Lock {
  readonly version: string;
  readonly packages: Record<string, { readonly resolved?: string }>;
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as Lock;

/** The files that git knows of, or undefined where this is no working copy. */
function committedFiles(): string[] | undefined {
  if (!existsSync(new URL('.git', project))) return undefined;
  const list = execFileSync('git', ['ls-files', '-z'], { cwd: fileURLToPath(project), encoding: 'utf8' });
  return list.split('\0').filter((file) => file !== '' && existsSync(new URL(encodeURI(file), project)));
}

/** Folders of somebody's machine, at the start of a path and not inside an address. */
const machinePath = /(?<![\w.~/-])\/(?:root|home|work|Users)\/[\w.]/;

describe('the package', () => {
  it('has the version of the newest entry in the changelog', () => {
    const newest = /^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1];
    expect(newest).toBe(manifest.version);
    expect(lock.version).toBe(manifest.version);
  });

  it('names exact versions', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it.each(['', 'bench/onnxruntime-node/'])('is locked without the host that it was installed from: %s', (folder) => {
    const { packages } = JSON.parse(read(`${folder}package-lock.json`)) as Lock;
    const resolved = Object.entries(packages).filter(([, { resolved: address }]) => address?.startsWith('http'));
    expect(resolved.map(([name]) => name)).toEqual([]);
    expect(read(`${folder}.npmrc`)).not.toMatch(/registry/);
  });
});

describe('machine paths', () => {
  it.each(['see /home/ann/model.onnx', '"/root/x"', 'cd /work/main', '/Users/ann'])('are seen in %s', (text) => {
    expect(text).toMatch(machinePath);
  });

  it.each(['https://example.org/home/ann', '../work/main', 'a/root/b', '/tmp/digits'])('are not seen in %s', (text) => {
    expect(text).not.toMatch(machinePath);
  });

  const files = committedFiles();
  it.skipIf(files === undefined)('are in no committed file', () => {
    const own = fileURLToPath(import.meta.url);
    const found = (files ?? []).filter((file) => {
      const path = fileURLToPath(new URL(encodeURI(file), project));
      return path !== own && statSync(path).isFile() && machinePath.test(readFileSync(path, 'latin1'));
    });
    expect(found).toEqual([]);
  });
});
