/**
 * trestle: compiles trained networks for neuromorphic and processing-in-memory chips, and emulates the chip bit for bit.
 *
 * ```js
 * import { compile, evaluate, loadChip, loadDataSet, packagePath, readModel, run, writeArtefact } from 'trestle';
 *
 * const model = readModel(packagePath('examples/digits/digits.onnx'));
 * const calibration = loadDataSet(packagePath('examples/digits/calibration.yaml'));
 * const { artefact, layers } = await compile(model, loadChip('prime'), calibration, { samples: 100 });
 * console.log(layers.map(({ name, sqnrDb }) => `${name} ${sqnrDb.toFixed(1)} dB`).join(', '));
 *
 * const score = await evaluate(artefact, loadDataSet(packagePath('examples/digits/test.yaml')), { against: model });
 * console.log(`top-1 ${score.chip.top1}, of the float network ${score.float.top1}`);
 *
 * const blank = { shape: [1, 1, 28, 28], data: new Float32Array(28 * 28) };
 * console.log((await run(artefact, blank)).data); // ten logits
 * console.log(writeArtefact(artefact).length, 'bytes'); // what a .trestle file holds
 * ```
 *
 * Whatever is wrong with an input is thrown as `TrestleError`, with one numbered diagnostic for each finding.
 */
export { readModel, randomInputs, type Model } from './api/model.js';
export type { EmulationOptions } from './api/options.js';
export { compile, outline, type Compiled } from './api/compile.js';
export { evaluate, mergeResults, explain, type EvaluateOptions, type MergedResults, type ExplainOptions } from './api/evaluate.js';
export type { Values } from './api/values.js';
export { memoryToRun, run, trace, accumulators, type SignalCodes } from './api/run.js';
export { exportVectors, readTrace, verify } from './api/verify.js';
export { builtinChips, parseChip, printChip } from './chip/chip.js';
export type { Arithmetic, Chip, CodeRange } from './chip/types.js';
export { readVectors, runConformance, type ConformanceReport } from './conformance.js';
export { coreOpsOf } from './cores/ops.js';
export { readArtefact, writeArtefact, type Artefact, type Provenance } from './cores/artefact.js';
export { diffArtefacts, type ArtefactDiff } from './cores/diff.js';
export type { Code, CoreGraph, CoreOp, HostOp, Op, Signal } from './cores/types.js';
export { loadDataSet } from './data/card.js';
export { chipText, loadChip } from './data/chips.js';
export { readNpyFile, npyDataSet } from './data/arrays.js';
export { readNpy, writeNpy, type NpyArray } from './data/npy.js';
export { packagePath, packageVersion } from './data/package.js';
export { randomDataSet } from './data/random.js';
export type { DataSet, ImageSamples } from './data/types.js';
export type { ImagePlace, Preprocessing } from './data/images/types.js';
export { DIAGNOSTICS, formatDiagnostic, TrestleError, type Diagnostic, type DiagnosticCode } from './diagnostics.js';
export type { SumAxis, TileSums } from './emulate/accumulators.js';
export { DEFAULT_ROWS, type VectorOptions } from './emulate/tile-vectors.js';
export { DEFAULT_VERIFIED, type CodeDifference, type OutsideCodes, type Verification, type VerificationOptions } from './emulate/verify.js';
export type { Evaluation } from './evaluate/evaluate.js';
export type { Explanation, LayerCost } from './evaluate/explain.js';
export type { FunctionReport } from './expand/types.js';
export type { Graph } from './graph/types.js';
export type { Mapping, Program } from './map/types.js';
export { STAGES } from './pipeline.js';
export { DEFAULT_SAMPLES, MOST_COPIES, type Compilation, type CompileOptions, type LayerReport } from './pipeline/compilation.js';
export { DEFAULT_INSPECTED, reportHtml, type PageReport, type ReportOptions } from './reporting.js';
export { Layers, type ConvOptions, type ResponseOptions } from './train/layers.js';
export type { LossName } from './train/loss.js';
export type { Adam, Momentum, Optimiser } from './train/optimiser.js';
export type { ScheduleName } from './train/schedule.js';
export { train, type EpochState, type TrainOptions, type Training, type TrainingData } from './train/train.js';
export type { Ablation, AblationRow, SweepPoint, SweepResult } from './evaluate/study.js';
export { ablate, type StudyOptions } from './studies/ablate.js';
export { study } from './studies/sweep.js';
export { DEFAULT_STEPS, TUNING_STEPS, type TuningStep } from './tune/steps.js';
export { writeVectors, type VectorFile } from './vectors.js';
export { writeOnnx } from './write/onnx.js';
export { kernelModule } from './emulate/pool.js';
