/** ResNet-18 and ResNet-50 (He and others 2015; stride in the 3 x 3 convolution), DenseNet-121 (Huang and others 2016). */

const STAGES = [64, 128, 256, 512];
/** Scale of the normalisation that ends a residual branch. */
const BRANCH = 0.25;
/** Of a shortcut, which has no ReLU to halve its power. */
const SHORTCUT = Math.SQRT1_2;

function resnet(net, depths, block, expansion) {
  let x = net.maxPool(net.convNormRelu(net.input, 64, 7, { stride: 2 }), 3, 2, { pad: 1 });
  depths.forEach((depth, stage) => {
    for (let i = 0; i < depth; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      const filters = STAGES[stage] * expansion;
      const same = stride === 1 && net.channels(x) === filters;
      const branch = block(net, x, STAGES[stage], stride);
      x = net.relu(net.add(branch, same ? x : net.convNorm(x, filters, 1, { stride, gain: SHORTCUT })));
    }
  });
  return net.head(x, 1000);
}

const basic = (net, x, filters, stride) => net.convNorm(net.convNormRelu(x, filters, 3, { stride }), filters, 3, { gain: BRANCH });

const bottleneck = (net, x, filters, stride) =>
  net.convNorm(net.convNormRelu(net.convNormRelu(x, filters, 1), filters, 3, { stride }), 4 * filters, 1, { gain: BRANCH });

/** `depths`: blocks of each stage; fewer stages make a smaller network of the same kind. */
export const resnet18 = (net, { depths = [2, 2, 2, 2] } = {}) => resnet(net, depths, basic, 1);
export const resnet50 = (net) => resnet(net, [3, 4, 6, 3], bottleneck, 4);

const GROWTH = 32;

export function densenet121(net) {
  const normRelu = (x) => net.relu(net.norm(x));
  let x = net.maxPool(net.convNormRelu(net.input, 64, 7, { stride: 2 }), 3, 2, { pad: 1 });
  [6, 12, 24, 16].forEach((layers, stage) => {
    for (let i = 0; i < layers; i++) {
      const inside = net.convNormRelu(normRelu(x), 4 * GROWTH, 1);
      x = net.concat(x, net.conv(inside, GROWTH, 3, { bias: false }));
    }
    x = normRelu(x);
    if (stage < 3) x = net.averagePool(net.conv(x, net.channels(x) / 2, 1, { bias: false }), 2, 2);
  });
  return net.head(x, 1000);
}
