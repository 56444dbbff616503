/** What may stand where on the command line, read off the commands themselves: the one source of all completion scripts. */
import type { Command, Option } from 'commander';
import { builtinChips } from '../../chip/chip.js';
import { SWEPT_NAMES as SWEPT } from '../../studies/sweep.js';
import { STEP_NAMES } from '../../tune/steps.js';
import { KERNEL_NAMES } from '../../kernels/table.js';

/** What can be given for an operand or as the value of an option. */
export interface Values {
  readonly words: readonly string[];
  /** Endings of file names, without the point; `null`: any file. Folders on the way are offered with them. */
  readonly files: readonly string[] | null;
  readonly folders: boolean;
}

export interface OptionWords {
  /** `-o` and `--output`, for example. */
  readonly flags: readonly string[];
  readonly text: string;
  /** Missing for an option without a value. */
  readonly values?: Values;
}

export interface CommandWords {
  readonly name: string;
  readonly text: string;
  /** Of all operands: commands have operands of one kind only. */
  readonly operands: Values;
  readonly options: readonly OptionWords[];
}

const NOTHING: Values = { words: [], files: [], folders: false };
const YAML = ['yaml', 'yml'];

/** By the placeholder in the help. Others say their endings themselves: `<X.npy>`. */
function namedValues(placeholder: string): Values | undefined {
  switch (placeholder.toLowerCase()) {
    case 'n':
    case 'share':
    case 'i/n':
    case 'reference':
    case 'option...':
    case 'names...': return NOTHING;
    case 'steps': return { ...NOTHING, words: [...STEP_NAMES, 'all'] };
    case 'variation...': return { ...NOTHING, words: SWEPT.map((name) => `${name}=`) };
    case 'm': return { ...NOTHING, words: ['auto'] };
    case 'chip': return { ...NOTHING, words: builtinChips(), files: YAML };
    case 'card': return { ...NOTHING, files: YAML };
    case 'model': return { ...NOTHING, files: ['onnx'] };
    case 'name': return { ...NOTHING, words: KERNEL_NAMES };
    case 'dir': return { ...NOTHING, folders: true };
    case 'file': return { ...NOTHING, files: null };
    default: return undefined;
  }
}

/** Throws where a placeholder says nothing, so that no option of a new command is forgotten. */
export function valuesOf(placeholder: string, choices?: readonly string[]): Values {
  if (choices !== undefined) return { ...NOTHING, words: choices };
  const named = namedValues(placeholder);
  if (named !== undefined) return named;
  const endings = [...placeholder.matchAll(/\.([a-z]+)/g)].map(([, ending]) => ending);
  if (endings.length === 0) throw new Error(`no completion is known for <${placeholder}>`);
  return { ...NOTHING, files: endings };
}

export function wordsOf(program: Command): CommandWords[] {
  const shown = program.commands.map((command): CommandWords => ({
    name: command.name(), text: command.summary() || command.description(),
    operands: command.registeredArguments.map((operand) => valuesOf(operand.name(), operand.argChoices)).reduce(joined, NOTHING),
    options: program.createHelp().visibleOptions(command).map(optionWords),
  }));
  const help = { name: 'help', text: 'print the help of a command', operands: { ...NOTHING, words: shown.map(({ name }) => name) }, options: [] };
  return [...shown, help];
}

/** Options of the program itself. */
export function ownOptions(program: Command): OptionWords[] {
  return program.createHelp().visibleOptions(program).map(optionWords);
}

function joined(a: Values, b: Values): Values {
  return { words: unique([...a.words, ...b.words]), files: a.files && b.files && unique([...a.files, ...b.files]), folders: a.folders || b.folders };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function optionWords(option: Option): OptionWords {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  const placeholder = /[<[]([^\s>]+)[>\]]$/.exec(option.flags)?.[1];
  return { flags, text: option.description, ...(placeholder === undefined ? {} : { values: valuesOf(placeholder, option.argChoices) }) };
}
