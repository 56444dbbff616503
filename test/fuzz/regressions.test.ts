/** What fuzzing found, and inputs that ask for more work or memory than any file should, each as small as it gets. */
import { describe, expect, it } from 'vitest';
import { makeNetwork } from '../graph/reference.js';
import { CASES } from '../suites/lowerings.js';
import { elements } from '../../src/graph/operator.js';
import { OPERATORS } from '../../src/graph/table.js';
import { artefactOf, floatGraph, windowGraph } from '../cores/samples.js';
import { floats, integers, modelBytes, type ModelParts } from '../read/models.js';
import { writeArtefact } from '../../src/cores/artefact.js';
import type { CoreGraph, CoreOp } from '../../src/cores/types.js';
import { formatDiagnostic, oneLine, TrestleError } from '../../src/diagnostics.js';
import { loadChip, outline, parseChip, printChip, randomDataSet, readVectors } from '../../src/index.js';
import { compile } from '../../src/pipeline.js';
import { readOnnx } from '../../src/read/onnx.js';
import { PLAIN } from '../../src/report/colour.js';
import { networkFacts, networkReport } from '../../src/report/inspect.js';
import { illFormed } from './target.js';

async function refusal(run: () => unknown): Promise<TrestleError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof TrestleError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

function readOrNull(parts: ModelParts): ReturnType<typeof readOnnx> | null {
  try {
    return read(parts);
  } catch (error) {
    if (error instanceof TrestleError) return null;
    throw error;
  }
}

const read = (parts: ModelParts): ReturnType<typeof readOnnx> => readOnnx(modelBytes(parts), { file: 'm.onnx' });

describe('diagnostics', () => {
  it('are one line that leaves the terminal alone, whatever a file brought into them', async () => {
    const name = 'a\n\u001b[31mb\u202ec\ud800';
    const error = await refusal(() => read({ nodes: [{ op: 'Relu', inputs: [name], outputs: ['y'] }] }));
    expect(error.message).toMatch(/operand "a \[31mb c/);
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  it('are not as long as what a file brought into them', () => {
    const text = formatDiagnostic({ code: 'T101', severity: 'error', place: 'x'.repeat(1e6), message: 'y'.repeat(1e6), limit: 'z', remedy: 'r' });
    expect(text.length).toBeLessThan(2200);
    expect(text).toMatch(/x\.\.\.: y+\.\.\. \(limit: z\)\. Remedy: r$/);
    expect(oneLine('kept: é ü 😀')).toBe('kept: é ü 😀');
  });

  it('say "nothing" of what is missing', async () => {
    const printed = printChip(loadChip('tianji'));
    const chip = await refusal(() => parseChip(printed.replace(/^name: .*$/m, ''), 'c.yaml'));
    expect(chip.message).toMatch(/name: .*expected string, found nothing/);
    const vectors = new TextEncoder().encode(JSON.stringify({ format: 'core-op-vectors/1', cases: [{ arithmetic: 'maximum', x: [[1]], y: [[1]] }] }));
    expect((await refusal(() => readVectors(vectors))).message).toMatch(/T600 vectors: cases\[0\]\.name: .*expected string, found nothing/);
  });

  it('show the beginning of a large value', async () => {
    const vectors = new TextEncoder().encode(JSON.stringify({ format: 'core-op-vectors/1', cases: { a: [['b'.repeat(1e6)], 1], c: 2 } }));
    expect((await refusal(() => readVectors(vectors))).message).toMatch(/cases: .*expected array, found \{"a":\[\["b{50}b*\.\.\./);
  });

  it('of a setting that is missing name it so', async () => {
    const graph = windowGraph();
    const ops = graph.ops.map((op) => (op.kind === 'core' ? { ...op, config: { shift: 4 } } : op));
    const error = await refusal(() => writeArtefact(artefactOf({ ...graph, ops })));
    expect(error.diagnostics.map(illFormed).filter((wrong) => wrong !== null)).toEqual([]);
    expect(error.message).toMatch(/no clamp \(limit: 0\.\.255/);
  });
});

it('reports show names in one line', () => {
  const graph = read({ nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'], name: 'a\u001b[2J\nb' }] });
  expect(networkReport('m.onnx', networkFacts(graph), PLAIN)).toMatch(/^a \[2J b/m);
});

describe('networks', () => {
  it('without elements at some point are refused', async () => {
    const error = await refusal(() => read({
      input: ['N', 3], constants: { from: integers([3]), to: integers([9]), axes: integers([1]) },
      nodes: [{ op: 'Slice', inputs: ['x', 'from', 'to', 'axes'], outputs: ['y'] }],
    }));
    expect(error.message).toMatch(/T104 y \(Slice\): the result \[1, 0\] has no elements/);
  });

  it('whose constants would take gibibytes are refused before they are made', async () => {
    const error = await refusal(() => read({
      constants: { c: floats([1, 1], [1]), pads: integers([0, 0, 16000, 16000]) },
      nodes: [{ op: 'Pad', inputs: ['c', 'pads'], outputs: ['big'] }, { op: 'MatMul', inputs: ['x', 'big'], outputs: ['y'] }],
    }));
    expect(error.message).toMatch(/T104 m\.onnx: constants of \d+ bytes are computed from others/);
  });

  it.each<[string, ModelParts['nodes'][number]]>([
    ['a product', { op: 'MatMul', inputs: ['big', 'big'], outputs: ['d'] }],
    ['windows', { op: 'AveragePool', inputs: ['map'], outputs: ['d'], attributes: { kernel_shape: [1999, 1999], pads: [999, 999, 999, 999] } }],
  ])('whose constants would take hours are refused: %s', async (_, node) => {
    const error = await refusal(() => read({
      constants: { c: floats([1, 1], [1]), pads: integers([0, 0, 3000, 3000]), front: integers([0, 1]) },
      nodes: [
        { op: 'Pad', inputs: ['c', 'pads'], outputs: ['big'] }, { op: 'Unsqueeze', inputs: ['big', 'front'], outputs: ['map'] }, node,
        { op: 'MatMul', inputs: ['x', 'd'], outputs: ['y'] },
      ],
    }));
    expect(error.message).toMatch(/T104 m\.onnx: constants that are computed from others take \d+ steps/);
  });

  it('of a huge input or of endless nodes are refused', async () => {
    const relu = [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }];
    expect((await refusal(() => read({ input: ['N', 2 ** 40, 2 ** 40], nodes: relu }))).message).toMatch(/T104 m\.onnx: input "x": a sample/);
    const many = Array.from({ length: 5001 }, (_, i) => ({ op: 'Relu', inputs: [i === 0 ? 'x' : `v${i}`], outputs: [`v${i + 1}`] }));
    expect((await refusal(() => read({ nodes: many }))).message).toMatch(/T101 m\.onnx: 5001 nodes \(limit: 5000 nodes\)/);
  });

  it('with attributes of a wrong type are refused when they are read, whatever the operator', () => {
    const refused = new Set<string>();
    for (const { nodes, ...rest } of CASES) {
      nodes.forEach((node, at) => OPERATORS.get(node.op)!.attributes.forEach((attribute) => {
        const changed = nodes.map((other, i) => (i === at ? { ...other, attributes: { ...other.attributes, [attribute]: 'x' } } : other));
        const graph = readOrNull({ ...rest, nodes: changed });
        if (graph === null) return void refused.add(`${node.op}.${attribute}`);
        // What nothing reads may have any type.
        const input = graph.tensors[graph.inputs[0]!]!;
        makeNetwork(graph, 1).run(new Float32Array(elements(input.shape)), 1, graph.outputs);
      }));
    }
    expect(refused).toContain('BatchNormalization.epsilon');
    expect(refused).toContain('LeakyRelu.alpha');
  });

  it('with large samples are outlined on one sample', async () => {
    const attributes = { kernel_shape: [2, 2], strides: [2, 2] };
    const graph = read({ input: ['N', 1, 2048, 2048], nodes: [{ op: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes }] });
    const { graph: cores } = await outline({ file: 'm.onnx', sha256: '', graph }, loadChip('prime'));
    expect(cores.ops.map(({ kind }) => kind)).toEqual(['maximum']);
  });
});

describe('chips', () => {
  it('that give codes which they cannot take are refused for networks', async () => {
    const text = printChip(loadChip('prime-ideal')).replace(/^outputs: .*$/m, 'outputs: [[0, 126]]');
    const graph = read({ nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }] });
    const error = await refusal(() => compile(graph, parseChip(text, 'c.yaml'), randomDataSet(0, [4], 0, 1, 4), { workers: 0 }));
    expect(error.message).toMatch(/T400 chip prime-ideal: cores give codes 0\.\.126 \(limit: 0\.\.63, the codes that cores take\)/);
  });

  it('with endless keys are refused with the first hundred problems', async () => {
    const keys = await refusal(() => parseChip(Array.from({ length: 1500 }, (_, i) => `k${i}: 1`).join('\n'), 'c.yaml'));
    expect(keys.diagnostics).toHaveLength(101);
    expect(keys.diagnostics[100]?.message).toMatch(/^\d+ more problems$/);
    const broken = await refusal(() => parseChip('a: @\n'.repeat(1000), 'c.yaml'));
    expect(broken.diagnostics).toHaveLength(101);
  });
});

describe('artefacts', () => {
  function withOp(graph: CoreGraph, kind: string, change: (op: CoreGraph['ops'][number]) => object): CoreGraph {
    return { ...graph, ops: graph.ops.map((op) => (op.kind === kind ? { ...op, ...change(op) } as CoreOp : op)) };
  }

  it('that gather more rows than the engine could hold are refused', async () => {
    const graph = withOp(floatGraph(), 'maximum', (op) => ({ gathers: [{ ...(op as CoreOp).gathers[0]!, kernel: [2 ** 14, 2 ** 14] }] }));
    const error = await refusal(() => writeArtefact(artefactOf(graph)));
    expect(error.message).toMatch(/T500 .*max\): it gathers \d+ rows \(limit: 4194304 rows\)/);
  });
});
