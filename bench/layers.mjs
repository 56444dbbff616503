export function layerGroups() { return []; }
