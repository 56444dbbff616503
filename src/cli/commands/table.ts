/** The commands, in the order of the help. */
import type { Command } from 'commander';
import { register as compile } from './compile.js';
import { register as demo } from './demo.js';
import { register as evaluate } from './evaluate.js';

export const COMMANDS: readonly ((program: Command) => void)[] = [demo, compile, evaluate];
