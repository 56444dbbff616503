import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const example = fileURLToPath(new URL('../../examples/train.mjs', import.meta.url));

it('the example trains a network that compiles', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trestle train '));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [example, join(folder, 'small.onnx')], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [, first, last] = /^loss (\S+) after the first epoch, (\S+) after the last\nconv1 \d+\.\d dB, pool1/.exec(stdout) ?? [];
    expect(Number(last)).toBeLessThan(Number(first) / 3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
