/**
 * Documents that users write: text to YAML to a strict schema, with the line of every problem. Problems are collected, not thrown one by one.
 */
import { isMap, isNode, isPair, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';
import { TrestleError, fail, type Diagnostic, type DiagnosticCode } from '../diagnostics.js';

type Path = readonly PropertyKey[];

/** Longest document that is read, in characters: far above any hand-written one, far below what could trouble the parser. */
export const DOCUMENT_LIMIT = 1 << 18;
/** Deeper nesting of flow collections than any schema here has; bounds the parser's recursion. */
const NESTING_LIMIT = 64;

/** A parsed document: its value, and diagnostics that know where each key stands. */
export interface Parsed<T> {
  readonly value: T;
  /** Diagnostic at the line of a key path such as `['core', 'rows']`. */
  readonly problem: (code: DiagnosticCode, path: Path, message: string, extra?: { limit?: string; remedy?: string }) => Diagnostic;
}

/**
 * Parses `text` as one YAML document and checks it against `schema`; unknown keys, wrong types and values out of range are refused together,
 * each as `place:line:column` with its key path. `code` is the number of the diagnostics.
 */
export function parseDocumentAs<S extends z.ZodType>(schema: S, text: string, place: string, code: DiagnosticCode): Parsed<z.output<S>> {
  if (text.length > DOCUMENT_LIMIT) fail(code, place, `the text has ${text.length} characters`, { limit: `${DOCUMENT_LIMIT} characters` });
  checkNesting(text, place, code);
  const lines = new LineCounter();
  const document = parseYaml(text, lines, place, code);
  const at = (path: Path): string => position(document, lines, path, place);
  const raw = toValue(document, place, code);
  const result = schema.safeParse(raw);
  if (!result.success) {
    throw new TrestleError(result.error.issues.flatMap((issue) => issueTexts(issue, raw).map(({ path, message, limit }): Diagnostic => (
      { code, severity: 'error', place: at(path), message, ...(limit === undefined ? {} : { limit }) }))));
  }
  return {
    value: result.data,
    problem: (number, path, message, extra = {}) => ({ code: number, severity: 'error', place: at(path), message: `${keyPath(path)}${message}`, ...extra }),
  };
}

/** Refuses text whose brackets or indentation nest deeper than any document here can. */
function checkNesting(text: string, place: string, code: DiagnosticCode): void {
  let depth = 0;
  let line = 1;
  for (const c of text) {
    if (c === '\n') line++;
    else if (c === '[' || c === '{') depth++;
    else if ((c === ']' || c === '}') && depth > 0) depth--;
    if (depth > NESTING_LIMIT) fail(code, `${place}:${line}`, 'brackets nest too deeply', { limit: `${NESTING_LIMIT} levels` });
  }
  const dashes = /^[ \t]*(?:[-?:][ \t]+){33}/m.exec(text);
  if (dashes) fail(code, place, 'lists nest too deeply', { limit: '32 levels' });
}

function parseYaml(text: string, lines: LineCounter, place: string, code: DiagnosticCode): Document.Parsed {
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true });
  } catch (error) {
    return fail(code, place, `not valid YAML: ${messageOf(error)}`, { limit: 'valid YAML 1.2' });
  }
  if (document.errors.length > 0) {
    throw new TrestleError(document.errors.map((error): Diagnostic => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { code, severity: 'error', place: `${place}:${line}:${col}`, message: `not valid YAML: ${error.message}`, limit: 'valid YAML 1.2' };
    }));
  }
  return document;
}

function toValue(document: Document.Parsed, place: string, code: DiagnosticCode): unknown {
  try {
    // No aliases: they can make a short text a huge value.
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch (error) {
    return fail(code, place, `not valid YAML: ${messageOf(error)}`, { limit: 'valid YAML 1.2 without aliases' });
  }
}

/** `place:line:column` of the deepest node on the path that exists. */
function position(document: Document.Parsed, lines: LineCounter, path: Path, place: string): string {
  for (let n = path.length; n >= 0; n--) {
    const offset = offsetOf(document, path.slice(0, n));
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return `${place}:${line}:${col}`;
  }
  return place;
}

/** Offset of the key that a path names, or of its value in a list. */
function offsetOf(document: Document.Parsed, path: Path): number | undefined {
  if (path.length === 0) return document.contents?.range?.[0];
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path[path.length - 1];
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && isNode(item.key) && String(item.key) === String(last));
    return pair && isNode(pair.key) ? (pair.key as Node).range?.[0] : undefined;
  }
  const node: unknown = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function issueTexts(issue: z.core.$ZodIssue, raw: unknown): { path: Path; message: string; limit?: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: `${keyPath([...issue.path, key])}unknown key` }));
  }
  const limit = limitOf(issue);
  const message = `${keyPath(issue.path)}${issueMessage(issue)}${found(raw, issue.path)}`;
  return [{ path: issue.path, message, ...(limit === undefined ? {} : { limit }) }];
}

/** The bound that an issue is about, where it is about one. */
function limitOf(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'too_small': return `at least ${issue.minimum}`;
    case 'too_big': return `at most ${issue.maximum}`;
    case 'invalid_value': return issue.values.map(String).join(', ');
    case 'invalid_type': return issue.expected;
    // A key that chooses between alternatives; zod's types leave the field out.
    case 'invalid_union': return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String).join(', ') : undefined;
    default: return undefined;
  }
}

/** The message; of a union, those of the alternatives that come nearest. */
function issueMessage(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue.message;
  const parts = issue.errors.map((issues) => issues.map((i) => `${keyPath(i.path)}${issueMessage(i)}`).join(' and '));
  return [...new Set(parts)].join(', or ');
}

function found(raw: unknown, path: Path): string {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return ', found nothing';
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value) ?? 'nothing';
  return `, found ${text.length > 60 ? `${text.slice(0, 60)}...` : text}`;
}

/** `core.rows: `, or nothing for the document itself. */
function keyPath(path: Path): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('').replace(/^\./, '');
  return text === '' ? '' : `${text}: `;
}

/** Problems of a value that is no text (JSON of an artefact), as `place: key path: message` lines; empty if it fits. */
export function schemaProblems(issues: readonly z.core.$ZodIssue[], raw: unknown): string[] {
  return issues.flatMap((issue) => issueTexts(issue, raw).map(({ message }) => message));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
