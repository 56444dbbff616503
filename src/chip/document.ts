/**
 * Documents that users write: text to YAML to a strict schema, with the line of every problem. Problems are collected, not thrown one by one.
 */
import { isMap, isNode, isPair, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';
import { TrestleError, fail, type Diagnostic, type DiagnosticCode } from '../diagnostics.js';

type Path = readonly PropertyKey[];

/** Longest document that is read, in characters: far above any hand-written one, far below what could trouble the parser. */
export const DOCUMENT_LIMIT = 1 << 16;
/** Problems that are reported one by one: who meets more has given another file than was meant. */
const MOST_PROBLEMS = 100;
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
    const problems = result.error.issues.flatMap((issue) => issueTexts(issue, raw));
    throw new TrestleError(firstOf(problems, code, place, ({ path, message, limit }) => (
      { code, severity: 'error', place: at(path), message, ...(limit === undefined ? {} : { limit }) })));
  }
  return {
    value: result.data,
    problem: (number, path, message, extra = {}) => ({ code: number, severity: 'error', place: at(path), message: `${keyPath(path)}${message}`, ...extra }),
  };
}

/** Diagnostics of the first problems of a list, and in place of the others one that says how many they are. */
function firstOf<T>(problems: readonly T[], code: DiagnosticCode, place: string, diagnostic: (problem: T) => Diagnostic): Diagnostic[] {
  const found = problems.slice(0, MOST_PROBLEMS).map(diagnostic);
  const rest = problems.length - found.length;
  return rest > 0 ? [...found, { code, severity: 'error', place, message: `${rest} more problems` }] : found;
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
    throw new TrestleError(firstOf(document.errors, code, place, (error) => {
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
  // What was found instead is said by `found`, in the words of the document.
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue.message.replace(/, received .*$/, '');
  const parts = issue.errors.map((issues) => issues.map((i) => `${keyPath(i.path)}${issueMessage(i)}`).join(' and '));
  return [...new Set(parts)].join(', or ');
}

function found(raw: unknown, path: Path): string {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return ', found nothing';
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return `, found ${brief(value)}`;
}

/** Characters of a value that are shown. */
const SHOWN = 60;

/** A value as JSON writes it, cut off where it gets long; of a large one only the beginning is looked at. */
function brief(value: unknown): string {
  const text = beginning(value, SHOWN + 1);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/** At least the first `room` characters; every level takes one, which bounds the recursion. */
function beginning(value: unknown, room: number): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room));
  if (typeof value !== 'object' || value === null) return value === undefined ? 'nothing' : String(value);
  let text = Array.isArray(value) ? '[' : '{';
  for (const key in value) {
    if (text.length >= room) return text;
    if (text.length > 1) text += ',';
    if (!Array.isArray(value)) text += `${JSON.stringify(key.slice(0, room))}:`;
    text += beginning((value as Record<string, unknown>)[key], room - text.length);
  }
  return text + (Array.isArray(value) ? ']' : '}');
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
