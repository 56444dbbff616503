/** The program: its commands, and what becomes of whatever they throw. Exit status: 0 done; 1 the job could not be done; 2 wrong usage. */
import { Command, CommanderError } from 'commander';
import { TrestleError, type Diagnostic } from '../diagnostics.js';
import { packageVersion } from '../data/package.js';
import { COMMANDS } from './commands/table.js';
import { arrange, examples } from './help.js';
import { report, setQuiet } from './output.js';
import { usageDiagnostic } from './usage.js';

/** The program with its commands: the one that is named, or all if none is. */
export async function programOf(name?: string): Promise<Command> {
  const program = new Command('trestle').exitOverride().version(packageVersion())
    .description('Compiles trained networks for neuromorphic and processing-in-memory chips, and emulates the chip bit for bit.')
    // What commander would say about wrong usage is said as a diagnostic.
    .configureOutput({ outputError: () => undefined })
    .hook('preAction', (_, command) => setQuiet(command.opts<{ readonly quiet?: boolean }>().quiet === true))
    .addHelpText('after', examples('trestle demo', 'trestle inspect net.onnx --chip prime', 'trestle help compile'));
  const named = COMMANDS.filter((command) => command.name === name);
  const wanted = named.length === 0 ? COMMANDS : named;
  for (const { register } of await Promise.all(wanted.map(({ load }) => load()))) register(program);
  arrange(program);
  return program;
}

/** Runs the command line `args` (without the program's name); gives the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const program = await programOf(args[0]);
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return statusOf(error, program.commands.find((command) => command.name() === args[0]) ?? program);
  }
}

/** Says what went wrong, in lines that a user can read. */
function statusOf(error: unknown, command: Command): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    report([usageDiagnostic(error, command)]);
    return 2;
  }
  const diagnostics = error instanceof TrestleError ? error.diagnostics : memoryDiagnostics(error);
  if (diagnostics !== undefined) {
    report(diagnostics);
    return 1;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`internal error: ${message.replaceAll(/\s*[\r\n]+\s*/g, ' ')}\n`);
  if (process.env.TRESTLE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return 1;
}

/** Arrays that the machine, or the engine, does not give: no fault of the program, but of the size of the job. */
function memoryDiagnostics(error: unknown): readonly Diagnostic[] | undefined {
  if (!(error instanceof RangeError) || !/allocation failed|invalid (typed )?array (buffer )?length/i.test(error.message)) return undefined;
  return [{
    code: 'T503', severity: 'error', place: 'memory', message: `the machine does not give the memory for this job: ${error.message}`,
    limit: 'the memory of the machine', remedy: 'Give fewer samples, or a smaller --batch',
  }];
}
