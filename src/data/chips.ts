/** Chips by name or by path. */
import { fileURLToPath } from 'node:url';
import { builtinChips, parseChip } from '../chip/chip.js';
import type { Chip } from '../chip/types.js';
import { fail, TrestleError } from '../diagnostics.js';
import { readText } from './files.js';

/** The text of a chip's file, comments and all. `nameOrPath`: a built-in name, or a path to a YAML file. T200 if it is neither. */
export function chipText(nameOrPath: string): string {
  if (builtinChips().includes(nameOrPath)) return readText(builtinPath(nameOrPath));
  try {
    return readText(nameOrPath);
  } catch (error) {
    if (!(error instanceof TrestleError)) throw error;
    return fail('T200', nameOrPath, `no built-in chip, and no file: ${error.diagnostics.map((d) => d.message).join('; ')}`, {
      limit: `${builtinChips().join(', ')}, or a file`, remedy: 'Use one of these names, or the path of a chip\'s YAML file',
    });
  }
}

/** The chip of a built-in name or of a YAML file. Errors T200, T201, T202. */
export function loadChip(nameOrPath: string): Chip {
  return parseChip(chipText(nameOrPath), builtinChips().includes(nameOrPath) ? `chip ${nameOrPath}` : nameOrPath);
}

function builtinPath(name: string): string {
  return fileURLToPath(new URL(`../chip/builtin/${name}.yaml`, import.meta.url));
}
