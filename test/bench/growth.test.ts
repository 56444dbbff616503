import { describe, expect, it } from 'vitest';
import { growthSpec, growthText, seriesOf } from '../../bench/growth-print.mjs';
import { drawSvg } from '../../src/report/plot.js';

/** An image takes us `own` seconds and the yardstick `peer`. */
const group = (series: string, at: number, own: number, peer: number): object => ({
  title: `${series} ${at}`, facts: { series, at, multiplications: 3e9 },
  contenders: [
    { name: 'tianji', seconds: own, ratios: { 'onnxruntime-web': peer / own } }, { name: 'onnxruntime-web', seconds: peer, ratios: { 'onnxruntime-web': 1 } },
  ],
});
const groups = [group('batch', 1, 0.5, 1), group('batch', 2, 0.25, 1), group('size', 32, 0.1, 0.4)];

describe('growth', () => {
  it('has a table for each series, in the order that was measured', () => {
    expect(seriesOf(groups).map(({ series, points }: { series: string; points: { at: number }[] }) => [series, points.map(({ at }) => at)]))
      .toEqual([['batch', [1, 2]], ['size', [32]]]);
    const lines: string[] = growthText(groups).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines[3]!.trim().split(/\s+/)).toEqual(['2', '250', '4.00', '12.0', '1000', '4.00']);
  });

  it('is drawn with a panel for each series, both axes logarithmic, that of time shared', async () => {
    const svg = await drawSvg(growthSpec(groups));
    expect(svg).toContain('X-axis titled \'images in a batch\' for a log scale with values from 1 to 2');
    expect(svg).toContain('Y-axis titled \'ms an image\' for a log scale with values from 100 to 1,000');
    expect(svg).toContain('height and width of the image');
    expect(svg).toContain('trestle on tianji');
  });
});
