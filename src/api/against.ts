/** The float network beside an artefact. */
import type { Artefact } from '../cores/artefact.js';
import { sizeOf } from '../data/types.js';
import { fail, type Diagnostic } from '../diagnostics.js';
import type { Tensor } from '../graph/types.js';
import { scoredTensor } from '../report/judge.js';
import type { Model } from './model.js';

/** The float tensor beside the artefact's output; warns of another model, refuses one whose output or input has another size. */
export function comparedTensor({ graph, provenance }: Artefact, model: Model, diagnostics: Diagnostic[]): Tensor {
  const place = model.file;
  diagnostics.push(...otherModel(model, provenance.model));
  const tensor = scoredTensor(model.graph, graph.signals[graph.output].golden);
  const sizes = (shape: readonly number[]): string => `[${shape.slice(1).join(', ')}]`;
  const input = model.graph.tensors[model.graph.inputs[0]];
  for (const [what, found, wanted] of [['input', input.shape, graph.inputShape], ['output', tensor.shape, graph.outputShape]] as const) {
    if (sizeOf(found) !== sizeOf(wanted)) {
      fail('T501', place, `its ${what} has shape ${sizes(found)}`, {
        limit: `${sizes(wanted)}, as the artefact has it`, remedy: 'Give the float form of the same network',
      });
    }
  }
  return tensor;
}

export function otherModel({ file, sha256: found }: Omit<Model, 'graph'>, compiled: Omit<Model, 'graph'>): Diagnostic[] {
  if (found === compiled.sha256) return [];
  return [{
    code: 'T501', severity: 'warning', place: file, message: `not the model that the artefact was compiled from, ${compiled.file}`,
    limit: `SHA-256 ${compiled.sha256}`, remedy: 'Compare with the same file, unless the difference is what you are after',
  }];
}
