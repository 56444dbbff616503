/** How help looks: no wider than 80 columns, options in groups, examples at the end. */
import type { Command } from 'commander';
import { outputStyle } from './output.js';

/** Text that a user may copy, as the end of a command's help. */
export function examples(...lines: readonly [string, ...string[]]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** Gives the program and all of its commands, which must be there already, the one look, and every command `--quiet`. */
export function arrange(program: Command): void {
  for (const command of program.commands) {
    for (const option of command.options) if (option.helpGroupHeading === undefined) option.helpGroup(option.mandatory ? 'Required:' : 'Options:');
    command.optionsGroup('General:').option('-q, --quiet', 'print errors and warnings only; with --json, the document too');
  }
  const title = (text: string): string => outputStyle().strong(text);
  for (const command of [program, ...program.commands]) {
    command.helpOption('-h, --help', 'print this help');
    command.configureHelp({
      helpWidth: outputStyle().text, styleTitle: title, subcommandTerm: (sub) => sub.name(),
      argumentTerm: (argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`),
    });
  }
  program.helpCommand('help [command]', 'print the help of a command');
}
