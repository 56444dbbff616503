/**
 * Diagnostics: numbered findings about a user's input. Stages collect them and stop at their end, so that a user sees all at once.
 */

export type Severity = 'error' | 'warning' | 'note';

export interface Diagnostic {
  /** Stable number from the table below, shown as `T101`. */
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** Where: a file, a node, a dimension, a key path. */
  readonly place: string;
  /** What is wrong, with the value that was found. */
  readonly message: string;
  /** The limit that the value breaks; errors have the table's where they name none. */
  readonly limit?: string;
  /** The nearest thing that would work; errors have the table's where they name none. */
  readonly remedy?: string;
}

/** One number. `limit` and `remedy` are those of errors that know nothing nearer. */
interface Entry {
  readonly title: string;
  /** What it means, for docs/diagnostics.md. */
  readonly means: string;
  readonly limit: string;
  readonly remedy: string;
  /** A line as it is printed; a test of bad input prints the same. */
  readonly example?: string;
}

/**
 * The one table of numbers. Hundreds are stages: 0 the command line, 1 files and models, 2 chips, 3 data, 4 compiling, 5 artefacts and
 * running, 6 vectors.
 */
export const DIAGNOSTICS = {
  T001: {
    title: 'wrong usage',
    means: 'The command line names a command, operand or option that does not exist, or leaves one out. The exit status is 2.',
    limit: 'the commands and options that --help lists', remedy: 'See trestle --help',
    example: "error T001 trestle chips: unknown option '--frobnicate' (limit: trestle chips [options] [CHIP]). Remedy: See trestle chips --help",
  },
  T002: {
    title: 'value of an option out of range',
    means: 'An option has a value that is no number, or one outside its range. The exit status is 2.',
    limit: 'the values that --help lists', remedy: 'See trestle --help',
    example: 'error T002 --limit: the value is "many" (limit: a whole number, 1..2147483647). Remedy: See trestle evaluate --help',
  },
  T100: {
    title: 'file cannot be read or written',
    means: 'A file is missing, is a folder, is longer than anything of its kind, or may not be read; or a result has no place to go to. Places for '
      + 'results are tried before the work begins.',
    limit: 'a regular file that can be read, or a folder that can be written to', remedy: 'Check the path and its permissions',
    example: 'error T100 none.onnx: the file cannot be read: there is no such file or folder (limit: a regular file that can be read). '
      + 'Remedy: Check the path and its permissions',
  },
  T101: {
    title: 'not a valid ONNX model',
    means: 'The file is no ONNX model, or its graph contradicts itself: a name that is defined twice or never, a node without its operands, a cycle.',
    limit: 'what the ONNX specification allows', remedy: 'Export the model anew, and check it with onnx.checker',
    example: 'error T101 cyclic.onnx: nodes form a cycle: a, b (limit: nodes in an order in which each comes after its operands). '
      + 'Remedy: Export the model anew, and check it with onnx.checker',
  },
  T102: {
    title: 'operator not supported',
    means: 'A node names an operator that trestle does not know. All such nodes are reported at once.',
    limit: 'the operators of docs/support.md', remedy: 'Replace the operator before exporting; docs/support.md lists what is there',
    example: 'error T102 y (Frobnicate): operator Frobnicate is not supported (limit: the operators of docs/support.md). '
      + 'Remedy: Replace the operator before exporting; docs/support.md lists what is there',
  },
  T103: {
    title: 'attribute or operand of an operator not supported',
    means: 'The operator is known, but not with this attribute, element type or operand. What is not known is refused, never ignored.',
    limit: 'the attributes and conditions of docs/support.md', remedy: 'Export the operator in a form that docs/support.md lists',
    example: 'error T103 y (Relu): attribute "slope" is not supported (limit: no attributes). '
      + 'Remedy: Export the operator in a form that docs/support.md lists',
  },
  T104: {
    title: 'shape does not fit',
    means: 'Shapes of operands contradict each other or the operator, the size of the input is left open, or a tensor would be larger than any that is '
      + 'computed here.',
    limit: 'shapes that fit together', remedy: 'Export the model with shapes that fit, and check it with onnx.checker',
    example: 'error T104 free.onnx: input "x": dimension 1 is "height" (limit: a number, 1 or more). '
      + 'Remedy: export the model with a fixed input size',
  },
  T105: {
    title: 'tensor data malformed',
    means: 'The data of a constant have another length than its shape says, or hold values that no computation could use: NaN, infinities.',
    limit: 'as many finite values as the shape says', remedy: 'Export the model anew',
    example: 'error T105 nan.onnx: tensor "w": element 1 is NaN (limit: finite numbers). Remedy: Train or export the model anew: its weights are damaged',
  },
  T106: {
    title: 'external data refused',
    means: 'A model keeps constants in other files, and one of them is not there, is too short, or lies outside the folder of the model. Links are '
      + 'followed before that is judged.',
    limit: "files in the model's folder", remedy: 'Put the file beside the model',
    example: 'error T106 "link.bin": external data outside the model\'s folder (limit: a relative path in the model\'s folder). '
      + 'Remedy: Put the file beside the model',
  },
  T107: {
    title: 'operator set version not supported',
    means: 'Older operator sets give other meanings to the same operators.',
    limit: 'operator set 7 or later', remedy: 'Convert the model to a later operator set with onnx.version_converter',
    example: 'error T107 old.onnx: operator set 6 (limit: 7 or later). Remedy: convert the model to a later operator set',
  },
  T200: {
    title: 'unknown chip',
    means: 'The name is none of a built-in chip, and no file can be read under it.',
    limit: 'a built-in chip, or a file', remedy: 'Use a name that trestle chips lists, or the path of a YAML file',
    example: 'error T200 nochip: no built-in chip, and no file: the file cannot be read: there is no such file or folder '
      + '(limit: ideal, tianji, tianji-snn, prime, prime-fixed, prime-ideal, or a file). '
      + "Remedy: Use one of these names, or the path of a chip's YAML file",
  },
  T201: {
    title: 'chip description malformed',
    means: 'The YAML of a chip is broken, lacks a key, has one that is not known, or a value outside its range. The place is file:line:column.',
    limit: 'the keys and ranges of docs/add-a-chip.md', remedy: 'Compare with what trestle chips prime prints',
    example: 'error T201 chip-key.yaml:30:1: colour: unknown key (limit: the keys and ranges of docs/add-a-chip.md). '
      + 'Remedy: Compare with what trestle chips prime prints',
  },
  T202: {
    title: 'chip combination not defined',
    means: 'Each value is legal, but together they describe a chip whose arithmetic docs/chips.md does not define.',
    limit: 'the combinations that docs/chips.md defines', remedy: 'Start from what trestle chips prime prints, and change one value at a time',
    example: 'error T202 window.yaml:7:3: arithmetic.windowBits: a window of 8 bits (limit: 6 accumulator bits). '
      + 'Remedy: Start from what trestle chips prime prints, and change one value at a time',
  },
  T300: {
    title: 'data card malformed',
    means: 'The YAML of a data card is broken, lacks a key, has one that is not known, or asks for preprocessing that its format does not have. The place is '
      + 'file:line:column.',
    limit: 'the keys of a data card: format, images, labels, preprocess', remedy: 'Compare with examples/digits/test.yaml',
    example: 'error T300 keys.yaml:2:1: colour: unknown key (limit: the keys of a data card: format, images, labels, preprocess). '
      + 'Remedy: Compare with examples/digits/test.yaml',
  },
  T301: {
    title: 'data file malformed',
    means: 'A file of samples or labels is cut off, has another type or shape than its format allows, does not unpack, or holds values that are no '
      + 'finite numbers.',
    limit: 'a whole file in the format that the data card names', remedy: 'Get or write the file anew',
    example: 'error T301 cut.npy: the file has 148 bytes (limit: 152 bytes, from its header). Remedy: Get the file anew: it seems cut off',
  },
  T302: {
    title: 'data does not fit the model',
    means: 'The samples have another shape than the input of the network, there are none, or their labels name classes that it does not have.',
    limit: 'samples in the shape of the input of the network', remedy: 'Use the data card that belongs to the network',
    example: 'error T302 array-none.yaml: the data set is empty (limit: at least one sample). Remedy: Use the data card that belongs to the network',
  },
  T303: {
    title: 'image cannot be used',
    means: 'An image is missing, lies outside the root of its data set, is no JPEG or PNG of 8 bits a channel, is cut off, too large, smaller than what is '
      + 'to be cut out of it, or of another size than the others. evaluate lists it and counts it as nothing; calibration leaves it out with a warning.',
    limit: 'a whole JPEG or PNG of 8 bits a channel', remedy: 'Replace the file, or take its line out of the list',
  },
  T304: {
    title: 'images cannot be decoded here',
    means: 'The package sharp, which decodes images, has no binary for this machine, or was not installed.',
    limit: 'a machine that sharp has a binary for', remedy: 'Install trestle again with its optional packages, or use format: npy',
  },
  T400: {
    title: 'operation cannot run on this chip',
    means: 'The operation has no form on the chip. All such operations are reported at once; trestle inspect --chip shows them without compiling.',
    limit: 'the operations that docs/support.md lists for the chip', remedy: 'Choose another chip, or change the network',
    example: 'error T400 chip tianji-snn: this network has no spikes, and the chip computes with nothing else '
      + '(limit: a chip of float, window, composed or ideal-limits arithmetic). Remedy: Choose a chip whose cores take integer codes, such as tianji or prime',
  },
  T401: {
    title: 'core-op outside a limit of the chip',
    means: 'An artefact or a vector file has a weight, code, shift, gain or size that the chip cannot hold.',
    limit: 'the limits of the chip (docs/chips.md)', remedy: 'Keep to the limit: compile the network anew for this chip',
    example: 'error T401 weight.trestle, fc: weight 0 is 100 (limit: -16..15). Remedy: Keep to the limit: compile the network anew for this chip',
  },
  T402: {
    title: 'calibration data unusable',
    means: 'The calibration samples are too many for the memory, or the seed of random samples is none, or the float network gives values on them that '
      + 'are not finite.',
    limit: 'samples on which the float network gives finite values', remedy: 'Check the data card, or calibrate with random:0',
    example: 'error T402 random:x: the seed is no whole number in range (limit: 0..4294967295). Remedy: Write random:0, for example',
  },
  T403: {
    title: 'accuracy of a signal is poor',
    means: 'A warning: the result is complete, but a layer is poor, saturated or far worse than those before it, or the accuracy is that of '
      + 'guessing. Of a layer '
      + 'it says which limit caused most of the error, worked out on its real inputs, and what lifting that one is predicted to buy back; docs/explain.md '
      + 'defines the figures.',
    limit: 'a signal well above its error', remedy: 'Try more calibration samples, or a chip with more bits',
  },
  T404: {
    title: 'operation is left to the host',
    means: 'A note: no core computes this function; run and evaluate apply it to the decoded output.',
    limit: 'what cores compute', remedy: 'Nothing is to be done',
  },
  T405: {
    title: 'signals collapse on this chip',
    means: 'A warning, predicted from the chip and the calibration data before anything is tuned: the chip can hold the network, but its cores have so little '
      + 'gain, or so few codes, that the output of the operation that is named holds less than half of what it should. The network loses its function there.',
    limit: 'a predicted SQNR of 3 dB', remedy: 'Use a chip whose converters have a gain, such as prime',
  },
  T406: {
    title: 'no such step of tuning',
    means: 'A step that was to be switched on or off has another name than all that there are.',
    limit: 'the steps that trestle compile --help lists', remedy: 'Take one of these names',
  },
  T407: {
    title: 'nothing to vary',
    means: 'What sweep is to vary is neither a key of the chip nor an option of the compiler, or its values cannot be read.',
    limit: 'a key of the chip, such as core.rows, a short name, or an option of the compiler (docs/studies.md)', remedy: 'Compare with trestle sweep --help',
  },
  T408: {
    title: 'function less exact than asked for',
    means: 'A warning: cores build this function from ReLUs, and even as many as one core can add up leave more error than the tolerance.',
    limit: 'the tolerance that --tolerance states', remedy: 'Use a chip with larger cores or finer weights, or allow more with --tolerance',
  },
  T409: {
    title: 'copies cannot be had',
    means: 'The number of copies is out of range, or the budget of cores is less than the network takes without copies, or is given without anything to '
      + 'choose.',
    limit: 'copies of 1..16 or auto; a budget that holds the network', remedy: 'Give more cores, or fewer copies',
    example: 'error T409 chip prime: 1 cores are given for copies (limit: at least 2, which the network takes without any). '
      + 'Remedy: Give more cores, or fewer copies',
  },
  T500: {
    title: 'artefact malformed',
    means: 'The file is no artefact, is of another version, is cut off, or its parts contradict each other. The place names the part.',
    limit: 'a whole file that trestle compile wrote (docs/format.md)', remedy: 'Compile the model anew',
    example: 'error T500 version.trestle: format trestle-artefact/9 (limit: trestle-artefact/1). Remedy: Compile the model anew with this version',
  },
  T501: {
    title: 'artefact does not match',
    means: 'The model beside the artefact is not the one that it was compiled from: a warning if the shapes fit, an error if they do not.',
    limit: 'the model that the artefact was compiled from', remedy: 'Give the float form of the same network',
    example: 'error T501 relu.onnx: its input has shape [4] (limit: [3], as the artefact has it). Remedy: Give the float form of the same network',
  },
  T502: {
    title: 'input value outside its range',
    means: 'A value of an input array is NaN or infinite. The place names sample and element.',
    limit: 'finite numbers', remedy: 'Replace the value',
    example: 'error T502 nan.npy, sample 1, element 0: the value is NaN (limit: finite numbers). Remedy: Replace the value',
  },
  T503: {
    title: 'kernel not usable here',
    means: 'A kernel that was asked for does not exist or computes no tile of this kind, or the machine gives no memory or no WebAssembly.',
    limit: 'what the kernels and the machine can do', remedy: 'Leave --kernel out, or use a smaller --batch',
    example: 'error T503 kernel fast: no such kernel (limit: simd, scalar, or a name that trestle conformance prints, such as window/simd). '
      + 'Remedy: Leave --kernel out, or give simd or scalar',
  },
  T504: {
    title: 'worker failed',
    means: 'No worker thread can start, or the same samples ended one worker after the other, most often for want of memory. A worker that ends once is '
      + 'replaced, and nothing is said.',
    limit: 'threads that live as long as their work', remedy: 'Use fewer --workers or a smaller --batch',
  },
  T505: {
    title: 'possible with integer codes only',
    means: 'Sums, vectors and comparisons bit for bit exist for chips with integer codes. On float chips two ways to add give two results.',
    limit: 'a chip with integer codes', remedy: 'Compile the network for such a chip',
  },
  T506: {
    title: 'emulation differs from its reference',
    means: 'The engine, or a trace from outside, has another code than the slow reference. The place names the first one.',
    limit: 'the code of the reference', remedy: 'Compare the sums of the tile with trestle trace --accumulators',
  },
  T507: {
    title: 'interrupted',
    means: 'Ctrl-C, SIGTERM or an AbortSignal ended the work. evaluate still prints the result of the samples that are done, marked as such; nothing else '
      + 'gives a part of a result, and no file is written.',
    limit: 'work that is left to its end', remedy: 'Run it again for the whole result',
  },
  T508: {
    title: 'kernels left out after their self-test',
    means: 'Kernels in relaxed SIMD are tested before they are used, and one gave other codes than its scalar twin. None of them is used then; '
      + 'results are right, and take longer.',
    limit: 'the codes of the scalar twin', remedy: 'Nothing has to be done; --kernel simd leaves these kernels out from the start',
  },
  T509: {
    title: 'packages that draw are not installed',
    means: 'Plots and graphs are drawn by packages that trestle does not bring along, so that it stays small. They have to be installed beside it.',
    limit: 'vega, vega-lite and @hpcc-js/wasm-graphviz', remedy: 'Install them with npm, in the versions that package.json names',
  },
  T510: {
    title: 'results file malformed',
    means: 'The file is none that evaluate keeps its results in, or a line of it is damaged. A last line that a killed process left torn is no damage: it '
      + 'is cut off, and its samples are run again. The place names the line.',
    limit: 'a header and a line a sample, as evaluate --results writes them (docs/long-runs.md)',
    remedy: 'Give another file, or remove this one and begin anew',
  },
  T511: {
    title: 'results of another run',
    means: 'Results belong together only if everything that determines them is the same: the artefact, the data, the network of --against, the number of '
      + 'samples, the seed, the version of trestle and, to go on with a file, the shard. The message names what differs.',
    limit: 'results of one run', remedy: 'Give the files of the run, or keep these results in a file of their own',
  },
  T512: {
    title: 'results are missing',
    means: 'Samples stand in none of the files that are to be merged, or a file ends before its shard does.',
    limit: 'every sample in one file',
    remedy: 'Give all of the files, or run evaluate again with the same options for the part that is named',
  },
  T513: {
    title: 'results stand twice',
    means: 'Two of the files that are to be merged hold the same samples.',
    limit: 'every sample in one file', remedy: 'Leave one of the two files out',
  },
  T514: {
    title: 'results file in use',
    means: 'Two processes keep their results in one file. The one that notices it stops; what is in the file stays right.',
    limit: 'one process a file', remedy: 'Wait for the other one, or end it and run this again',
  },
  T515: {
    title: 'a network that cannot be trained',
    means: 'Training needs one input, one output, gradients of every operator between a trained constant and the output, and an output that some constant '
      + 'changes.',
    limit: 'operators with gradients, see docs/training.md', remedy: 'Train a network of these operators; leave a final Softmax out, the loss has its own',
  },
  T516: {
    title: 'jobs cannot be submitted',
    means: 'A file lies where the jobs will not find it, or sbatch or kubectl is not there or refuses the jobs. What it said stands in the message; the files '
      + 'that submit wrote are there to be looked at, and submit.sh can be run again.',
    limit: 'a cluster that takes the jobs', remedy: 'Look at submit.sh, mend what is said, and run it again',
  },
  T600: {
    title: 'vector file malformed',
    means: 'A vector file is no JSON, does not unpack, lacks an operand, or has operands whose sizes do not go together.',
    limit: 'the form of docs/chips.md, section 9', remedy: 'Compare with docs/chips.md, section 9',
    example: 'error T600 sizes.json, small: length of bias is 3 (limit: 2, as the other operands have it). '
      + 'Remedy: Compare with docs/chips.md, section 9',
  },
  T601: {
    title: 'no vectors of this operation',
    means: 'The form of vector files does not hold such an operation, or the file would become too large.',
    limit: 'the arithmetics of docs/chips.md, section 9', remedy: 'Take other layers with --only, or fewer --rows',
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/** A diagnostic with limit and remedy: its own, else those of its number. */
function complete(d: Diagnostic): Required<Diagnostic> {
  const { limit, remedy } = DIAGNOSTICS[d.code];
  return { ...d, limit: d.limit ?? limit, remedy: d.remedy ?? remedy };
}

/** Thrown at the end of a stage that cannot go on; carries everything that the stage found. */
export class TrestleError extends Error {
  readonly diagnostics: readonly Required<Diagnostic>[];

  constructor(found: readonly Diagnostic[]) {
    const diagnostics = found.map(complete);
    super(diagnostics.map(formatDiagnostic).join('\n'));
    this.name = 'TrestleError';
    this.diagnostics = diagnostics;
  }
}

/** One error with one diagnostic, for the readers that cannot collect more than one. */
export function fail(code: DiagnosticCode, place: string, message: string, extra: { limit?: string; remedy?: string } = {}): never {
  throw new TrestleError([{ code, severity: 'error', place, message, ...extra }]);
}

/** Names from files can be as long as the file. */
const LONGEST = 500;

/** What moves a terminal's cursor, colours it or turns the direction of text: controls, line ends, overrides, halves of characters. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]+/gu;

/** `error T102 conv1 (Conv): ... (limit: ...). Remedy: ...`, one line without control characters. */
export function formatDiagnostic(d: Diagnostic): string {
  const limit = d.limit ? ` (limit: ${oneLine(d.limit)})` : '';
  const remedy = d.remedy ? ` Remedy: ${oneLine(d.remedy)}` : '';
  return `${d.severity} ${d.code} ${oneLine(d.place) || '(no name)'}: ${oneLine(d.message)}${limit}.${remedy}`;
}

/** Text that a file may have brought in, fit for a line of a terminal. */
export function oneLine(text: string): string {
  return fitText(text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);
}

/** Text without controls, line ends and what turns its direction. */
export function fitText(text: string): string {
  return text.replaceAll(UNFIT, ' ');
}

/** Throws if any of the diagnostics is an error. */
export function throwIfErrors(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.some((d) => d.severity === 'error')) throw new TrestleError(diagnostics);
}
