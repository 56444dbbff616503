/** `trestle submit`: an evaluation as jobs for a cluster. */
import { basename, extname, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { readModel } from '../../api/model.js';
import { loadDataSet } from '../../data/card.js';
import { packagePath } from '../../data/package.js';
import { writeFiles } from '../../data/files.js';
import { MOST_SHARDS } from '../../evaluate/shard.js';
import { count } from '../../report/numbers.js';
import { jobName, SUBMIT, type JobOptions } from '../../runs/jobs.js';
import { kubernetesFiles } from '../../runs/kubernetes.js';
import { commandOf } from '../../runs/shell.js';
import { slurmFiles } from '../../runs/slurm.js';
import { loadArtefact } from '../artefact.js';
import { checkOutputFolder } from '../files.js';
import { examples } from '../help.js';
import { checkBelow, runScript } from '../jobs.js';
import { json, measures, whole } from '../options.js';
import { emit } from '../output.js';

interface Options {
  readonly data: string;
  readonly against?: string;
  readonly limit?: number;
  readonly engine: 'slurm' | 'kubernetes';
  readonly parts: number;
  readonly output: string;
  readonly workers?: number;
  readonly run?: boolean;
  readonly sbatch?: readonly string[];
  readonly image?: string;
  readonly claim?: string;
  readonly mount?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program.command('submit').summary('evaluate in parts on a cluster')
    .description('write an evaluation as jobs for Slurm or Kubernetes, and start them with --run: parts that each evaluate a shard, and a merge of their '
      + 'results when all have ended well')
    .argument('<OUT.trestle>', 'what compile wrote');
  measures(command)
    .addOption(new Option('--engine <name>', 'what runs the jobs').choices(['slurm', 'kubernetes']).makeOptionMandatory())
    .requiredOption('--parts <n>', 'parts, each a job', whole(1, MOST_SHARDS))
    .requiredOption('-o, --output <dir>', 'folder for the jobs and their results, which all of them must reach')
    .option('--workers <n>', 'worker threads of a part (default: one a processor core)', whole(0, 256))
    .option('--run', 'start the jobs; without it, run submit.sh in the folder')
    .optionsGroup('Slurm:')
    .option('--sbatch <option...>', 'options for sbatch, as in --sbatch=--partition=long')
    .optionsGroup('Kubernetes:')
    .option('--image <reference>', 'container image with trestle')
    .option('--claim <reference>', 'persistent volume claim that holds all of the files')
    .option('--mount <dir>', 'where the claim is mounted, here and in the jobs (default: the current folder)');
  json(command)
    .addHelpText('after', examples(
      'trestle submit net.trestle --data a.yaml --engine slurm --parts 8 -o run',
    ))
    .action(submitCommand);
}

function submitCommand(path: string, options: Options, command: Command): void {
  const { engine, parts, run, sbatch, image, claim, against, limit, workers } = options;
  if (engine === 'kubernetes' && (image === undefined || claim === undefined)) command.error('error: --engine kubernetes needs --image and --claim');
  const folder = resolve(options.output);
  checkOutputFolder(folder);
  // What the jobs would refuse is refused here.
  loadArtefact(path);
  loadDataSet(options.data);
  if (against !== undefined) readModel(against);
  const job: JobOptions = {
    artefact: resolve(path), data: resolve(options.data), folder, name: jobName(basename(path, extname(path))), parts,
    trestle: engine === 'slurm' ? [process.execPath, packagePath('dist/cli/main.js')] : ['trestle'],
    ...(against === undefined ? {} : { against: resolve(against) }), ...(limit === undefined ? {} : { limit }),
    ...(workers === undefined ? {} : { workers }),
  };
  const mount = resolve(options.mount ?? '.');
  if (engine === 'kubernetes') checkBelow(mount, [job.artefact, job.data, folder, ...(job.against === undefined ? [] : [job.against])]);
  const files = engine === 'slurm' ? slurmFiles({ ...job, ...(sbatch === undefined ? {} : { sbatch }) })
    : kubernetesFiles({ ...job, image: image ?? '', claim: claim ?? '', mount });
  writeFiles(folder, files.map(([name, text]) => [name, new TextEncoder().encode(text)]));
  const said = run === true ? runScript(folder) : undefined;
  const names = files.map(([name]) => name);
  emit(options.json, () => ({ engine, parts, folder, files: names, ...(said === undefined ? {} : { said }) }), () => (
    `written: ${names.join(', ')} in ${options.output}, ${count(parts)} parts\n`
    + (said ?? `to start them: ${commandOf(['sh', `${options.output}/${SUBMIT}`])}\n`)));
}
