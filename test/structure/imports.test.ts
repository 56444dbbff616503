import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';
import { beside, brokenRule, hasAny, importsOf, placeOf, road, targetOf } from './imports.js';

const project = new URL('../../', import.meta.url);
const sources = readdirSync(new URL('src/', project), { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))
  .sort()
  .map((file) => ({ file, text: readFileSync(new URL(`src/${file}`, project), 'utf8') }));

/** What may break a rule, `folder -> file` relative to src/, and why. Keep it short. */
const exceptions: Record<string, string> = {
  'expand -> reform/make.ts': 'asks a term of the reformed graph what it is',
  'encode -> reform/make.ts': 'asks an edge of the reformed graph where its values lie',
  'encode -> reform/origins.ts': 'asks the reformed graph where the channels of an edge come from',
  'expand -> reform/origins.ts': 'asks the same',
  'write -> read/onnx-schema.ts': 'reader and writer have one schema',
  'tune -> expand/types.ts': 'runs the expansion so far',
};

const all = sources.flatMap(({ file, text }) => importsOf(text).map((found) => ({ file, found })));
const broken = all.flatMap(({ file, found }) => {
  const rule = brokenRule(file, found);
  return rule === undefined ? [] : [{ file, found, rule, key: `${placeOf(file)} -> ${targetOf(file, found)}` }];
});

describe('imports of src/', () => {
  it('follow the road', () => {
    const refused = broken.filter(({ key }) => !(key in exceptions));
    expect(refused.map(({ file, found, rule }) => `${file} -> ${found.specifier}: ${rule}`)).toEqual([]);
  });

  it('have no exception that is not needed', () => {
    const needed = broken.map(({ key }) => key);
    expect(Object.keys(exceptions).filter((key) => !needed.includes(key))).toEqual([]);
  });

  it('name the built-in modules of Node with node:', () => {
    expect(all.filter(({ found }) => builtinModules.includes(found.specifier)).map(({ file }) => file)).toEqual([]);
  });

  it('name packages that are installed with the product, or beside it if they are wanted', () => {
    const manifest = JSON.parse(readFileSync(new URL('package.json', project), 'utf8')) as Record<'dependencies' | 'peerDependencies', Record<string, string>>;
    const packages = { ...manifest.dependencies, ...manifest.peerDependencies };
    const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
    const missing = all
      .filter(({ found }) => !found.specifier.startsWith('.') && !found.specifier.startsWith('node:'))
      .filter(({ found }) => !found.typeOnly && !(packageOf(found.specifier) in packages));
    expect(missing.map(({ file, found }) => `${file} -> ${found.specifier}`)).toEqual([]);
  });

  it('lie in a folder that the architecture knows', () => {
    const known = [...road, ...beside, 'cli', 'api', 'pipeline', 'studies', 'runs'];
    expect(sources.map(({ file }) => placeOf(file)).filter((place) => !place.endsWith('.ts') && !known.includes(place))).toEqual([]);
  });
});

describe('code of src/', () => {
  it('has no type any', () => {
    expect(sources.filter(({ text }) => hasAny(text)).map(({ file }) => file)).toEqual([]);
  });

  it('switches no check off', () => {
    const off = /eslint-disable|@ts-(?:ignore|nocheck|expect-error)/;
    expect(sources.filter(({ text }) => off.test(text)).map(({ file }) => file)).toEqual([]);
  });
});

describe('the rules themselves', () => {
  const rules = (file: string, text: string): (string | undefined)[] => importsOf(text).map((found) => brokenRule(file, found));

  it.each([
    ['a later stage', 'reform/a.ts', "import type { B } from '../map/b.js';", 'imports a later stage'],
    ['values of an earlier stage', 'map/a.ts', "import { b } from '../expand/b.js';", 'imports more than types of an earlier stage'],
    ['a value among types', 'map/a.ts', "import { type B, b } from '../expand/b.js';", 'imports more than types of an earlier stage'],
    ['a default beside types', 'map/a.ts', "import b, { type B } from '../expand/b.js';", 'imports more than types of an earlier stage'],
    ['an import for its effect', 'map/a.ts', "import '../expand/b.js';", 'imports more than types of an earlier stage'],
    ['values passed on', 'map/a.ts', "export * from '../expand/b.js';", 'imports more than types of an earlier stage'],
    ['a stage loaded late', 'map/a.ts', "const b = await import('../expand/b.js');", 'imports more than types of an earlier stage'],
    ['a stage from beside', 'graph/ops/a.ts', "import type { B } from '../../read/b.js';", 'imports a stage from beside the road'],
    ['a stage from a file of src/', 'prng.ts', "import { b } from './read/b.js';", 'imports a stage from beside the road'],
    ['a type written in place', 'graph/a.ts', "let b: import('../read/b.js').B;", 'imports a stage from beside the road'],
    ['the command line', 'report/a.ts', "import { b } from '../cli/b.js';", 'imports what stands above the stages'],
    ['a file outside', 'graph/a.ts', "import { b } from '../../test/b.js';", 'leaves src/'],
    ['Node in a stage', 'read/a.ts', "import { readFileSync } from 'node:fs';", 'needs Node away from the edge'],
    ['a package of Node in a stage', 'emulate/engine.ts', "import { Piscina } from 'piscina';", 'needs Node away from the edge'],
  ])('refuse %s', (_, file, text, rule) => {
    expect(rules(file, text)).toEqual([rule]);
  });

  it.each([
    ['types of an earlier stage', 'map/a.ts', "import type { B } from '../expand/b.js';"],
    ['types by name', 'map/a.ts', "import { type B, type C } from '../expand/b.js';"],
    ['types passed on', 'map/a.ts', "export type { B } from '../expand/b.js';"],
    ['the own folder', 'graph/ops/a.ts', "import { b } from '../b.js';"],
    ['folders beside the road', 'tune/a.ts', "import { b } from '../kernels/b.js';"],
    ['everything in the pipeline', 'pipeline.ts', "import { b } from './report/b.js';"],
    ['everything in a command', 'cli/commands/a.ts', "import { b } from '../../report/b.js';"],
    ['Node at the edge', 'emulate/pool.ts', "import { cpus } from 'node:os'; import { Piscina } from 'piscina';"],
  ])('allow %s', (_, file, text) => {
    expect(rules(file, text).every((rule) => rule === undefined)).toBe(true);
  });

  it('see any as a type only', () => {
    expect(hasAny('const a = b as any;')).toBe(true);
    expect(hasAny('function any(): string { return "any"; } // any')).toBe(false);
  });
});
