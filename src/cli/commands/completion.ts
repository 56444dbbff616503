/** `trestle completion`: scripts that make shells complete commands, options and their values. */
import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
import { ownOptions, wordsOf } from '../completion/words.js';
import { zshScript } from '../completion/zsh.js';
import { examples } from '../help.js';
import { json } from '../options.js';
import { emit, print } from '../output.js';
import { programOf } from '../program.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

type Shell = keyof typeof SCRIPTS;

export function register(program: Command): void {
  const command = program.command('completion').summary('print a script that completes what one types')
    .description('print a script that completes commands, options and files in a shell')
    .addArgument(new Argument('<SHELL>', 'whose script').choices(Object.keys(SCRIPTS)));
  json(command)
    .addHelpText('after', examples(
      'source <(trestle completion bash)    # in ~/.bashrc', 'source <(trestle completion zsh)     # in ~/.zshrc, after compinit',
      'trestle completion fish > ~/.config/fish/completions/trestle.fish',
    ))
    .action(completionCommand);
}

async function completionCommand(shell: Shell, options: { readonly json?: boolean }): Promise<void> {
  const program = await programOf();
  const script = SCRIPTS[shell](wordsOf(program), ownOptions(program));
  if (options.json === true) emit(true, () => ({ shell, script }), () => '');
  else print(script);
}
