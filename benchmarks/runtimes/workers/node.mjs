// What protocol.py does, for runtimes of JavaScript in Node.
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const oneLine = (error) => String(error).replace(/\s+/g, " ").slice(0, 400);

// Of .npy files of version 1 with uint8 in C order, which is what is written.
function readPhoto(path) {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, start);
  if (!/'descr': '\|u1', 'fortran_order': False/.test(header)) {
    throw new Error(`${path} must be uint8 in C order: ${header}`);
  }
  const shape = header.match(/\(([\d, ]+)\)/)[1].split(",").map(Number);
  return { shape, data: new Uint8Array(bytes.subarray(start)) };
}

function writePhoto(path, { shape, data }) {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const header = text.padEnd(64 * Math.ceil((11 + text.length) / 64) - 11) + "\n";
  const start = Buffer.alloc(10);
  start.write("\x93NUMPY\x01\x00", "latin1");
  start.writeUInt16LE(header.length, 8);
  writeFileSync(path, Buffer.concat([start, Buffer.from(header, "latin1"), data]));
}

export async function serve(openModel) {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const answer = (content) => write(JSON.stringify(content) + "\n");
  let colorize = null;
  for await (const line of createInterface({ input: process.stdin })) {
    const turn = JSON.parse(line);
    try {
      if (!colorize) {
        colorize = await openModel(turn.file, turn.options);
        answer({ loaded: true });
        continue;
      }
      const photo = readPhoto(turn.photo);
      const cpu = process.cpuUsage();
      const wall = performance.now();
      const result = await colorize(photo);
      const took = process.cpuUsage(cpu);
      answer({
        wall: (performance.now() - wall) / 1e3,
        cpu: (took.user + took.system) / 1e6,
        ...(writePhoto(turn.result, result) ?? {}),
      });
    } catch (error) {
      answer({ error: oneLine(error) });
      if (!colorize) break;
    }
  }
  process.exit(0);
}
