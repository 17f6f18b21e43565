/** Messages as lines of JSON in a folder, a file a UTC day: for trying out, and for other programs that send. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Channel, Outgoing } from './channel.ts';

/** A channel that writes to `dir`; a message that may have been written before is looked for first. */
export function fileChannel(name: string, dir: string): Channel {
  return {
    name,
    can: { idempotent: true, address: 'customer', parallel: 1 },
    send: async (message) => {
      if (message.attempt === 1 || !isWritten(dir, message.key)) append(dir, message);
      return message.key;
    },
  };
}

function append(dir: string, message: Outgoing): void {
  mkdirSync(dir, { recursive: true });
  const { key, at, to, customerId, purpose, campaignId, decisionId, language, subject, text } = message;
  const line = JSON.stringify({ key, at, to, customerId, purpose, campaignId, decisionId, language, subject, text });
  const file = openSync(join(dir, `${new Date(at).toISOString().slice(0, 10)}.jsonl`), 'a+');
  try {
    writeSync(file, `${isTorn(file) ? '\n' : ''}${line}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A line that was cut off by a power failure is left behind as a line of its own. */
function isTorn(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

function isWritten(dir: string, key: string): boolean {
  const start = `{"key":${JSON.stringify(key)},`;
  return (
    existsSync(dir) &&
    readdirSync(dir).some(
      (each) =>
        each.endsWith('.jsonl') &&
        readFileSync(join(dir, each), 'utf8')
          .split('\n')
          .some((line) => line.startsWith(start) && line.endsWith('}')),
    )
  );
}
