/** What a figure was measured on. */
import { arch, availableParallelism, cpus, platform } from 'node:os';

export function machine() {
  return {
    cpu: cpus()[0].model.replaceAll(/\((?:R|TM)\)|\bCPU\b|@.*$/g, ' ').replaceAll(/\s+/g, ' ').trim(),
    cores: availableParallelism(), system: `${platform()} ${arch()}`, node: process.version, v8: process.versions.v8,
  };
}
