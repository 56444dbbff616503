import { describe, expect, it } from 'vitest';
import { verdicts } from '../../bench/choice.mjs';
import { measure, median } from '../../bench/harness.mjs';
import { combine } from '../../bench/processes.mjs';

describe('measure', () => {
  it('lets contenders take turns, every other round backwards, after a warm-up of each', async () => {
    const turns: string[] = [];
    const turn = (name: string) => (): void => {
      if (turns.at(-1) !== name) turns.push(name);
    };
    const contenders = [
      { name: 'a', work: 1, run: turn('a') }, { name: 'b', work: 1, run: () => Promise.resolve(turn('b')()), waits: true },
      { name: 'c', work: 1, run: turn('c') },
    ];
    await measure(contenders, { rounds: 3, seconds: 0.002 });
    expect(turns.join('')).toBe('abc' + 'abc' + 'ba' + 'bc');
  });

  it('gives the time of a unit of work', async () => {
    const run = (): void => undefined;
    const [one, many] = await measure([{ name: 'a', work: 1, run }, { name: 'b', work: 1e9, run }], { rounds: 1, seconds: 0.002 });
    expect(one).toBeGreaterThan(0);
    expect(many).toBeGreaterThan(0);
    expect(one! / many!).toBeGreaterThan(1e6);
  });

  it('passes on what a contender throws', async () => {
    const run = (): never => {
      throw new Error('no');
    };
    const options = { rounds: 1, seconds: 0.002 };
    await expect(measure([{ name: 'a', work: 1, run }], options)).rejects.toThrow('no');
    await expect(measure([{ name: 'a', work: 1, run: () => Promise.reject(new Error('no')), waits: true }], options)).rejects.toThrow('no');
  });
});

describe('median', () => {
  it.each([[[3, 1, 2], 2], [[4, 1, 3, 2], 2.5], [[10, 9], 9.5], [[7], 7]])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('leaves the values where they are', () => {
    const values = [2, 1];
    median(values);
    expect(values).toEqual([2, 1]);
  });
});

/** Processes' results of one group: seconds by contender, variants as `name/variant`. */
function runsOf(times: Record<string, number[]>, goals: object[] = []): object[] {
  const processes = Object.values(times)[0]!.length;
  return Array.from({ length: processes }, (_, i) => [{
    title: 't', unit: 'images', yardsticks: ['peer', 'absent'], goals, notes: [],
    times: Object.entries(times).map(([key, seconds]) => {
      const [name, variant = null] = key.split('/');
      return { name, variant, seconds: seconds[i] };
    }),
  }]);
}

describe('combine', () => {
  it('takes the median of the ratios within processes, not the ratio of medians', () => {
    // The machine is twice as slow in the second process, and ten times in the third.
    const [group] = combine(runsOf({ ours: [1, 2, 10], peer: [3, 4, 30] }));
    const [ours, peer] = group.contenders;
    expect(ours).toMatchObject({ name: 'ours', seconds: 2, perSecond: 0.5, raw: [1, 2, 10], ratios: { peer: 3 } });
    expect(peer.ratios).toEqual({ peer: 1 });
  });

  it('lets the best variant of a contender count and keeps the others', () => {
    const [group] = combine(runsOf({ ours: [1, 1], 'peer/batch 1': [5, 7], 'peer/batch 8': [2, 2], 'peer/batch 64': [3, 3] }));
    expect(group.contenders).toMatchObject([{ name: 'ours', variant: null }, { name: 'peer', variant: 'batch 8' }]);
    expect(group.contenders[0].ratios.peer).toBe(2);
    expect(group.contenders[1].others.map(({ variant }: { variant: string }) => variant)).toEqual(['batch 1', 'batch 64']);
  });

  it('keeps what a part says of a group', () => {
    const runs = (runsOf({ ours: [1, 2] }) as object[][]).map(([group]) => [{ ...group, facts: { at: 4 } }]);
    expect(combine(runs)).toMatchObject([{ facts: { at: 4 } }]);
  });

  it('says whether goals are met, of those that were measured', () => {
    const goal = (yardstick: string, least: number): object => ({ name: 'ours', yardstick, least });
    const goals = [goal('peer', 2), goal('peer', 2.5), goal('absent', 1)];
    const [group] = combine(runsOf({ ours: [1], peer: [2] }, goals));
    expect(group.goals).toEqual([{ ...goals[0], ratio: 2, met: true }, { ...goals[1], ratio: 2, met: false }]);
  });
});

describe('verdicts on the choice of kernels', () => {
  const group = (ratios: Record<string, number>): object => ({
    title: '9 x 16', contenders: Object.entries(ratios).map(([name, ratio]) => ({ name, ratios: { picked: ratio } })),
  });

  it.each([
    [{ picked: 1, other: 0.5 }, { fastest: 'picked', ratio: 1, right: true }],
    [{ picked: 1, other: 1.09 }, { fastest: 'other', ratio: 1.09, right: true }],
    [{ slow: 0.1, other: 1.2, picked: 1 }, { fastest: 'other', ratio: 1.2, right: false }],
  ])('%j', (ratios, expected) => {
    expect(verdicts([group(ratios)])).toEqual([{ title: '9 x 16', picked: 'picked', ...expected }]);
  });
});
