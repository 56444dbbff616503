/** Jobs for Kubernetes: an Indexed Job of parts, and a Job that merges, which is made when the parts are complete. */
import { stringify } from 'yaml';
import { mergeScript, partScript, SUBMIT, type JobFile, type JobOptions } from './jobs.js';
import { commandOf } from './shell.js';

export interface KubernetesOptions extends JobOptions {
  /** Image in which the parts run. */
  readonly image: string;
  /** A persistent volume claim, for many pods at once, and where it is mounted: every path must lie below. */
  readonly claim: string;
  readonly mount: string;
}

/** Starts of a container after failures, for each part; one that is started again goes on where its results end. */
const MOST_FAILURES = 6;

/** Kubernetes knows no jobs that wait for others: submit.sh waits in their place. */
export function kubernetesFiles(options: KubernetesOptions): JobFile[] {
  const { folder, name, parts } = options;
  const apply = (file: string): string => commandOf(['kubectl', 'apply', '-f', `${folder}/${file}`]);
  const wait = (job: string): string => commandOf(['kubectl', 'wait', '--for=condition=complete', '--timeout=-1s', `job/${job}`]);
  const indexed = { completions: parts, parallelism: parts, completionMode: 'Indexed' };
  return [
    ['parts.yaml', manifest(options, name, partScript(options, '$((JOB_COMPLETION_INDEX + 1))'), indexed)],
    ['merge.yaml', manifest(options, `${name}-merge`, mergeScript(options), {})],
    [SUBMIT, `#!/bin/sh
# Waits for the parts, then merges. To have them run again, delete the jobs first; what is done is not done again.
set -e
${apply('parts.yaml')}
${wait(name)}
${apply('merge.yaml')}
${wait(`${name}-merge`)}
`],
  ];
}

function manifest({ image, claim, mount, parts }: KubernetesOptions, name: string, script: string, spec: object): string {
  const container = {
    // $(NAME) would be filled in by Kubernetes; a doubled $ stands for one.
    name: 'trestle', image, command: ['/bin/sh', '-c'], args: [script.replaceAll('$', '$$$$')],
    volumeMounts: [{ name: 'work', mountPath: mount }],
  };
  const volumes = [{ name: 'work', persistentVolumeClaim: { claimName: claim } }];
  return stringify({
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name },
    spec: {
      ...spec, backoffLimit: MOST_FAILURES * ('completions' in spec ? parts : 1),
      template: { spec: { restartPolicy: 'OnFailure', containers: [container], volumes } },
    },
  }, { lineWidth: 0 });
}
