/** `trestle conformance`: every kernel against a vector file. */
import type { Command } from 'commander';
import { kernelModule, readVectors, runConformance } from '../../index.js';
import { readBytes } from '../../data/files.js';
import { conformanceReport } from '../../report/conformance.js';
import { json } from '../options.js';
import { emit } from '../output.js';

export function register(program: Command): void {
  const command = program.command('conformance').description('check every kernel variant against a vector file; exit status 1 if one differs')
    .argument('<VECTORS.json[.gz]>', 'cases in the form of the vector files, gzipped or not');
  json(command)
    .addHelpText('after', '\nExample:\n  trestle conformance core-ops.json.gz')
    .action(conformanceCommand);
}

function conformanceCommand(path: string, options: { readonly json?: boolean }): void {
  const result = runConformance(readVectors(readBytes(path), path), kernelModule());
  emit(options.json, () => result, (style) => conformanceReport(result, style));
  if (result.mismatches.length > 0) process.exitCode = 1;
}
