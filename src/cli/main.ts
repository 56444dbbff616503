#!/usr/bin/env node
/** The command line. Exit status: 0 done; 1 the job could not be done; 2 wrong usage. */
import { Command, CommanderError } from 'commander';
import { TrestleError } from '../diagnostics.js';
import { packageVersion } from '../index.js';
import { COMMANDS } from './commands/table.js';
import { report } from './output.js';

function programOf(): Command {
  const program = new Command('trestle').exitOverride().version(packageVersion())
    .description('Compiles trained networks for neuromorphic and processing-in-memory chips, and emulates the chip bit for bit.')
    .showHelpAfterError('(trestle COMMAND --help shows what there is)')
    .addHelpText('after', '\nExample:\n  trestle demo');
  COMMANDS.forEach((register) => register(program));
  return program;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    await programOf().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return statusOf(error);
  }
}

/** Says what went wrong, in lines that a user can read. */
function statusOf(error: unknown): number {
  // The library has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof TrestleError) {
    report(error.diagnostics);
    return 1;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`internal error: ${message.replaceAll(/\s*[\r\n]+\s*/g, ' ')}\n`);
  if (process.env.TRESTLE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return 1;
}

// Whoever reads the output may stop before its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
