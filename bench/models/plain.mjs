/**
 * AlexNet with its two groups and response normalisation (Krizhevsky and others 2012), VGG-16 (Simonyan and Zisserman 2014), GoogLeNet (Szegedy and
 * others 2014).
 */

export function alexnet(net) {
  const respond = (x) => net.node('LRN', [x], { size: 5, alpha: 1e-4, beta: 0.75, bias: 1 });
  let x = net.maxPool(respond(net.convRelu(net.input, 96, 11, { stride: 4, pad: 0 })), 3, 2);
  x = net.maxPool(respond(net.convRelu(x, 256, 5, { groups: 2 })), 3, 2);
  x = net.convRelu(x, 384, 3);
  x = net.convRelu(x, 384, 3, { groups: 2 });
  x = net.maxPool(net.convRelu(x, 256, 3, { groups: 2 }), 3, 2);
  return classifier(net, x);
}

export function vgg16(net) {
  let x = net.input;
  for (const [filters, count] of [[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]]) {
    for (let i = 0; i < count; i++) x = net.convRelu(x, filters, 3);
    x = net.maxPool(x, 2, 2);
  }
  return classifier(net, x);
}

/** Two hidden layers of 4,096 with the Dropout that exports often keep. */
function classifier(net, x) {
  const hidden = (v) => net.node('Dropout', [net.relu(net.dense(v, 4096))]);
  return net.dense(hidden(hidden(net.flatten(x))), 1000);
}

/** Filters of each block: 1 x 1; 3 x 3 and what reduces to it; 5 x 5 and what reduces to it; behind the pool. */
const BLOCKS = [
  [64, 96, 128, 16, 32, 32], [128, 128, 192, 32, 96, 64], null,
  [192, 96, 208, 16, 48, 64], [160, 112, 224, 24, 64, 64], [128, 128, 256, 24, 64, 64], [112, 144, 288, 32, 64, 64], [256, 160, 320, 32, 128, 128], null,
  [256, 160, 320, 32, 128, 128], [384, 192, 384, 48, 128, 128],
];

export function googlenet(net) {
  const respond = (x) => net.node('LRN', [x], { size: 5, alpha: 1e-4, beta: 0.75, bias: 1 });
  const halve = (x) => net.maxPool(x, 3, 2, { ceil: true });
  let x = respond(halve(net.convRelu(net.input, 64, 7, { stride: 2 })));
  x = halve(respond(net.convRelu(net.convRelu(x, 64, 1), 192, 3)));
  for (const block of BLOCKS) x = block === null ? halve(x) : inception(net, x, block);
  return net.dense(net.node('Dropout', [net.flatten(net.averagePool(x, net.shape(x)[2], 1))]), 1000);
}

function inception(net, x, [one, reduce3, three, reduce5, five, pooled]) {
  return net.concat(
    net.convRelu(x, one, 1), net.convRelu(net.convRelu(x, reduce3, 1), three, 3), net.convRelu(net.convRelu(x, reduce5, 1), five, 5),
    net.convRelu(net.maxPool(x, 3, 1, { pad: 1 }), pooled, 1),
  );
}
