import { describe, expect, it } from 'vitest';
import { hasData, makeNetwork, readNpy, REFERENCES } from './reference.js';

function argMax(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

describe.skipIf(!hasData)('float networks against recorded outputs', () => {
  for (const reference of REFERENCES) {
    it(reference.name, () => {
      const graph = reference.graph();
      const expected = readNpy(reference.output);
      const [count, classes] = expected.shape as [number, number];
      const output = graph.outputs[0] as number;
      const result = makeNetwork(graph, 16).run(reference.input(), count, [output]).get(output) as Float32Array;
      expect(result).toHaveLength(count * classes);
      let scale = 0;
      let worst = 0;
      let same = 0;
      for (let i = 0; i < result.length; i++) {
        scale = Math.max(scale, Math.abs(expected.data[i] as number));
        worst = Math.max(worst, Math.abs((result[i] as number) - (expected.data[i] as number)));
      }
      for (let n = 0; n < count; n++) {
        const [a, b] = [result, expected.data as Float32Array].map((v) => argMax(v.subarray(n * classes, (n + 1) * classes)));
        if (a === b) same++;
      }
      const quantised = reference.name.endsWith('qdq');
      expect(worst / scale).toBeLessThan(quantised ? 5e-2 : 1e-4);
      expect(same / count).toBeGreaterThanOrEqual(quantised ? 0.98 : 1);
    });
  }
});
