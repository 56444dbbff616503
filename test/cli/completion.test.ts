import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { programOf } from '../../src/cli/program.js';
import { valuesOf } from '../../src/cli/completion/words.js';
import { builtinChips } from '../../src/index.js';
import { json, scratch, trestle } from './trestle.js';

const folder = scratch();
const script = join(folder, 'trestle.bash');
const here = join(folder, 'files 測試');
const has = (shell: string): boolean => spawnSync(shell, ['-c', ':']).status === 0;

beforeAll(() => {
  writeFileSync(script, trestle(['completion', 'bash']).stdout);
  mkdirSync(join(here, 'a folder'), { recursive: true });
  for (const file of ['net.onnx', 'my net.onnx', 'card.yaml', 'other.yml', 'x.npy', 'net.trestle', 'v.json.gz', 'notes.txt', '*.onnx']) {
    writeFileSync(join(here, file), '');
  }
});

/** What bash offers for the last of the words, as bash splits them. */
function offered(...words: string[]): string[] {
  const code = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "$(complete -p trestle | sed "s/.*-F \\([^ ]*\\).*/\\1/")"; '
    + '((${#COMPREPLY[@]} == 0)) || printf "%s\\n" "${COMPREPLY[@]}"';
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', code, 'bash', script, 'trestle', ...words], { encoding: 'utf8', cwd: here });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '').sort();
}

describe.skipIf(!has('bash'))('completion for bash (skipped without bash)', () => {
  it('is a script that bash can read', () => {
    expect(spawnSync('bash', ['-n', script], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it('offers commands and the options of the program', async () => {
    const commands = (await programOf()).commands.map((command) => command.name());
    expect(offered('')).toEqual([...commands, 'help', '-h', '--help', '-V', '--version'].sort());
    expect(offered('comp')).toEqual(['compile', 'completion']);
    expect(offered('help', 'tr')).toEqual(['trace']);
  });

  it('offers all options of every command', async () => {
    for (const command of (await programOf()).commands) {
      const flags = command.options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined);
      expect(offered(command.name(), '-')).toEqual([...flags, '-h', '--help'].sort());
    }
  });

  it('offers built-in chips beside files of chips, in either form of an option', () => {
    expect(offered('inspect', 'net.onnx', '--chip', '')).toEqual([...builtinChips(), 'a folder', 'card.yaml', 'other.yml'].sort());
    expect(offered('compile', '--chip', '=', 'tian')).toEqual(['tianji', 'tianji-snn']);
    expect(offered('compile', '--chip', '=')).toContain('prime');
  });

  it('offers kernels and the choices of an operand', () => {
    expect(offered('run', '--kernel', 'window/')).toEqual(expect.arrayContaining(['window/scalar', 'window/simd']));
    expect(offered('completion', '')).toEqual(['bash', 'fish', 'zsh']);
  });

  it('offers files by their endings, whatever is in their names', () => {
    expect(offered('inspect', '')).toEqual(['*.onnx', 'a folder', 'my net.onnx', 'net.onnx']);
    expect(offered('inspect', 'my')).toEqual(['my net.onnx']);
    expect(offered('evaluate', 'net')).toEqual(['net.trestle']);
    expect(offered('conformance', '')).toEqual(['a folder', 'v.json.gz']);
    expect(offered('run', 'net.trestle', '--input', '')).toEqual(['a folder', 'x.npy']);
    expect(offered('trace', 'net.trestle', '-o', '')).toEqual(['a folder']);
  });

  it('offers nothing for a number', () => {
    expect(offered('demo', '--workers', '')).toEqual([]);
  });
});

describe('completion for other shells', () => {
  const check = (shell: string): object => spawnSync(shell, ['-n'], { encoding: 'utf8', input: trestle(['completion', shell]).stdout });

  it.skipIf(!has('zsh'))('is a script that zsh can read (skipped without zsh)', () => {
    expect(check('zsh')).toMatchObject({ status: 0, stderr: '' });
  });

  it.skipIf(!has('fish'))('is a script that fish can read (skipped without fish)', () => {
    expect(check('fish')).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(['zsh', 'fish'])('names every command and long option for %s', async (shell) => {
    const { stdout } = trestle(['completion', shell]);
    for (const command of (await programOf()).commands) {
      expect(stdout).toContain(command.name());
      const part = stdout.slice(stdout.search(shell === 'zsh' ? `    ${command.name()}\\)` : `-a ${command.name()} `));
      expect(command.options.filter(({ long }) => !part.includes(shell === 'zsh' ? long! : `-l ${long!.slice(2)}`))).toEqual([]);
    }
  });

  it('says what to do with it, and is one document with --json', () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout } = trestle(['completion', shell, '--quiet']);
      expect(stdout).toMatch(/^#.*\n# To use it.*trestle completion/m);
      expect(json(['completion', shell])).toEqual({ shell, script: stdout });
    }
  });
});

describe('values of a placeholder', () => {
  it('follow from its name, and are never forgotten', () => {
    expect(valuesOf('X.npy')).toEqual({ words: [], files: ['npy'], folders: false });
    expect(valuesOf('SHELL', ['bash'])).toEqual({ words: ['bash'], files: [], folders: false });
    expect(() => valuesOf('frobnicate')).toThrow('<frobnicate>');
  });
});
