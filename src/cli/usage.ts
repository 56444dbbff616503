/** Wrong usage, which commander finds, in the form of all other diagnostics. */
import type { Command, CommanderError } from 'commander';
import type { Diagnostic } from '../diagnostics.js';

/** T002 for the value of an option, T001 for all else. `command`: the one that was called, or the program. */
export function usageDiagnostic(error: CommanderError, command: Command): Diagnostic {
  const name = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
  const severity = 'error';
  const remedy = `See ${name} --help`;
  const text = error.message.replace(/^error: /, '');
  const value = /^option '.*?(--[\w-]+).*?' argument '(.*)' is invalid\. (.*)$/s.exec(text);
  if (value !== null) return { code: 'T002', severity, place: value[1], message: `the value is "${value[2]}"`, limit: value[3], remedy };
  const message = error.code === 'commander.help' ? 'no command is given' : text.replace(/\.$/, '');
  const commands = command.commands.map((c) => c.name()).join(', ');
  return { code: 'T001', severity, place: name, message, limit: commands === '' ? `${name} ${command.usage()}` : `commands ${commands}`, remedy };
}
