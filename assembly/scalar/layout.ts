/** First byte of the linear memory that the module itself does not use. */
export function heapBase(): usize {
  return __heap_base;
}
