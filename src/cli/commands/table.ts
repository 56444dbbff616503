/** The commands, in the order of the help. */
import type { Command } from 'commander';
import { register as ablate } from './ablate.js';
import { register as chips } from './chips.js';
import { register as compile } from './compile.js';
import { register as completion } from './completion.js';
import { register as conformance } from './conformance.js';
import { register as demo } from './demo.js';
import { register as diff } from './diff.js';
import { register as evaluate } from './evaluate.js';
import { register as explain } from './explain.js';
import { register as inspect } from './inspect.js';
import { register as merge } from './merge.js';
import { register as report } from './report.js';
import { register as run } from './run.js';
import { register as submit } from './submit.js';
import { register as sweep } from './sweep.js';
import { register as trace } from './trace.js';
import { register as verify } from './verify.js';
export const COMMANDS: readonly ((program: Command) => void)[] = [
  demo, inspect, compile, evaluate, merge, submit, explain, report, ablate, sweep, run, trace, verify, conformance, diff, chips, completion,
];
