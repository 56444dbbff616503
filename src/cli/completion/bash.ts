/** Completion for bash, 3.2 and later. */
import type { CommandWords, OptionWords, Values } from './words.js';

export function bashScript(commands: readonly CommandWords[], own: readonly OptionWords[]): string {
  const first = [...commands.map(({ name }) => name), ...own.flatMap(({ flags }) => flags)].join(' ');
  return `# Completion of trestle for bash, made by: trestle completion bash
# To use it, put this line into ~/.bashrc:  source <(trestle completion bash)

_trestle_add() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}

# Words that begin with what is typed.
_trestle_words() {
  _trestle_add < <(compgen -W "$1" -- "$cur")
}

# Files whose names end as the arguments say, and folders.
_trestle_files() {
  local ending
  compopt -o filenames 2>/dev/null
  _trestle_add < <(compgen -d -- "$cur")
  for ending in "$@"; do
    _trestle_add < <(compgen -f -X "!*.$ending" -- "$cur")
  done
}

_trestle_any() {
  compopt -o filenames 2>/dev/null
  _trestle_add < <(compgen -f -- "$cur")
}

_trestle() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _trestle_words '${first}'
    return
  fi
  # --option=value comes as three words.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $previous == = ]]; then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  case "\${COMP_WORDS[1]} $previous" in
${optionCases(commands).join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${commands.map(commandCase).join('\n')}
  esac
}

complete -F _trestle trestle
`;
}

/** Options with the same values share a case. */
function optionCases(commands: readonly CommandWords[]): string[] {
  const cases = new Map<string, string[]>();
  for (const { name, options } of commands) {
    for (const { flags, values } of options) {
      if (values === undefined) continue;
      const body = [...calls(values), 'return ;;'].map((line) => `      ${line}\n`).join('');
      cases.set(body, [...(cases.get(body) ?? []), ...flags.map((flag) => `'${name} ${flag}'`)]);
    }
  }
  return Array.from(cases, ([body, patterns]) => `    ${patterns.join('|')})\n${body.trimEnd()}`);
}

function commandCase({ name, operands, options }: CommandWords): string {
  const flags = options.flatMap((option) => option.flags);
  const dashed = flags.length === 0 ? [] : [`      [[ $cur == -* ]] && { _trestle_words '${flags.join(' ')}'; return; }`];
  return [`    ${name})`, ...dashed, ...calls(operands).map((call) => `      ${call}`), '      ;;'].join('\n');
}

function calls({ words, files, folders }: Values): string[] {
  return [
    ...(words.length > 0 ? [`_trestle_words '${words.join(' ')}'`] : []),
    ...(files === null ? ['_trestle_any'] : files.length > 0 || folders ? [['_trestle_files', ...files].join(' ')] : []),
  ];
}
