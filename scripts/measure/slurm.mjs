/**
 * Slurm on this machine alone: its daemons with a configuration of their own in a folder, for as long as a test needs them. Debian's package
 * slurm-wlm has all of them. By itself, prints whether it works:
 *
 *     node scripts/measure/slurm.mjs
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const DAEMONS = ['munged', 'slurmctld', 'slurmd'];
const CLIENTS = ['sbatch', 'squeue', 'sinfo', 'scancel'];
/** Daemons are often not in the PATH of users. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
const PATIENCE_MS = 30_000;

function pathOf(program) {
  return PATH.split(':').map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** Programs that are not installed. */
export function slurmMissing() {
  return [...DAEMONS, ...CLIENTS].filter((program) => pathOf(program) === undefined);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** One node with `cpus` processors, which need not be there. */
async function configuration(folder, socket, cpus) {
  const { username } = userInfo();
  return `ClusterName=trestle
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${await freePort()}
SlurmdPort=${await freePort()}
SlurmUser=${username}
SlurmdUser=${username}
AuthType=auth/munge
AuthInfo=socket=${socket}
CryptoType=crypto/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1
ReturnToService=2
NodeName=one NodeHostname=${hostname()} NodeAddr=127.0.0.1 CPUs=${cpus} State=UNKNOWN
PartitionName=all Nodes=one Default=YES MaxTime=INFINITE State=UP
`;
}

/**
 * Starts Slurm; `folder` is an empty one without spaces in its name. Gives the environment in which its commands find it, and what ends it. Throws where it
 * does not get ready.
 */
export async function startSlurm(folder, cpus = 2) {
  for (const name of ['munge', 'state', 'spool']) mkdirSync(join(folder, name), { mode: 0o700 });
  const munge = (name) => join(folder, 'munge', name);
  writeFileSync(munge('key'), randomBytes(128), { mode: 0o400 });
  const file = join(folder, 'slurm.conf');
  writeFileSync(file, await configuration(folder, munge('socket'), cpus));
  const env = { ...process.env, PATH, SLURM_CONF: file };
  const running = [];
  const start = (program, args) => {
    const child = spawn(pathOf(program), args, { env, stdio: 'ignore' });
    running.push(child);
    return child;
  };
  const stop = async () => {
    // Jobs outlive the daemons that started them.
    spawnSync('scancel', [`--user=${userInfo().username}`], { env, timeout: 10_000 });
    await jobsEnded(env, 10_000).catch(() => undefined);
    for (const child of running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(10_000).then(() => child.kill('SIGKILL'))]);
    }
  };
  try {
    start('munged', ['--foreground', '--force', ...['socket', 'key-file', 'log-file', 'pid-file', 'seed-file'].map((name) => (
      `--${name}=${munge(name.replace('-file', ''))}`))]);
    await until(() => existsSync(munge('socket')), 'munged');
    start('slurmctld', ['-D', '-f', file]);
    start('slurmd', ['-D', '-N', 'one', '-f', file]);
    await until(() => spawnSync('sinfo', ['-h', '-o', '%T'], { env, encoding: 'utf8' }).stdout.trim() === 'idle', 'slurmctld and slurmd');
    return { env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function until(done, what) {
  for (const start = performance.now(); !done(); await sleep(200)) {
    if (performance.now() - start > PATIENCE_MS) throw new Error(`${what} did not get ready`);
  }
}

/** Waits until no job is left. */
export async function jobsEnded(env, patienceMs) {
  for (const start = performance.now(); ; await sleep(300)) {
    const { status, stdout } = spawnSync('squeue', ['-h'], { env, encoding: 'utf8', timeout: 10_000 });
    if (status === 0 && stdout.trim() === '') return;
    if (performance.now() - start > patienceMs) throw new Error(`jobs are left:\n${stdout}`);
  }
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  const missing = slurmMissing();
  if (missing.length > 0) {
    console.error(`not installed: ${missing.join(', ')}`);
    process.exit(1);
  }
  const folder = mkdtempSync(join(tmpdir(), 'trestle-slurm-'));
  try {
    const { env, stop } = await startSlurm(folder);
    console.log(spawnSync('sinfo', { env, encoding: 'utf8' }).stdout);
    await stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
