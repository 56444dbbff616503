import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkWritable, externalReader, kernelBytes, readBytes, readText, sha256, writeFiles, writeWhole } from '../../src/data/files.js';

const folder = mkdtempSync(join(tmpdir(), 'trestle-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('files', () => {
  it('are read whole, up to a limit', () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'hello');
    expect([...readBytes(path, 5)]).toEqual([104, 101, 108, 108, 111]);
    expect(() => readBytes(path, 4)).toThrow(/T100 .*5 bytes \(limit: 4 bytes\)/);
    expect(() => readBytes(join(folder, 'none'), 4)).toThrow(/T100 .*no such file.*Remedy/);
    expect(() => readBytes(folder, 4)).toThrow(/T100 .*folder/);
    expect(() => readBytes('/dev/zero', 4)).toThrow(/T100/);
  });

  it('are text only if they are', () => {
    const path = join(folder, 't');
    writeFileSync(path, Uint8Array.of(0xff, 0xfe));
    expect(() => readText(path)).toThrow(/T100 .*UTF-8/);
  });

  it('are written whole, with nothing left beside them', () => {
    const path = join(folder, 'out', 'b');
    expect(() => writeWhole(path, 'x')).toThrow(/T100 .*Make the folder first/);
    mkdirSync(join(folder, 'out'));
    writeWhole(path, 'first');
    writeWhole(path, new TextEncoder().encode('second'));
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(() => writeWhole(join(folder, 'out'), 'x')).toThrow(/T100/);
    expect(readdirSync(join(folder, 'out'))).toEqual(['b']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it('are written together into a folder, new or old', () => {
    const target = join(folder, 'many');
    writeFiles(target, [['a', bytes('one')], ['b', bytes('two')]]);
    writeFiles(target, [['b', bytes('three')], ['c', bytes('four')]]);
    expect(readdirSync(target).map((name) => readFileSync(join(target, name), 'utf8'))).toEqual(['one', 'three', 'four']);
  });

  it.each(['fresh', 'used'])('are written all or none, into a folder that is %s', (name) => {
    const target = join(folder, 'whole', name);
    mkdirSync(join(folder, 'whole', 'used'), { recursive: true });
    const files = function* (): Generator<readonly [string, Uint8Array]> {
      yield ['a', bytes('one')];
      throw new Error('no more');
    };
    expect(() => writeFiles(target, files())).toThrow(/T100 .*no more.*Remedy/);
    expect(readdirSync(join(folder, 'whole'), { recursive: true })).toEqual(['used']);
  });

  it('are tried before they are written', () => {
    checkWritable(join(folder, 'later'));
    expect(readdirSync(folder).filter((name) => name.includes('later'))).toEqual([]);
    expect(() => checkWritable(join(folder, 'nowhere', 'x'))).toThrow(/T100 .*nowhere/);
    expect(() => checkWritable(join(folder, 'n'.repeat(256)))).toThrow(/T100 .*too long/);
    expect(() => checkWritable('/proc/x', 'place')).toThrow(/T100 place: /);
  });

  it('have the hash that sha256sum gives', () => {
    expect(sha256(new TextEncoder().encode('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('include the kernels', () => {
    expect([...kernelBytes().subarray(0, 4)]).toEqual([0, 97, 115, 109]);
  });
});

describe('external data', () => {
  const models = join(folder, 'models');
  mkdirSync(join(models, 'sub'), { recursive: true });
  writeFileSync(join(models, 'w.bin'), Uint8Array.of(0, 1, 2, 3, 4, 5));
  writeFileSync(join(models, 'sub', 'v.bin'), Uint8Array.of(9));
  writeFileSync(join(folder, 'secret'), 'x');
  writeFileSync(join(folder, 'models-other'), 'x');
  symlinkSync(join(folder, 'secret'), join(models, 'link'));
  symlinkSync('w.bin', join(models, 'inner'));
  symlinkSync(folder, join(models, 'up'));
  const read = externalReader(join(models, 'm.onnx'));

  it('is read by position', () => {
    expect([...read('w.bin', 2, 3)]).toEqual([2, 3, 4]);
    expect([...read('w.bin', 4, undefined)]).toEqual([4, 5]);
    expect([...read('sub/v.bin', 0, 1)]).toEqual([9]);
    expect([...read('./inner', 0, 1)]).toEqual([0]);
  });

  it.each([
    '/etc/passwd', '../secret', 'sub/../../secret', '..\\secret', 'C:\\x', '\\\\host\\x', 'link', 'up/secret', '../models-other', '', '.',
      'none', 'sub',
    'w.bin\0',
  ])('is refused at %j', (location) => {
    expect(() => read(location, 0, 1)).toThrow(/T106/);
  });

  it('is refused one byte behind the end of its file as what it is', () => {
    expect(() => read('w.bin', 0, 7)).toThrow(/T106 .*external data of 7 bytes at 0 \(limit: the file has 6 bytes\)/);
    expect(() => read('w.bin', 6, 1)).toThrow(/T106 .*external data of 1 bytes at 6/);
    expect([...read('w.bin', 6, undefined)]).toEqual([]);
  });

  const ranges = [[0, 7], [6, 1], [-1, 1], [0, -1], [0.5, 1], [Number.NaN, 1], [2 ** 53, 1], [7, undefined]] as const;
  it.each(ranges)('is refused at offset %d, length %d', (offset, length) => {
    expect(() => read('w.bin', offset, length)).toThrow(/T106/);
  });
});
