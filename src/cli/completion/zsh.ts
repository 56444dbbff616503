/** Completion for zsh, 5 and later. */
import type { CommandWords, OptionWords, Values } from './words.js';

export function zshScript(commands: readonly CommandWords[], own: readonly OptionWords[]): string {
  const described = commands.map(({ name, text }) => `    ${quoted(`${name}:${text}`)}`);
  return `#compdef trestle
# Completion of trestle for zsh, made by: trestle completion zsh
# To use it, put this line into ~/.zshrc, after compinit:  source <(trestle completion zsh)

# Words, and files of a pattern.
_trestle_values() {
  [[ -n $1 ]] && compadd -- \${=1}
  [[ -n $2 ]] && _files -g $2
}

_trestle() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    [[ $words[2] == -* ]] && compadd -- ${own.flatMap(({ flags }) => flags).join(' ')}
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${commands.map(commandCase).join('\n')}
  esac
}

if [[ $funcstack[1] == _trestle ]]; then _trestle "$@"; else compdef _trestle trestle; fi
`;
}

function commandCase({ name, operands, options }: CommandWords): string {
  const action = actionOf(operands);
  const specs = [...options.map(optionSpec), ...(action === null ? [] : [quoted(`*:operand:${action}`)])];
  return `    ${name})\n      _arguments -S \\\n${specs.map((spec) => `        ${spec}`).join(' \\\n')} ;;`;
}

function optionSpec({ flags, text, values }: OptionWords): string {
  const action = values === undefined ? '' : `:value:${actionOf(values) ?? ' '}`;
  const rest = quoted(`[${text.replaceAll(/[[\]\\:]/g, '\\$&')}]${action}`);
  // Values may follow in the next word, after `=`, or right after a short option.
  const taking = flags.map((flag) => (values === undefined ? flag : `${flag}${flag.startsWith('--') ? '=' : '+'}`));
  return flags.length === 1 ? `${taking[0]}${rest}` : `'(${flags.join(' ')})'{${taking.join(',')}}${rest}`;
}

function actionOf({ words, files, folders }: Values): string | null {
  if (folders) return '_files -/';
  if (files === null) return '_files';
  if (words.length === 0 && files.length === 0) return null;
  // A single word in parentheses would be qualifiers.
  const pattern = files.length > 1 ? `*.(${files.join('|')})` : files.map((ending) => `*.${ending}`).join('');
  return ` _trestle_values "${words.join(' ')}" "${pattern}"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
