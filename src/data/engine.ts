/** What runs this program. */

/** Version of the V8 engine, such as `12.4.254.21-node.57`; empty in an engine of another make. */
export function v8Version(): string {
  return process.versions.v8 ?? '';
}
