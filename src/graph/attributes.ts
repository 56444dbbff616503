/**
 * Typed access to a node's attributes: a wrong type is T103.
 */
import { refuse } from './operator.js';
import type { AttributeValue, ConstantTensor } from './types.js';

interface HasAttributes {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export function numberAttribute(node: HasAttributes, name: string, fallback: number): number {
  const value = node.attributes[name] ?? fallback;
  if (typeof value !== 'number' || Number.isNaN(value)) refuse('T103', `attribute "${name}" is not a number`, undefined, 'a number');
  return value;
}

export function integerAttribute(node: HasAttributes, name: string, fallback: number): number {
  const value = numberAttribute(node, name, fallback);
  return Number.isInteger(value) ? value : refuse('T103', `attribute "${name}" is not an integer`, undefined, 'an integer');
}

/** 0 or 1. */
export function flagAttribute(node: HasAttributes, name: string, fallback: boolean): boolean {
  const value = integerAttribute(node, name, fallback ? 1 : 0);
  return value === 0 || value === 1 ? value === 1 : refuse('T103', `attribute "${name}" is ${value}`, undefined, '0 or 1');
}

export function stringAttribute(node: HasAttributes, name: string, fallback: string): string {
  const value = node.attributes[name] ?? fallback;
  return typeof value === 'string' ? value : refuse('T103', `attribute "${name}" is not a string`);
}

/** A list of integers; `undefined` if absent. */
export function integersAttribute(node: HasAttributes, name: string): readonly number[] | undefined {
  const value = node.attributes[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((v) => Number.isInteger(v))) refuse('T103', `attribute "${name}" is not a list of integers`);
  return value as readonly number[];
}

export function isConstantTensor(value: AttributeValue): value is ConstantTensor {
  return typeof value === 'object' && 'data' in value && 'shape' in value;
}
