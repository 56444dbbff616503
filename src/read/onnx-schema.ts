/**
 * The dozen messages of an ONNX file that matter here, from the published field numbers. Subgraphs, sequences, maps and documentation are
 * not in the schema: the decoder skips them as unknown fields, so that nesting is bounded.
 */
import { create, createFileRegistry, fromBinary, toBinary, type DescMessage, type Message } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type, FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

type FieldRow = readonly [number: number, type: string];

/** Field name -> [number, type]; `[]` is repeated, `|` puts the field into the message's one alternative. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, FieldRow>>>> = {
  ModelProto: {
    ir_version: [1, 'int64'], producer_name: [2, 'string'], graph: [7, 'GraphProto'], opset_import: [8, 'OperatorSetIdProto[]'],
  },
  OperatorSetIdProto: { domain: [1, 'string'], version: [2, 'int64'] },
  GraphProto: {
    node: [1, 'NodeProto[]'], name: [2, 'string'], initializer: [5, 'TensorProto[]'], input: [11, 'ValueInfoProto[]'],
    output: [12, 'ValueInfoProto[]'], sparse_initializer: [15, 'bytes[]'],
  },
  NodeProto: {
    input: [1, 'string[]'], output: [2, 'string[]'], name: [3, 'string'], op_type: [4, 'string'], attribute: [5, 'AttributeProto[]'],
    domain: [7, 'string'],
  },
  AttributeProto: {
    name: [1, 'string'], f: [2, 'float'], i: [3, 'int64'], s: [4, 'bytes'], t: [5, 'TensorProto'], floats: [7, 'float[]'], ints: [8, 'int64[]'],
    strings: [9, 'bytes[]'], type: [20, 'int32'],
  },
  TensorProto: {
    dims: [1, 'int64[]'], data_type: [2, 'int32'], segment: [3, 'bytes'], float_data: [4, 'float[]'], int32_data: [5, 'int32[]'],
    string_data: [6, 'bytes[]'], int64_data: [7, 'int64[]'], name: [8, 'string'], raw_data: [9, 'bytes'], double_data: [10, 'double[]'],
    uint64_data: [11, 'uint64[]'], external_data: [13, 'StringStringEntryProto[]'], data_location: [14, 'int32'],
  },
  StringStringEntryProto: { key: [1, 'string'], value: [2, 'string'] },
  ValueInfoProto: { name: [1, 'string'], type: [2, 'TypeProto'] },
  TypeProto: { tensor_type: [1, 'TensorTypeProto|'] },
  TensorTypeProto: { elem_type: [1, 'int32'], shape: [2, 'TensorShapeProto'] },
  TensorShapeProto: { dim: [1, 'DimensionProto[]'] },
  DimensionProto: { dim_value: [1, 'int64|'], dim_param: [2, 'string|'] },
};

export interface ModelProto {
  irVersion: bigint;
  producerName: string;
  graph?: GraphProto;
  opsetImport: { domain: string; version: bigint }[];
}

export interface GraphProto {
  node: NodeProto[];
  name: string;
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  sparseInitializer: Uint8Array[];
}

export interface NodeProto {
  input: string[];
  output: string[];
  name: string;
  opType: string;
  attribute: AttributeProto[];
  domain: string;
}

export interface AttributeProto {
  name: string;
  f: number;
  i: bigint;
  s: Uint8Array;
  t?: TensorProto;
  floats: number[];
  ints: bigint[];
  strings: Uint8Array[];
  type: number;
}

export interface TensorProto {
  dims: bigint[];
  dataType: number;
  segment: Uint8Array;
  floatData: number[];
  int32Data: number[];
  stringData: Uint8Array[];
  int64Data: bigint[];
  name: string;
  rawData: Uint8Array;
  doubleData: number[];
  uint64Data: bigint[];
  externalData: { key: string; value: string }[];
  dataLocation: number;
}

export type DimensionProto =
  | { case: 'dimValue'; value: bigint }
  | { case: 'dimParam'; value: string }
  | { case: undefined; value?: undefined };

export interface ValueInfoProto {
  name: string;
  type?: { value: { case: 'tensorType'; value: TensorTypeProto } | { case: undefined; value?: undefined } };
}

export interface TensorTypeProto {
  elemType: number;
  shape?: { dim: { value: DimensionProto }[] };
}

const SCALARS: Readonly<Record<string, Type>> = {
  int32: Type.INT32, int64: Type.INT64, uint64: Type.UINT64, float: Type.FLOAT, double: Type.DOUBLE, string: Type.STRING, bytes: Type.BYTES,
};

function fieldDescriptor(name: string, [number, kind]: FieldRow) {
  const base = kind.replace(/[[\]|]/g, '');
  const scalar = SCALARS[base];
  return {
    name,
    number,
    label: kind.endsWith('[]') ? Label.REPEATED : Label.OPTIONAL,
    ...(scalar === undefined ? { type: Type.MESSAGE, typeName: `.onnx.${base}` } : { type: scalar }),
    ...(kind.endsWith('|') ? { oneofIndex: 0 } : {}),
  };
}

const REGISTRY = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'onnx.proto',
    package: 'onnx',
    syntax: 'proto3',
    messageType: Object.entries(MESSAGES).map(([name, fields]) => ({
      name,
      field: Object.entries(fields).map(([field, row]) => fieldDescriptor(field, row)),
      oneofDecl: Object.values(fields).some(([, kind]) => kind.endsWith('|')) ? [{ name: 'value' }] : [],
    })),
  }),
  () => undefined,
);

function schema(name: string): DescMessage {
  const found = REGISTRY.getMessage(`onnx.${name}`);
  if (!found) throw new Error(`message ${name} is not in the schema`);
  return found;
}

/** The interfaces above are the schema's messages written as types; this is the one place that says so. */
function decode<T>(name: string, bytes: Uint8Array): T {
  return fromBinary(schema(name), bytes, { readUnknownFields: false }) as unknown as T;
}

/** Throws any error on malformed bytes; byte fields are views of `bytes`, not aligned. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return decode('ModelProto', bytes);
}

/** Like `decodeModel`, for a file that holds one tensor. */
export function decodeTensor(bytes: Uint8Array): TensorProto {
  return decode('TensorProto', bytes);
}

/** What `encodeModel` takes: any part of a model, nested. */
export type Part<T> = T extends Uint8Array ? T : T extends (infer E)[] ? Part<E>[] : T extends object ? { [K in keyof T]?: Part<T[K]> } : T;

/** A model as bytes. */
export function encodeModel(model: Part<ModelProto>): Uint8Array {
  return toBinary(schema('ModelProto'), create(schema('ModelProto'), model as unknown as Message));
}
