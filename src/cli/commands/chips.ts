/** `trestle chips`: the built-in chips; one chip's description. */
import type { Command } from 'commander';
import { builtinChips } from '../../chip/chip.js';
import { chipText, loadChip } from '../../data/chips.js';
import { chipsTable } from '../../report/chips.js';
import { examples } from '../help.js';
import { json } from '../options.js';
import { emit, print } from '../output.js';

export function register(program: Command): void {
  const command = program.command('chips').summary('list the chips, or print one that is ready to copy')
    .description('list the built-in chips, or print one chip\'s description as YAML, ready to copy and change')
    .argument('[CHIP]', 'a built-in chip, or a YAML file, which is checked');
  json(command)
    .addHelpText('after', examples('trestle chips', 'trestle chips prime > mine.yaml'))
    .action(chipsCommand);
}

function chipsCommand(name: string | undefined, options: { readonly json?: boolean }): void {
  if (name === undefined) {
    const chips = builtinChips().map(loadChip);
    emit(options.json, () => chips, (style) => `${chipsTable(chips, style)}\ntrestle chips NAME prints a chip's description, ready to copy and change\n`);
    return;
  }
  const chip = loadChip(name);
  if (options.json === true) emit(true, () => chip, () => '');
  else print(chipText(name));
}
