/** Data files, gzipped or not, whole in memory and never larger than their own header says. */
import { constants, gunzipSync } from 'node:zlib';
import { fail } from '../diagnostics.js';
import { DATA_LIMIT, readBytes } from './files.js';

/** Compressed bytes that are looked at to find the header. */
const HEAD = 1 << 14;

/**
 * Bytes of a file. `fileBytes` gives, from the first bytes of the (unpacked) file, the length that the whole must have; nothing longer is
 * unpacked. T301 if the length differs or the compression is broken.
 */
export function readUnpacked(path: string, fileBytes: (head: Uint8Array, place: string) => number): Uint8Array {
  const packed = readBytes(path, DATA_LIMIT);
  const zipped = packed[0] === 0x1f && packed[1] === 0x8b;
  const head = zipped ? unpack(packed.subarray(0, HEAD), path, HEAD * 1100, packed.length > HEAD) : packed;
  const wanted = fileBytes(head, path);
  if (wanted > DATA_LIMIT) fail('T301', path, `${wanted} bytes of data`, { limit: `${DATA_LIMIT} bytes` });
  const bytes = zipped ? unpack(packed, path, wanted, false) : packed;
  if (bytes.length !== wanted) {
    fail('T301', path, `the file has ${bytes.length} bytes`, { limit: `${wanted} bytes, from its header`, remedy: 'Get the file anew: it seems cut off' });
  }
  return bytes;
}

function unpack(packed: Uint8Array, path: string, limit: number, cut: boolean): Uint8Array {
  try {
    const bytes = gunzipSync(packed, { maxOutputLength: Math.max(limit, 1), ...(cut ? { finishFlush: constants.Z_SYNC_FLUSH } : {}) });
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return fail('T301', path, 'more data than the header states', { limit: `${limit} bytes` });
    return fail('T301', path, `broken gzip data: ${error instanceof Error ? error.message : String(error)}`, {
      limit: 'whole gzip data', remedy: 'Get the file anew',
    });
  }
}
