/** A network as the pipeline hands it to reform: taken apart, products with the ranges that some samples show. */
import type { Graph } from '../../src/graph/types.js';
import { decompose } from '../../src/reform/decompose/decompose.js';
import { expandProducts, productsOf, type Range } from '../../src/reform/decompose/products.js';
import { makeNetwork } from '../graph/reference.js';

/** `input`: `batch` samples. */
export function decomposed(graph: Graph, input: Float32Array, batch: number): Graph {
  const parts = decompose(graph);
  const ids = productsOf(parts).flatMap((n) => n.inputs);
  if (ids.length === 0) return parts;
  const values = makeNetwork(parts, batch).run(input, batch, ids);
  return expandProducts(parts, (id): Range => [Math.min(...values.get(id)!), Math.max(...values.get(id)!)]);
}
