/** The commands, in the order of the help. Each is loaded when it is wanted: all of them together load most of the compiler. */
import type { Command } from 'commander';

interface LoadedCommand {
  readonly name: string;
  /** Its module, which adds it to the program. */
  readonly load: () => Promise<{ readonly register: (program: Command) => void }>;
}

export const COMMANDS: readonly LoadedCommand[] = [
  { name: 'demo', load: () => import('./demo.js') },
  { name: 'inspect', load: () => import('./inspect.js') },
  { name: 'compile', load: () => import('./compile.js') },
  { name: 'evaluate', load: () => import('./evaluate.js') },
  { name: 'merge', load: () => import('./merge.js') },
  { name: 'submit', load: () => import('./submit.js') },
  { name: 'explain', load: () => import('./explain.js') },
  { name: 'report', load: () => import('./report.js') },
  { name: 'ablate', load: () => import('./ablate.js') },
  { name: 'sweep', load: () => import('./sweep.js') },
  { name: 'run', load: () => import('./run.js') },
  { name: 'trace', load: () => import('./trace.js') },
  { name: 'verify', load: () => import('./verify.js') },
  { name: 'conformance', load: () => import('./conformance.js') },
  { name: 'diff', load: () => import('./diff.js') },
  { name: 'chips', load: () => import('./chips.js') },
  { name: 'completion', load: () => import('./completion.js') },
];
