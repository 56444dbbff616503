/** The shared networks with their recorded inputs and outputs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FloatNetwork, floatArenaBytes, prepareFloat } from '../../src/graph/evaluate.js';
import type { Graph } from '../../src/graph/types.js';
import { readOnnx } from '../../src/read/onnx.js';
import { loadKernels } from '../kernels/setup.js';

export const DATA = join(import.meta.dirname, '../../../shared/data');
export const hasData = existsSync(DATA);

export function readNpy(path: string): { shape: number[]; data: Float32Array | Uint8Array } {
  const bytes = readFileSync(path);
  const headerLength = bytes.readUInt16LE(8);
  const header = bytes.subarray(10, 10 + headerLength).toString('latin1');
  const shape = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').filter((s) => s.trim() !== '').map(Number);
  const raw = Uint8Array.from(bytes.subarray(10 + headerLength));
  return { shape, data: header.includes("'|u1'") ? raw : new Float32Array(raw.buffer) };
}

export function loadGraph(set: string, net: string): Graph {
  const folder = existsSync(join(DATA, set, 'models')) ? join(DATA, set, 'models') : join(DATA, set);
  return readOnnx(readFileSync(join(folder, `${net}.onnx`)), { file: `${net}.onnx` });
}

/** A network on the kernels, with an arena for `samples`. */
export function makeNetwork(graph: Graph, samples: number, variant: 'simd' | 'scalar' = 'simd'): FloatNetwork {
  const { instance, arena } = loadKernels();
  const plan = structuredClone(prepareFloat(graph, instance.memory, arena.allocate));
  const bytes = floatArenaBytes(plan, samples);
  const address = arena.allocate(bytes);
  new Float32Array(instance.memory.buffer, address, Math.floor(bytes / 4)).fill(NaN);
  return new FloatNetwork(plan, instance.memory, instance.exports, { address, bytes }, variant);
}

export interface Reference {
  readonly name: string;
  readonly graph: () => Graph;
  readonly input: () => Float32Array;
  readonly output: string;
}

function mnistInput(count: number): Float32Array {
  const bytes = gunzipSync(readFileSync(join(DATA, 'mnist/t10k-first8000-images-idx3-ubyte.gz')));
  return Float32Array.from(bytes.subarray(16, 16 + count * 784), (pixel) => pixel / 255);
}

function cifarInput(net: string, count: number): Float32Array {
  const bytes = readFileSync(join(DATA, 'cifar10/test_exact.bin'));
  const mean = [0.485, 0.456, 0.406];
  const std = [0.229, 0.224, 0.225];
  const input = new Float32Array(count * 3072);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < 3072; i++) {
      const pixel = bytes[n * 3073 + 1 + i] as number;
      const c = Math.floor(i / 1024);
      const value = net.startsWith('mlperf') ? pixel : net === 'vgg-small' ? pixel / 255 : (pixel / 255 - (mean[c] as number)) / (std[c] as number);
      input[n * 3072 + i] = value;
    }
  }
  return input;
}

function imagenetInput(net: string): Float32Array {
  const size = net.startsWith('squeezenet') ? 227 : Number(/-(\d{3})-/.exec(net)?.[1]);
  const { data } = readNpy(join(DATA, `imagenet/reference/val227-first8-${size}-rgb-u8.npy`));
  const plane = size * size;
  const input = new Float32Array(data.length);
  const squeeze = net.startsWith('squeezenet');
  const means = [104, 117, 123];
  for (let n = 0; n < 8; n++) {
    for (let p = 0; p < plane; p++) {
      for (let c = 0; c < 3; c++) {
        const pixel = data[(n * plane + p) * 3 + (squeeze ? 2 - c : c)] as number;
        input[(n * 3 + c) * plane + p] = squeeze ? pixel - (means[c] as number) : (pixel - 127.5) / 127.5;
      }
    }
  }
  return input;
}

const MNIST = ['mlp-784-100-10', 'mlp-784-512-256-10', 'lenet5-maxpool', 'lenet5-avgpool', 'cnn-bn-gap', 'mlp-784-500-100-10', 'lenet-430k'];
const CIFAR = [
  'resnet20', 'resnet32', 'resnet44', 'resnet56', 'mlperf-tiny-resnet8-float', 'mlperf-tiny-resnet8-qdq', 'mlperf-tiny-resnet-large-float',
  'mlperf-tiny-resnet-large-qdq', 'vgg-small',
];
const TINY = ['kws-dscnn', 'vww-mobilenetv1-0.25-96', 'ad-autoencoder'].flatMap((net) => [`${net}-float`, `${net}-qdq`]);
const IMAGENET = [
  'squeezenet-1.1', 'squeezenet-1.0-deepcompressed', 'mobilenetv1-0.25-128-float', 'mobilenetv1-0.25-128-qdq', 'mobilenetv1-0.5-160-qdq',
  'mobilenetv1-0.75-192-qdq', 'mobilenetv2-1.0-224-float', 'mobilenetv2-1.0-224-ptq-perchannel-qdq', 'mobilenetv2-1.0-224-qdq',
];

export const REFERENCES: readonly Reference[] = [
  ...MNIST.map((net) => ({
    name: `mnist/${net}`, graph: () => loadGraph('mnist', net), input: () => mnistInput(100), output: join(DATA, `mnist/reference/${net}.logits.npy`),
  })),
  ...CIFAR.map((net) => ({
    name: `cifar10/${net}`, graph: () => loadGraph('cifar10', net), input: () => cifarInput(net, 100),
    output: join(DATA, `cifar10/reference/${net}.logits.npy`),
  })),
  ...TINY.map((net) => ({
    name: `mlperf-tiny/${net}`, graph: () => loadGraph('mlperf-tiny', net),
    input: () => readNpy(join(DATA, `mlperf-tiny/reference/${net.replace(/-(float|qdq)$/, '')}.input.npy`)).data as Float32Array,
    output: join(DATA, `mlperf-tiny/reference/${net}.output.npy`),
  })),
  ...IMAGENET.map((net) => ({
    name: `imagenet/${net}`, graph: () => loadGraph('imagenet', net), input: () => imagenetInput(net),
    output: join(DATA, `imagenet/reference/${net}.logits.npy`),
  })),
];
