/** The rules of imports between the folders of src/, as functions of (path, text) so that a test can show each of them failing. */
import { dirname, join } from 'node:path/posix';
import ts from 'typescript';

/** The folders of the road, in its order. */
export const road = ['read', 'reform', 'encode', 'expand', 'tune', 'map', 'emulate', 'evaluate', 'schedule', 'report'];

/** Folders that every stage may use and that use no stage. */
export const beside = ['graph', 'cores', 'chip', 'kernels', 'data', 'train', 'write'];

/** What puts the stages together: it may import everything, and only it may import itself. */
const above = ['cli', 'api', 'pipeline.ts', 'pipeline', 'studies', 'runs', 'reporting.ts', 'index.ts'];

/** Where Node's own modules, and packages that need them, may be imported. */
const edges = ['cli/', 'data/', 'emulate/pool.ts', 'emulate/thread.ts', 'emulate/worker.ts', 'train/pool.ts', 'train/worker.ts'];
const packagesOfNode = ['piscina', 'commander', 'cli-progress', 'sharp', 'tar-stream'];

export interface Import {
  readonly specifier: string;
  /** Erased by the compiler: `import type`, or nothing but `type` names between the braces. */
  readonly typeOnly: boolean;
}

/** All that a file imports, re-exports or loads with `import()`. */
export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node !== undefined && ts.isStringLiteralLike(node)) found.push({ specifier: node.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    if (ts.isExportDeclaration(node)) {
      const named = node.exportClause !== undefined && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : [];
      add(node.moduleSpecifier, node.isTypeOnly || (named.length > 0 && named.every((name) => name.isTypeOnly)));
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(parse(text));
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  return clause.name === undefined && names !== undefined && ts.isNamedImports(names)
    && names.elements.length > 0 && names.elements.every((name) => name.isTypeOnly);
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, false);
}

/** What one import breaks, or undefined. `file` is relative to src/. */
export function brokenRule(file: string, found: Import): string | undefined {
  const { specifier, typeOnly } = found;
  if (!specifier.startsWith('.')) return atEdge(file) || !needsNode(specifier) ? undefined : 'needs Node away from the edge';
  const target = targetOf(file, found);
  if (target.startsWith('..')) return 'leaves src/';
  const from = placeOf(file);
  const to = placeOf(target);
  if (above.includes(from) || from === to) return undefined;
  if (above.includes(to)) return 'imports what stands above the stages';
  if (!road.includes(to)) return undefined;
  if (!road.includes(from)) return 'imports a stage from beside the road';
  if (road.indexOf(to) > road.indexOf(from)) return 'imports a later stage';
  return typeOnly ? undefined : 'imports more than types of an earlier stage';
}

/** The file that a relative import names, relative to src/; a package's name as it is. */
export function targetOf(file: string, { specifier }: Import): string {
  return specifier.startsWith('.') ? join(dirname(file), specifier).replace(/\.js$/, '.ts') : specifier;
}

/** The folder of a file directly under src/, or the file itself. */
export function placeOf(file: string): string {
  return file.split('/')[0] ?? file;
}

function needsNode(specifier: string): boolean {
  return specifier.startsWith('node:') || packagesOfNode.includes(specifier);
}

function atEdge(file: string): boolean {
  return edges.some((edge) => file.startsWith(edge));
}

/** Whether the type `any` is written somewhere in a file. */
export function hasAny(text: string): boolean {
  const visit = (node: ts.Node): boolean => node.kind === ts.SyntaxKind.AnyKeyword || ts.forEachChild(node, visit) === true;
  return visit(parse(text));
}
