import { describe, expect, it } from 'vitest';
import type { Command } from 'commander';
import { programOf } from '../../src/cli/program.js';

const commands = programOf().commands.map((command) => command.name());
const helpOf = (name: string | null): string => {
  let text = '';
  const program = programOf();
  const command = name === null ? program : program.commands.find((one) => one.name() === name)!;
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
};
const examplesIn = (text: string): string[] => [...text.slice(text.search(/^Examples?:$/m)).matchAll(/^ {2}(trestle .*|.*\(trestle [^)]*\).*)$/gm)]
  .map(([, line]) => (/\((trestle [^)]*)\)/.exec(line!)?.[1] ?? line!).replace(/ *[#>].*/, ''));

/** The words of the command that an example calls, once the program has taken them; nothing runs. */
function parsed(example: string): string | undefined {
  const program = programOf();
  let called: string | undefined;
  const silent = (command: Command): Command => command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  for (const command of silent(program).commands) silent(command).action(() => void (called = command.name()));
  program.parse(example.split(' ').slice(1), { from: 'user' });
  return called;
}

describe('help', () => {
  it.each([null, ...commands])('of %s fits 80 columns and has a description and examples', (name) => {
    const text = helpOf(name);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/^Usage: trestle .*\n\n\w.{20}/);
    expect(examplesIn(text).length).toBeGreaterThan(0);
  });

  it.each(commands)('of %s has examples of it that the program takes', (name) => {
    expect(examplesIn(helpOf(name)).map(parsed)).toEqual(examplesIn(helpOf(name)).map(() => name));
  });

  it('would not take an example with an option that is not there', () => {
    expect(() => parsed('trestle chips --frobnicate')).toThrow(/unknown option/);
  });

  it.each(commands)('of %s explains every option and operand', (name) => {
    const command = programOf().commands.find((one) => one.name() === name)!;
    const silent = [...command.options, ...command.registeredArguments].filter(({ description }) => description.length < 5);
    expect(silent).toEqual([]);
  });

  it('has one line a command', () => {
    const lines = helpOf(null).split('\n');
    const list = lines.slice(lines.indexOf('Commands:') + 1, lines.indexOf('Commands:') + commands.length + 2);
    expect(list.map((line) => line.trim().split(' ')[0])).toEqual([...commands, 'help']);
  });

  it('names what must be given, and --quiet and --json on every command', () => {
    expect(helpOf('compile')).toMatch(/Required:\n +--chip <chip> .*\n +--calibrate <card> /);
    expect(commands.filter((name) => !/General:\n +--json .*\n +-q, --quiet /.test(helpOf(name)))).toEqual([]);
  });
});
