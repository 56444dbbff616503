/** Completion for fish, 3 and later. */
import type { CommandWords, OptionWords, Values } from './words.js';

export function fishScript(commands: readonly CommandWords[], own: readonly OptionWords[]): string {
  return `# Completion of trestle for fish, made by: trestle completion fish
# To use it:  trestle completion fish > ~/.config/fish/completions/trestle.fish

complete -c trestle -f
${own.map((option) => optionLine('__fish_use_subcommand', option)).join('\n')}
${commands.map(commandLines).join('\n')}
`;
}

function commandLines({ name, text, operands, options }: CommandWords): string {
  const here = `__fish_seen_subcommand_from ${name}`;
  return [
    '', `complete -c trestle -n __fish_use_subcommand -a ${name} -d ${quoted(text)}`,
    ...(given(operands) === '' ? [] : [`complete -c trestle -n ${quoted(here)}${given(operands)}`]), ...options.map((option) => optionLine(here, option)),
  ].join('\n');
}

function optionLine(where: string, { flags, text, values }: OptionWords): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
  const value = values === undefined ? '' : values.files === null ? ' -r -F' : ` -x${given(values)}`;
  return `complete -c trestle -n ${quoted(where)} ${names}${value} -d ${quoted(text)}`;
}

/** -k: in this order, in which files of the right ending come before others. */
function given(values: Values): string {
  const list = argumentsOf(values);
  return list === '' ? '' : `${values.files?.length === 0 ? '' : ' -k'} -a ${quoted(list)}`;
}

function argumentsOf({ words, files, folders }: Values): string {
  if (files === null) return '(__fish_complete_path)';
  return [...words, ...files.map((ending) => `(__fish_complete_suffix .${ending})`), ...(folders ? ['(__fish_complete_directories)'] : [])].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
