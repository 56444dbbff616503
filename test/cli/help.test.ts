import { describe, expect, it } from 'vitest';
import type { Command } from 'commander';
import { programOf } from '../../src/cli/program.js';

const commands = (await programOf()).commands.map((command) => command.name());
const helpOf = async (name: string | null): Promise<string> => {
  let text = '';
  const program = await programOf();
  const command = name === null ? program : program.commands.find((one) => one.name() === name)!;
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
};
const examplesIn = (text: string): string[] => [...text.slice(text.search(/^Examples?:$/m)).matchAll(/^ {2}(trestle .*|.*\(trestle [^)]*\).*)$/gm)]
  .map(([, line]) => (/\((trestle [^)]*)\)/.exec(line!)?.[1] ?? line!).replace(/ *[#>].*/, ''));

/** The words of the command that an example calls, once the program has taken them; nothing runs. */
async function parsed(example: string): Promise<string | undefined> {
  const program = await programOf();
  let called: string | undefined;
  const silent = (command: Command): Command => command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  for (const command of silent(program).commands) silent(command).action(() => void (called = command.name()));
  program.parse(example.split(' ').slice(1), { from: 'user' });
  return called;
}

describe('help', () => {
  it.each([null, ...commands])('of %s fits 80 columns and has a description and examples', async (name) => {
    const text = await helpOf(name);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/^Usage: trestle .*\n\n\w.{20}/);
    expect(examplesIn(text).length).toBeGreaterThan(0);
  });

  it.each(commands)('of %s has examples of it that the program takes', async (name) => {
    const called = await Promise.all(examplesIn(await helpOf(name)).map(parsed));
    expect(called).toEqual(called.map(() => name));
  });

  it('would not take an example with an option that is not there', async () => {
    await expect(parsed('trestle chips --frobnicate')).rejects.toThrow(/unknown option/);
  });

  it.each(commands)('of %s explains every option and operand', async (name) => {
    const command = (await programOf()).commands.find((one) => one.name() === name)!;
    const silent = [...command.options, ...command.registeredArguments].filter(({ description }) => description.length < 5);
    expect(silent).toEqual([]);
  });

  it('has one line a command', async () => {
    const lines = (await helpOf(null)).split('\n');
    const list = lines.slice(lines.indexOf('Commands:') + 1, lines.indexOf('Commands:') + commands.length + 2);
    expect(list.map((line) => line.trim().split(' ')[0])).toEqual([...commands, 'help']);
  });

  it('names what must be given, and --quiet and --json on every command', async () => {
    expect(await helpOf('compile')).toMatch(/Required:\n +--chip <chip> .*\n +--calibrate <card> /);
    const helps = await Promise.all(commands.map(helpOf));
    expect(commands.filter((_, i) => !/General:\n +--json .*\n +-q, --quiet /.test(helps[i]!))).toEqual([]);
  });

  it('of a command is the same where that command alone was loaded', async () => {
    for (const name of commands) {
      const program = await programOf(name);
      expect(program.commands.map((command) => command.name())).toEqual([name]);
      expect(program.commands[0]!.helpInformation()).toBe((await programOf()).commands.find((one) => one.name() === name)!.helpInformation());
    }
  });
});
