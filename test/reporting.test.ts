/** The page of the bundled example: what is on it, that it is safe and the same twice, and that its figures are those of other commands. */
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../src/data/files.js';
import type { CoreGraph } from '../src/cores/types.js';
import { evenSamples, inspectLayers, type LayerInspection } from '../src/emulate/inspect.js';
import { EmulatorPool, newKernels } from '../src/emulate/pool.js';
import { decibel } from '../src/evaluate/score.js';
import {
  compile, loadChip, loadDataSet, packagePath, readModel, reportHtml, TrestleError, writeArtefact, type Compiled, type ReportOptions,
} from '../src/index.js';
import { pauseFor } from '../src/interrupt.js';
import { decomposedFor } from '../src/reform/decompose/decompose.js';
import { counterpartsOf } from '../src/reporting.js';
import { haveShared, sharedNetwork, coresFor } from './flow/setup.js';

const model = readModel(packagePath('examples/digits/digits.onnx'));
const calibration = loadDataSet(packagePath('examples/digits/calibration.yaml'));
const data = loadDataSet(packagePath('examples/digits/test.yaml'));
const options: ReportOptions = { data, against: model, limit: 60, inspected: 8, workers: 0 };
const SAMPLES = 40;

let prime: Compiled;
let html: string;

beforeAll(async () => {
  prime = await compile(model, loadChip('prime'), calibration, { samples: SAMPLES, workers: 0 });
  ({ html } = await reportHtml(prime.artefact, options));
  // Loading the packages that draw takes a while on a machine with other work.
}, 240_000);

/** Tags with their attributes, in order; text and the contents of the style left out. */
function tagsOf(page: string): { tag: string; attributes: Record<string, string> }[] {
  return [...page.replace(/<style>[^<]*<\/style>/, '').matchAll(/<([a-z!][\w-]*)((?:"[^"]*"|[^<>"])*)>/g)].map(([, tag, rest]) => (
    { tag: tag!, attributes: Object.fromEntries([...rest!.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!])) }));
}

const textOf = (part: string): string => part.replaceAll(/<title>[^<]*<\/title>|<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').trim();

/** Text of all elements of one kind. */
function texts(page: string, tag: string): string[] {
  return [...page.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, inside]) => textOf(inside!));
}

/** Elements that are opened and not closed, or closed and not opened. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, end, tag, self] of page.matchAll(/<(\/?)([a-z][\w-]*)(?:"[^"]*"|[^<>"])*?(\/?)>/g)) {
    if (self === '/' || ['meta', 'br'].includes(tag!)) continue;
    if (end === '') open.push(tag!);
    else if (open.pop() !== tag) wrong.push(tag!);
  }
  return [...open, ...wrong];
}

describe('the page', () => {
  it('has these sections, tables and layers', () => {
    expect(texts(html, 'h1')).toEqual(['digits.onnx on prime']);
    expect(texts(html, 'h2')).toEqual(['The network as compiled', 'Layers', 'Layer by layer', 'Classes taken for each other', 'Provenance']);
    const captions = texts(html, 'caption').map((text) => text.replaceAll(/\d+/g, 'N'));
    expect(captions).toEqual(['Chip and label: N of N agree', 'Chip and float network: N of N agree']);
    expect(texts(html, 'summary').map((text) => text.replace(/, [\d.]+ dB$/, ''))).toEqual([
      'conv1 1 core-op at 784 positions', 'pool1 1 native maximum at 196 positions', 'conv2 1 core-op at 100 positions',
      'pool2 1 native maximum at 25 positions', 'dense1 4 core-ops at 1 position', 'dense2 1 core-op at 1 position', 'dense3 1 core-op at 1 position',
    ]);
    const [layers] = texts(html, 'tbody').filter((text) => text.includes('conv1 Conv, Relu') && text.includes('dense3'));
    expect(layers).toMatch(/^conv1 Conv, Relu [\d.]+ [\d.]+ 100 % \d+ of 64 [\d.]+ [\d.]+ % 1 784 28 x 28 x 8 pool1 MaxPool .* 1 1 1 x 1 x 10$/);
  });

  it('shows every core-op as a square of the graph and as a row of its layer', () => {
    expect(html.match(/<path class="core"/g)).toHaveLength(8);
    const names = prime.artefact.graph.ops.filter(({ kind }) => kind === 'core').map(({ name }) => name);
    expect(names.filter((name) => !html.includes(`<bdi>${name}</bdi>`))).toEqual([]);
  });

  it('says how its figures were measured', () => {
    const text = textOf(html);
    expect(text).toContain('Measured on the first 60 samples of test.yaml .');
    expect(text).toContain('On 8 samples taken evenly from the first 60 of test.yaml ; at compile time on 40 calibration samples (seed 0).');
    expect(text).toContain(`SHA-256 ${sha256(writeArtefact(prime.artefact))}`);
    expect(text).toContain(`SHA-256 ${model.sha256}`);
  });

  it('fetches nothing, runs nothing and is small', () => {
    const tags = tagsOf(html);
    const active = ['script', 'link', 'img', 'iframe', 'object', 'embed', 'base', 'form', 'foreignObject', 'image', 'use'];
    expect(tags.filter(({ tag }) => active.includes(tag))).toEqual([]);
    expect(tags.flatMap(({ attributes }) => Object.keys(attributes)).filter((name) => /^on|^src|^action|^xlink/.test(name))).toEqual([]);
    expect(tags.map(({ attributes: { href } }) => href).filter((href) => href !== undefined && !/^#[\w-]+$/.test(href))).toEqual([]);
    expect(html).not.toMatch(/:\/\/|@import|url\((?!#)/);
    expect(html.length).toBeLessThan(250_000);
  });

  it('closes what it opens, and leads only to what is there, once', () => {
    expect(unbalanced(html)).toEqual([]);
    const ids = tagsOf(html).flatMap(({ attributes: { id } }) => (id === undefined ? [] : [id]));
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(tagsOf(html).flatMap(({ attributes: { href } }) => (href === undefined || ids.includes(href.slice(1)) ? [] : [href]))).toEqual([]);
  });

  it('is the same from other workers and batches', async () => {
    expect((await reportHtml(prime.artefact, { ...options, workers: 2, batch: 3 })).html).toBe(html);
  });

  it('is made without data too, of what compile measured', async () => {
    const plain = (await reportHtml(prime.artefact, { workers: 0 })).html;
    expect(texts(plain, 'h2')).toEqual(['The network as compiled', 'Layers', 'Layer by layer', 'Provenance']);
    expect(textOf(plain)).toContain('Not evaluated: this page was made without a data set.');
    const conv1 = prime.layers[0]!;
    expect(texts(plain, 'tbody').join(' ')).toContain(`conv1 ${conv1.sqnrDb.toFixed(1)} ${(100 * conv1.saturated).toFixed(2)} % 1 784`);
    expect(unbalanced(plain)).toEqual([]);
  });

  it('is made without a float network, with labels alone', async () => {
    const { html: page, evaluation } = await reportHtml(prime.artefact, { data, limit: 20, workers: 0 });
    expect(texts(page, 'caption')).toEqual([`Chip and label: ${Math.round(20 * evaluation!.chip!.top1)} of 20 agree`]);
  });

  it('plots sweeps, and names those that it cannot read', async () => {
    const sweeps = [{ place: 'runs/bits.csv', text: 'weights.bits,top1\n2,0.5\n4,0.9\n' }];
    const { html: page } = await reportHtml(prime.artefact, { sweeps, workers: 0 });
    expect(texts(page, 'h3')).toEqual(['bits.csv']);
    expect(page).toContain('aria-label="top-1 on the chip against weights.bits"');
    await expect(reportHtml(prime.artefact, { sweeps: [{ place: 'x.csv', text: 'a' }] })).rejects.toThrow(TrestleError);
  });

  it('is not made when it is interrupted', async () => {
    const controller = new AbortController();
    const stopped = reportHtml(prime.artefact, { ...options, limit: 600, signal: controller.signal, progress: () => controller.abort() });
    await expect(stopped).rejects.toThrow('interrupted before there was a page');
  });
});

describe('names that are no names', () => {
  const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'`${1}</title></svg></style>&amp;\u202e\u0000\n';

  it('stay text wherever they come', async () => {
    const { graph, layers, provenance, mapping } = prime.artefact;
    const named = <T extends { readonly name: string }>(one: T): T => ({ ...one, name: `${HOSTILE}${one.name}` });
    const hostile: CoreGraph = {
      ...graph, chip: { ...graph.chip, description: HOSTILE, name: HOSTILE }, signals: graph.signals.map(named),
      ops: graph.ops.map((op) => ({ ...named(op), layer: `${HOSTILE}${op.layer}` })),
    };
    const artefact = {
      graph: hostile, mapping, layers: (layers as { name: string }[]).map(named),
      provenance: { ...provenance, calibration: HOSTILE, model: { ...provenance.model, file: HOSTILE.replaceAll('/', '') }, options: { [HOSTILE]: HOSTILE } },
    };
    const quoted = `"${HOSTILE.replaceAll('"', '""')}"`;
    const sweeps = [{ place: `${HOSTILE.replaceAll('/', '')}.csv`, text: `${quoted},top1\n${quoted},1\nb,2\n` }];
    const { html: page } = await reportHtml(artefact, { ...options, sweeps });
    const known = new Set(tagsOf(html).map(({ tag }) => tag).concat('h3'));
    expect([...new Set(tagsOf(page).map(({ tag }) => tag))].filter((tag) => !known.has(tag))).toEqual([]);
    expect(tagsOf(page).flatMap(({ attributes }) => Object.keys(attributes)).filter((name) => /^on|^src/.test(name))).toEqual([]);
    expect(unbalanced(page)).toEqual([]);
    expect(page).not.toMatch(/[\u202e\u0000]/);
    expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)');
  });
});

/** Layers of a program, inspected on samples taken evenly over a data set. */
async function inspected(chip: CoreGraph, network: typeof model.graph, set: typeof data, samples: number): Promise<LayerInspection[]> {
  const float = decomposedFor(network, chip.chip);
  const pairs = counterpartsOf(chip, float);
  const { input } = await evenSamples(set, set.count, samples);
  const pool = EmulatorPool.create({ chip, float, workers: 0, keep: pairs.map(({ signal }) => signal) });
  try {
    return await inspectLayers(chip, pairs, input, pool, newKernels(chip.chip), { pause: pauseFor(undefined) });
  } finally {
    await pool.close();
  }
}

describe('inspected layers', () => {
  let layers: LayerInspection[];
  beforeAll(async () => {
    layers = await inspected(prime.artefact.graph, model.graph, calibration, SAMPLES);
  });

  it('have the ratio and the saturation that compile gives on the same samples', () => {
    expect(layers.map(({ layer }) => layer)).toEqual(prime.layers.map(({ name }) => name));
    for (const [i, { total, saturated }] of layers.entries()) {
      expect(decibel(total.signal, total.error)).toBeCloseTo(prime.layers[i]!.sqnrDb, 4);
      expect(saturated).toBeCloseTo(prime.layers[i]!.saturated, 12);
    }
  });

  it('make all of their error themselves where they read the input, and less where they inherit some', () => {
    expect(layers[0]!.alone).toEqual(layers[0]!.total);
    // A maximum is not tuned: it cannot make up for errors of its inputs, as a layer with weights does.
    const pool = layers.find(({ layer }) => layer === 'pool1')!;
    expect(pool.alone!.error).toBeLessThan(0.8 * pool.total.error);
    expect(pool.alone!.error).toBeGreaterThan(0);
  });

  it('count every code and every value once', () => {
    for (const { codes, values, density, layer } of layers) {
      const { copies } = prime.artefact.graph.signals.find((_, s) => s === prime.artefact.graph.ops.filter((op) => op.layer === layer)
        .flatMap((op) => (op.kind === 'core' || op.kind === 'maximum' ? [op.output.signal] : [])).at(-1))!;
      expect(codes!.reduce((a, b) => a + b, 0)).toBe(values * copies);
      expect(density.counts.reduce((a, b) => a + b, 0)).toBe(values);
      expect(density.correlation).toBeGreaterThan(0.98);
    }
  });

  it('have no codes and no error of their own on a chip of floats', async () => {
    const { artefact } = await compile(model, loadChip('ideal'), calibration, { samples: 8, workers: 0 });
    for (const { alone, codes, total, density } of await inspected(artefact.graph, model.graph, calibration, 4)) {
      expect([alone, codes]).toEqual([null, null]);
      expect(decibel(total.signal, total.error)).toBeGreaterThan(100);
      expect(density.correlation).toBeCloseTo(1, 6);
    }
  });

  it.skipIf(!haveShared)('are found where wiring and views stand between them (skipped without ../shared)', async () => {
    const network = sharedNetwork('cifar10', 'mlperf-tiny-resnet8-float');
    const cores = await coresFor(network, 'tianji', { samples: 8 });
    const found = await inspected(cores, network.graph, network.test, 2);
    const names = [...new Set(cores.ops.filter(({ kind }) => kind === 'core' || kind === 'maximum').map(({ layer }) => layer))];
    expect(found.map(({ layer }) => layer)).toEqual(names);
    expect(found.every(({ alone, total }) => alone !== null && alone.error > 0 && total.error > 0)).toBe(true);
  }, 240_000);
});
