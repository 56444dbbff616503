/** Entry of a training worker: takes its arena, then works on batches. */
import { workerData } from 'node:worker_threads';
import { ChunkRunner, type BatchTask, type TrainingShared } from './chunk.js';

// Piscina hands `workerData` on inside its own.
const { shared, slot } = (Array.isArray(workerData) ? workerData[1] : workerData) as { shared: TrainingShared; slot: number };
const runner = new ChunkRunner(shared, slot);

export default (task: BatchTask): void => runner.run(task);
