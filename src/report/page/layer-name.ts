/** Where a layer's details stand in the page. Names are not used: they may hold anything. */
export function anchorOf(index: number): string {
  return `layer-${index}`;
}
