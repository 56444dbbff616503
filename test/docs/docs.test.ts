/** What README.md and docs/ say is what the program does. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pages, withOutput, withoutTimes } from '../../scripts/console.mjs';
import { withPart } from '../../scripts/files.mjs';
import { terminalOutput, terminalPicture } from '../../scripts/picture.mjs';
import { diagnosticsPage } from '../../scripts/diagnostics.mjs';
import { supportFiles } from '../../scripts/support.mjs';
import { DIAGNOSTICS } from '../../src/diagnostics.js';
import { builtinChips } from '../../src/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const readme = read('README.md');

/** Text of an SVG, words by line, without markup. */
function words(svg: string): string {
  const lines = new Map<string, string[]>();
  for (const [, y, text] of svg.matchAll(/<text [^>]*y="(\d+)"[^>]*>([^<]*)<\/text>/g)) lines.set(y!, [...(lines.get(y!) ?? []), text!]);
  return [...lines.values()].map((parts) => parts.join(' ')).join('\n');
}

describe('README.md', () => {
  it('has the example of the public interface, which a test of that runs', () => {
    const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1];
    const comment = /```js\n([\s\S]*?) \* ```/.exec(read('src/index.ts'))?.[1]?.replaceAll(/^ \* ?/gm, '');
    expect(example?.length).toBeGreaterThan(400);
    expect(example).toBe(comment);
  });

  it('opens with the two commands, which package.json has', () => {
    const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']));
    expect(readme.indexOf('npm start')).toBeLessThan(800);
    expect(readme.indexOf('npm test')).toBeLessThan(900);
  });

  it('names every built-in chip', () => {
    expect(builtinChips().filter((name) => !readme.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe('generated parts', () => {
  it.each(Object.entries(supportFiles()))('%s is up to date (node scripts/support.mjs)', (file, contents) => {
    expect(read(file)).toBe(contents);
  });

  it('docs/diagnostics.md is up to date (node scripts/diagnostics.mjs)', () => {
    expect(read('docs/diagnostics.md')).toBe(diagnosticsPage());
    expect(Object.keys(DIAGNOSTICS).filter((code) => !read('docs/diagnostics.md').includes(`### ${code}: `))).toEqual([]);
  });

  it('are found by their marks, and missed by name', () => {
    const marks = ['<!-- x: made by a.mjs -->', '<!-- end of x -->'];
    expect(withPart(`a\n${marks[0]}\nold\n${marks[1]}\nb`, 'x', 'a.mjs', 'new')).toBe(`a\n${marks[0]}\n\nnew\n\n${marks[1]}\nb`);
    expect(() => withPart('a', 'x', 'a.mjs', 'new')).toThrow(/no marks of x/);
  });

  it.each(pages().filter((page) => read(page).includes('```console')))('%s shows what its commands print (node scripts/console.mjs)', (page) => {
    const text = read(page);
    expect(withoutTimes(text)).toBe(withoutTimes(withOutput(text)));
    // A page may run a dozen commands.
  }, 240_000);

  it('the picture shows what demo prints (node scripts/picture.mjs)', () => {
    const plain = (svg: string): string => withoutTimes(words(svg)).replaceAll(/ +[\d,]+$/gm, ' #');
    const shown = plain(read('docs/demo.svg'));
    expect(shown).toMatch(/^\$ npx trestle demo\n/);
    expect(shown).toBe(plain(terminalPicture('', `$ npx trestle demo\n\n${terminalOutput(['demo'])}`)));
  });
});

describe('terminalPicture', () => {
  it('places words by column, in colour, and escapes them', () => {
    const svg = terminalPicture('a < b', 'ab  \x1b[1mc&\x1b[22m \x1b[32m<d\x1b[39m\n───\nlast\n');
    expect(svg).toContain('<title>a &lt; b</title>');
    expect(svg).toContain('<text x="53.6" y="60" textLength="16.8" lengthAdjust="spacingAndGlyphs" font-weight="bold">c&amp;</text>');
    expect(svg).toContain('<text x="78.8" y="60" textLength="16.8" lengthAdjust="spacingAndGlyphs" fill="#98c379">&lt;d</text>');
    expect(svg).toContain('<path d="M20 74h25.2"');
    expect(svg).toContain('y="98"');
    expect(terminalPicture('a < b', 'x')).toBe(terminalPicture('a < b', 'x\n'));
  });
});

describe('withoutTimes', () => {
  it.each([
    ['took 5.7 s.', 'took # s.'],
    ['600 samples in 0.3 s: 2,106 samples/s, 1.12 G multiplications/s, 2 workers', '600 samples in # s: # samples/s, # multiplications/s, # workers'],
    ['1 worker', '# workers'],
    ['memory: 1,196 MB at most', 'memory: # MB at most'],
    ['13 core-ops, 21.5 dB', '13 core-ops, 21.5 dB'],
  ])('%s', (text, expected) => expect(withoutTimes(text)).toBe(expected));
});

describe('all pages', () => {
  it.each(pages())('%s links to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link!).filter((link) => !link.includes(':'));
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });

  it.each(pages())('%s names files and diagnostics that exist', (page) => {
    const text = read(page);
    const files = [...text.matchAll(/`((?:src|scripts|test|bench|examples|assembly)\/[\w./-]+)`/g)].map(([, file]) => file!);
    const invented = page.startsWith('docs/add-') ? ['assembly/simd128/bytes.ts'] : [];
    expect(files.filter((file) => !existsSync(join(root, file)) && !invented.includes(file))).toEqual([]);
    expect([...text.matchAll(/\bT\d{3}\b/g)].map(([code]) => code).filter((code) => !Object.hasOwn(DIAGNOSTICS, code))).toEqual([]);
  });
});

describe('docs/chips.md', () => {
  const specification = join(root, '../shared/spec/chips.md');

  it.skipIf(!existsSync(specification))('is the specification, word for word (skipped without ../shared)', () => {
    expect(read('docs/chips.md')).toBe(readFileSync(specification, 'utf8'));
  });
});
