/** Tests' sources made ready for Node: a file of test/ and all that it imports from there, as JavaScript that runs on dist/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, writeWhole } from './files.mjs';

const IMPORT = /(\bfrom |\bimport )'(\.[^']+)'/g;

/** Transpiles `entry` (such as test/fuzz/process.ts) and what it imports to `target`; gives the path of the result. */
export async function transpile(entry, target) {
  const { default: ts } = await import('typescript');
  const outputOf = (file) => join(target, relative(root, file)).replace(/\.ts$/, '.js');
  const waiting = [join(root, entry)];
  const seen = new Set(waiting);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      fileName: file, compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: false },
    });
    const linked = outputText.replace(IMPORT, (_, before, specifier) => {
      const wanted = resolve(dirname(file), specifier);
      const inside = relative(join(root, 'src'), wanted);
      if (!inside.startsWith('..')) return `${before}'${pathToFileURL(join(root, 'dist', inside)).href}'`;
      const source = wanted.replace(/\.js$/, '.ts');
      if (!existsSync(source)) throw new Error(`${specifier} in ${file} is no source`);
      if (!seen.has(source)) waiting.push(source);
      seen.add(source);
      return `${before}'${specifier}'`;
    });
    writeWhole(outputOf(file), linked);
  }
  return outputOf(join(root, entry));
}
