/**
 * From the bytes of an ONNX file to a `Graph`: decode, name, order. Shapes and constants are `resolve.ts`.
 */
import { fail, throwIfErrors, TrestleError, type Diagnostic } from '../diagnostics.js';
import { bytesOf } from '../graph/data-types.js';
import { GREATEST_TENSOR } from '../graph/infer.js';
import { topologicalOrder } from '../graph/order.js';
import { ONNX_TYPES } from '../graph/ops/cast.js';
import type { AttributeValue, Graph } from '../graph/types.js';
import { decodeModel, type AttributeProto, type GraphProto, type ModelProto, type NodeProto, type ValueInfoProto } from './onnx-schema.js';
import { checkRank, readTensor, type ExternalData } from './onnx-tensor.js';
import { resolveGraph, type NamedInput, type NamedNode } from './resolve.js';

export interface OnnxOptions {
  /** Name of the file, for diagnostics. */
  readonly file: string;
  /** Gives bytes of files beside the model; without it external data is refused (T106). */
  readonly external?: ExternalData;
}

const LEAST_OPSET = 7;
/** Far above real networks of the kind that fits a chip; the compiler's time grows with the square of it. */
const GREATEST_NODES = 5000;

/**
 * Reads an ONNX model with one input whose first dimension is the sample (free, or 1). Everything that does not depend on the input is
 * computed; the graph's tensors have first dimension 1. Throws one `TrestleError` with all findings: T101 not a model, T102 and T103 what
 * is not supported, one for each node, T104 shapes, T105 and T106 tensor data, T107 operator set.
 */
export function readOnnx(bytes: Uint8Array, options: OnnxOptions): Graph {
  const model = decodeOrFail(bytes, options.file);
  const graph = model.graph ?? fail('T101', options.file, 'the file holds no graph', {
    limit: 'an ONNX model', remedy: 'Give the path of an .onnx file',
  });
  if (graph.node.length > GREATEST_NODES) fail('T101', options.file, `${graph.node.length} nodes`, { limit: `${GREATEST_NODES} nodes` });
  const opset = opsetOf(model, options.file);
  const found: Diagnostic[] = [];
  if (graph.sparseInitializer.length > 0) found.push(finding('T103', options.file, 'sparse initialisers are not supported', 'dense ones'));
  const constants = collect(found, graph.initializer, (tensor) => [
    tensor.name || fail('T101', options.file, 'an initialiser has no name', { limit: 'a name for each tensor' }),
    readTensor(tensor, `${options.file}: tensor "${tensor.name}"`, options.external),
  ] as const);
  const nodes = collect(found, graph.node.map((node, index) => ({ node, index })), ({ node, index }) => namedNode(node, index, options));
  const initialised = new Set(graph.initializer.map((tensor) => tensor.name));
  const inputs = collect(found, graph.input.filter((info) => !initialised.has(info.name)), (info) => namedInput(info, options.file));
  const misnamed = nameFindings(graph, initialised, options.file);
  if (inputs.length !== 1 && found.length === 0) {
    const names = inputs.map((input) => input.name).join(', ');
    const message = `the model has ${inputs.length} inputs${names ? ` (${names})` : ''}`;
    found.push({ ...finding('T103', options.file, message, 'one input'), remedy: 'Export the part of the model that has one input' });
  }
  throwIfErrors(misnamed.length > 0 ? [...found, ...misnamed] : []);
  return resolveGraph({
    name: graph.name,
    file: options.file,
    opset,
    inputs,
    outputs: graph.output.map((info) => info.name),
    constants,
    nodes: inOrder(nodes, options.file),
  }, found);
}

function decodeOrFail(bytes: Uint8Array, file: string): ModelProto {
  try {
    return decodeModel(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('T101', file, `the file cannot be decoded: ${reason}`, {
      limit: 'a whole ONNX model', remedy: 'Give an .onnx file that is not cut off',
    });
  }
}

function finding(code: Diagnostic['code'], place: string, message: string, limit: string): Diagnostic {
  return { code, severity: 'error', place, message, limit };
}

/** Applies `read` to all items; the diagnostics of those that fail are added to `found`. */
function collect<T, R>(found: Diagnostic[], items: readonly T[], read: (item: T) => R): R[] {
  const results: R[] = [];
  for (const item of items) {
    try {
      results.push(read(item));
    } catch (error) {
      if (!(error instanceof TrestleError)) throw error;
      found.push(...error.diagnostics);
    }
  }
  return results;
}

function opsetOf(model: ModelProto, file: string): number {
  const entry = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const version = entry ? Number(entry.version) : 1;
  if (version < LEAST_OPSET) {
    fail('T107', file, `operator set ${version}`, { limit: `${LEAST_OPSET} or later`, remedy: 'convert the model to a later operator set' });
  }
  return version;
}

function namedNode(node: NodeProto, index: number, options: OnnxOptions): NamedNode {
  const domain = node.domain === '' || node.domain === 'ai.onnx' ? '' : `${node.domain}.`;
  const op = domain + (node.opType || fail('T101', options.file, `node ${index} names no operator`, {
    limit: 'an operator for each node',
  }));
  const name = node.name || node.output.find((output) => output !== '') || `node ${index}`;
  const attributes = new Map<string, AttributeValue>();
  for (const attribute of node.attribute) {
    if (attributes.has(attribute.name)) {
      fail('T101', `${name} (${op})`, `attribute "${attribute.name}" occurs twice`, { limit: 'each attribute once' });
    }
    attributes.set(attribute.name, attributeValue(attribute, `${name} (${op})`, options));
  }
  return { name, op, attributes: Object.fromEntries(attributes), inputs: node.input, outputs: node.output };
}

/** Numbers of the attribute types in ONNX files; 0 (old files) is told from the field that is filled. */
function attributeValue(attribute: AttributeProto, place: string, options: OnnxOptions): AttributeValue {
  switch (attribute.type || guessType(attribute)) {
    case 1: return attribute.f;
    case 2: return Number(attribute.i);
    case 3: return text(attribute.s);
    case 4: {
      const tensor = attribute.t ?? fail('T101', place, `attribute "${attribute.name}" holds no tensor`, {
        limit: 'a tensor, as its type says',
      });
      return readTensor(tensor, `${place}: attribute "${attribute.name}"`, options.external);
    }
    case 6: return attribute.floats;
    case 7: return attribute.ints.map(Number);
    case 8: return attribute.strings.map(text);
    // Kinds that no supported operator has: they stay visible by name, so that the operator's row refuses them.
    default: return `(attribute of type ${attribute.type})`;
  }
}

function guessType(attribute: AttributeProto): number {
  if (attribute.t) return 4;
  if (attribute.s.length > 0) return 3;
  if (attribute.floats.length > 0) return 6;
  if (attribute.ints.length > 0) return 7;
  if (attribute.strings.length > 0) return 8;
  return attribute.f !== 0 ? 1 : 2;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** An input's type and shape for one sample. */
function namedInput(info: ValueInfoProto, file: string): NamedInput {
  const place = `${file}: input "${info.name}"`;
  const tensor = info.type?.value.case === 'tensorType' ? info.type.value.value : fail('T101', place, 'the input is not a tensor', {
    limit: 'a tensor',
  });
  const type = ONNX_TYPES[tensor.elemType] ?? fail('T103', place, `element type ${tensor.elemType} is not supported`, {
    limit: 'numbers and bool', remedy: 'Export the model with numbers for it',
  });
  const dims = tensor.shape?.dim ?? fail('T104', place, 'the input has no shape', { limit: 'a number for each dimension but the first' });
  checkRank(dims.length, place);
  if (dims.length === 0) fail('T104', place, 'the input is a scalar', { limit: 'a first dimension for the samples' });
  const shape = dims.map(({ value }, i) => {
    const size = value.case === 'dimValue' ? Number(value.value) : undefined;
    if (i === 0) {
      if (size !== undefined && size > 1) {
        fail('T104', place, `the first dimension is ${size}`, {
          limit: 'a free first dimension, or 1', remedy: 'export the model with a free batch size',
        });
      }
      return 1;
    }
    if (size === undefined || !Number.isSafeInteger(size) || size < 1) {
      const shown = value.case === 'dimParam' ? `"${value.value}"` : String(size ?? 'free');
      fail('T104', place, `dimension ${i} is ${shown}`, { limit: 'a number, 1 or more', remedy: 'export the model with a fixed input size' });
    }
    return size;
  });
  const bytes = shape.reduce((product, size) => product * size, bytesOf(type));
  if (bytes > GREATEST_TENSOR) fail('T104', place, `a sample [${shape.join(', ')}] of ${bytes} bytes`, { limit: `${GREATEST_TENSOR} bytes` });
  return { name: info.name, type, shape };
}

/** Names defined twice, or used without a definition. */
function nameFindings(graph: GraphProto, initialised: ReadonlySet<string>, file: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  const defined = new Set<string>();
  const define = (name: string): void => {
    if (defined.has(name)) found.push(finding('T101', file, `tensor "${name}" is defined twice`, 'each name once'));
    defined.add(name);
  };
  graph.initializer.forEach((tensor) => define(tensor.name));
  graph.input.forEach((info) => initialised.has(info.name) || define(info.name));
  for (const node of graph.node) node.output.forEach((name) => name !== '' && define(name));
  for (const node of graph.node) {
    for (const name of node.input) {
      if (name === '' || defined.has(name)) continue;
      const place = `${node.name || node.output[0] || '?'} (${node.opType})`;
      found.push(finding('T101', place, `operand "${name}" is not defined`, 'names that something defines'));
    }
  }
  if (graph.output.length === 0) found.push(finding('T101', file, 'the graph has no output', 'at least one output'));
  for (const info of graph.output) {
    if (!defined.has(info.name)) found.push(finding('T101', file, `output "${info.name}" is not defined`, 'names that something defines'));
  }
  return found;
}

function inOrder(nodes: readonly NamedNode[], file: string): readonly NamedNode[] {
  const ids = new Map<string, number>();
  const id = (name: string): number => {
    if (name === '') return -1;
    const known = ids.get(name) ?? ids.size;
    ids.set(name, known);
    return known;
  };
  const numbered = nodes.map((node) => ({ node, inputs: node.inputs.map(id), outputs: node.outputs.map(id) }));
  const { order, cycle } = topologicalOrder(numbered);
  if (cycle.length > 0) {
    fail('T101', file, `nodes form a cycle: ${cycle.slice(0, 5).map(({ node }) => node.name).join(', ')}`, {
      limit: 'nodes in an order in which each comes after its operands',
    });
  }
  return order.map(({ node }) => node);
}

