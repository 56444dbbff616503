/** ShuffleNet (Zhang and others 2017, 3 groups), MobileNetV3-small (Howard and others 2019: squeeze and excitation, hard swish). */

const GROUPS = 3;

/** Channels of the groups interleaved, written as exporters do. */
function shuffle(net, x) {
  const [, channels, height, width] = net.shape(x);
  const apart = net.reshape(x, [-1, GROUPS, channels / GROUPS, height, width]);
  return net.reshape(net.node('Transpose', [apart], { perm: [0, 2, 1, 3, 4] }), [-1, channels, height, width]);
}

export function shufflenet(net) {
  let x = net.maxPool(net.convNormRelu(net.input, 24, 3, { stride: 2 }), 3, 2, { pad: 1 });
  [[240, 4], [480, 8], [960, 4]].forEach(([filters, units], stage) => {
    for (let i = 0; i < units; i++) {
      const down = i === 0;
      // The first layer of all has too few channels for groups.
      const groups = stage === 0 && down ? 1 : GROUPS;
      const outputs = down ? filters - net.channels(x) : filters;
      const inside = shuffle(net, net.convNormRelu(x, filters / 4, 1, { groups }));
      const spread = net.convNorm(inside, filters / 4, 3, { stride: down ? 2 : 1, groups: filters / 4, gain: Math.SQRT1_2 });
      const branch = net.convNorm(spread, outputs, 1, { groups: GROUPS, gain: down ? 1 : 0.25 });
      x = net.relu(down ? net.concat(branch, net.averagePool(x, 3, 2, { pad: 1 })) : net.add(branch, x));
    }
  });
  return net.head(x, 1000);
}

/** Kernel, channels inside, channels of the result, squeeze and excitation, hard swish, stride. */
const BLOCKS = [
  [3, 16, 16, true, false, 2], [3, 72, 24, false, false, 2], [3, 88, 24, false, false, 1], [5, 96, 40, true, true, 2], [5, 240, 40, true, true, 1],
  [5, 240, 40, true, true, 1], [5, 120, 48, true, true, 1], [5, 144, 48, true, true, 1], [5, 288, 96, true, true, 2], [5, 576, 96, true, true, 1],
  [5, 576, 96, true, true, 1],
];

export function mobilenetv3Small(net) {
  const swish = (x) => net.node('HardSwish', [x]);
  let x = swish(net.convNorm(net.input, 16, 3, { stride: 2 }));
  for (const [kernel, inside, filters, excited, swished, stride] of BLOCKS) {
    const act = swished ? swish : (v) => net.relu(v);
    const spread = net.channels(x) === inside ? x : act(net.convNorm(x, inside, 1));
    const deep = act(net.convNorm(spread, inside, kernel, { stride, groups: inside }));
    const same = stride === 1 && net.channels(x) === filters;
    const branch = net.convNorm(excited ? excite(net, deep) : deep, filters, 1, { gain: same ? 0.5 : 1 });
    x = same ? net.add(branch, x) : branch;
  }
  x = net.node('GlobalAveragePool', [swish(net.convNorm(x, 576, 1))]);
  return net.dense(swish(net.dense(net.flatten(x), 1024)), 1000);
}

/** Each channel times a factor 0..1 that follows from the means of all channels. */
function excite(net, x) {
  const channels = net.channels(x);
  const squeezed = net.convRelu(net.node('GlobalAveragePool', [x]), Math.max(8, Math.round(channels / 32) * 8), 1);
  return net.node('Mul', [x, net.node('HardSigmoid', [net.conv(squeezed, channels, 1)], { alpha: 1 / 6, beta: 0.5 })]);
}
