#!/usr/bin/env node
/** The command line as a process. */
import { listen } from './interrupt.js';
import { main } from './program.js';

// Whoever reads the output may stop before its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

listen();
process.exitCode = await main(process.argv.slice(2));
