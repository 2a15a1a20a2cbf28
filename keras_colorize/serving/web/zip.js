// A zip file of photos. They are compressed already, so they are only stored.

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
const UTF8_NAMES = 0x0800;
const LARGEST = 0xffffffff;  // of the file; more would need zip64

/**
 * @param {{name: string, blob: Blob}[]} files With different names.
 * @returns {Promise<Blob>}
 */
export async function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, blob } of files) {
    const path = new TextEncoder().encode(name);
    const crc = crc32(new Uint8Array(await blob.arrayBuffer()));
    const entry = { path, crc, size: blob.size, offset };
    const header = record(0x04034b50, entry);
    parts.push(header, path, blob);
    directory.push(record(0x02014b50, entry), path);
    offset += header.byteLength + path.length + blob.size;
  }
  const size = directory.reduce((sum, part) => sum + part.byteLength, 0);
  if (offset + size > LARGEST) {
    throw new Error("More than 4 GB do not fit into one zip. Download the "
      + "photos one by one, or use the command line.");
  }
  const end = fields([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length],
    [2, files.length], [4, size], [4, offset], [2, 0]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** A local header, or an entry of the directory at the end. */
function record(signature, { path, crc, size, offset }) {
  const isCentral = signature === 0x02014b50;
  const now = new Date();
  const time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
  const date = ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
  const version = isCentral ? [[2, 20], [2, 20]] : [[2, 20]];
  const more = isCentral ? [[2, 0], [2, 0], [2, 0], [4, 0], [4, offset]] : [];
  return fields([[4, signature], ...version, [2, UTF8_NAMES], [2, 0], [2, time],
    [2, date], [4, crc], [4, size], [4, size], [2, path.length], [2, 0], ...more]);
}

/** Little-endian numbers, each with its number of bytes. */
function fields(list) {
  const view = new DataView(new ArrayBuffer(list.reduce((sum, [n]) => sum + n, 0)));
  let at = 0;
  for (const [bytes, value] of list) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return view;
}

/** Of the polynomial that zip and PNG have. */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
