/** Jobs for Slurm: an array of parts, and a merge that waits for all of them. */
import { mergeScript, partScript, SUBMIT, type JobFile, type JobOptions } from './jobs.js';
import { commandOf, quoted } from './shell.js';

export interface SlurmOptions extends JobOptions {
  /** Options of sbatch for all jobs, such as `--partition=long`. */
  readonly sbatch?: readonly string[];
}

/**
 * Everything that has a path goes onto the command line of sbatch: there the shell's rules of quoting hold, in the comments of a batch script others.
 * A part that a node has lost is put into the queue again; if a part fails, the merge is taken out.
 */
export function slurmFiles(options: SlurmOptions): JobFile[] {
  const { folder, parts, name, sbatch = [] } = options;
  // Slurm fills in what follows a percent sign, and knows a doubled one.
  const log = (file: string): string => `--output=${folder.replaceAll('%', '%%')}/${file}`;
  const common = ['--parsable', `--job-name=${name}`, '--open-mode=append', ...sbatch];
  const array = commandOf(['sbatch', ...common, `--array=1-${parts}`, '--requeue', log('part-%a.log'), `${folder}/part.sh`]);
  const merge = commandOf(['sbatch', ...common, '--kill-on-invalid-dep=yes', log('merge.log')]);
  return [
    ['part.sh', `#!/bin/sh\n${partScript(options, '$SLURM_ARRAY_TASK_ID')}`],
    ['merge.sh', `#!/bin/sh\n${mergeScript(options)}`],
    [SUBMIT, `#!/bin/sh
# Prints the numbers of both jobs. It may be run again: what is done is not done again.
set -e
array=$(${array})
# With several clusters the number is followed by a name.
array=\${array%%;*}
merge=$(${merge} --dependency="afterok:$array" ${quoted(`${folder}/merge.sh`)})
echo "parts: job $array, merge: job \${merge%%;*}"
`],
  ];
}
