/**
 * How much memory emulation takes, at most, as a figure known before it begins: docs/architecture.md, "Memory", has the formula.
 */
import type { CoreGraph } from '../cores/types.js';
import type { Graph } from '../graph/types.js';
import type { Shared } from './tasks.js';

const MIB = 2 ** 20;
/** Node, trestle and its packages, compiled kernels, and what waits for the garbage collector. Measured (Node 20, Linux x64), rounded up. */
const PROCESS_BYTES = 128 * MIB;
/** A thread: its heap, stack and modules, and what waits for its garbage collector. */
const WORKER_BYTES = 24 * MIB;
/** A task's numbers are held by who asked, in the message, and by the worker. */
const COPIES = 3;

/** What is sent through a pool. */
export interface Traffic {
  /** 0: the calling thread works. */
  readonly workers: number;
  /** Samples, at most, whose inputs are in flight at one moment, and whose results. */
  readonly asked: number;
  readonly answered: number;
  /** Values of one sample's input, and bytes of its results. */
  readonly inputSize: number;
  readonly resultBytes: number;
  /** Bytes that whoever asks keeps of all samples. */
  readonly keptBytes: number;
  /** Bytes of the numbers in the networks. */
  readonly modelBytes: number;
}

/** Bytes of the whole process at most. The data set, as its reader holds it, comes on top. */
export function memoryBytes(shared: Pick<Shared, 'arenaStart' | 'arenaBytes'>, traffic: Traffic): number {
  const { workers, asked, answered, inputSize, resultBytes, keptBytes, modelBytes } = traffic;
  const runtime = PROCESS_BYTES + workers * WORKER_BYTES;
  const inFlight = (asked * inputSize * Float32Array.BYTES_PER_ELEMENT + answered * resultBytes) * COPIES;
  // The file of a network and what is read from it may both be held.
  return runtime + 2 * modelBytes + sharedBytes(shared, workers) + inFlight + keptBytes;
}

/** Bytes of the weights, tables and constants of networks. */
export function numberBytes(chip: CoreGraph | undefined, float: Graph | undefined): number {
  const tiles = chip?.ops.flatMap((op) => (op.kind === 'core' ? [op.weights, op.preload, op.table] : [])) ?? [];
  const constants = float?.tensors.map(({ data }) => data) ?? [];
  return [...tiles, ...constants].reduce((bytes, numbers) => bytes + (numbers?.byteLength ?? 0), 0);
}

/** Bytes of the memory that all workers share: packed weights, and an arena for each. It never grows while they work. */
export function sharedBytes({ arenaStart, arenaBytes }: Pick<Shared, 'arenaStart' | 'arenaBytes'>, workers: number): number {
  return arenaStart + arenaBytes * Math.max(1, workers);
}
