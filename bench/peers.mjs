/**
 * The peers: onnxruntime's build for the web and, where bench/onnxruntime-node is installed, its native one. One thread each.
 */
import { createRequire } from 'node:module';
import * as web from 'onnxruntime-web';

export const WEB = 'onnxruntime-web';
export const NATIVE = 'onnxruntime-node';

/** The native runtime, or null where it is not installed. */
function nativeRuntime() {
  try {
    return createRequire(new URL('onnxruntime-node/package.json', import.meta.url))(NATIVE);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

web.env.wasm.numThreads = 1;
web.env.logLevel = 'error';
const native = nativeRuntime();

/** Whether the native peer is there; says once where it is not. */
export const hasNative = native !== null;
export const NATIVE_MISSING = `${NATIVE} is not installed (npm ci in bench/onnxruntime-node): left out`;

const peers = [
  { name: WEB, runtime: web, options: { executionProviders: ['wasm'] } },
  ...(hasNative ? [{ name: NATIVE, runtime: native, options: { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' } }] : []),
];

/**
 * A session of every peer on a model.
 * @param {Uint8Array} model
 * @returns {Promise<{ name: string, prepare: (type: string, data: ArrayLike<number>, dims: number[]) => () => Promise<ArrayLike<number>> }[]>}
 * `prepare` gives a function that runs the model on one input that is ready in the runtime's tensor and gives the first output. What
 * `session.run` itself costs, the copies into the runtime's memory included, counts as the peer's.
 */
export function sessions(model) {
  return Promise.all(peers.map(async ({ name, runtime, options }) => {
    const session = await runtime.InferenceSession.create(model, options);
    const [input] = session.inputNames;
    const [output] = session.outputNames;
    const prepare = (type, data, dims) => {
      const feeds = { [input]: new runtime.Tensor(type, data, dims) };
      return async () => (await session.run(feeds))[output].data;
    };
    return { name, prepare };
  }));
}
