/** The few things that a durable log asks of a disk, so that a test can lose power, tear a write or fill it up. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Failures carry the `code` of the operating system (ENOSPC, EIO, ...). */
export interface DiskFile {
  /** All bytes or a failure; how much of it is there after a failure is not known. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** What was written is on the disk when this resolves. After a failure nothing is known of what was not. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** Names of the files, sorted. */
  list(): Promise<string[]>;
  read(name: string): Promise<Uint8Array>;
  /** Opens for writing, made where it lacks. */
  open(name: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Names made, changed and removed are on the disk when this resolves. */
  syncNames(): Promise<void>;
}

/** One folder of the file system; made where it lacks. */
export async function folderDisk(dir: string): Promise<Disk> {
  await mkdir(dir, { recursive: true });
  const path = (name: string) => join(dir, name);
  return {
    list: async () => (await readdir(dir)).sort(),
    read: (name) => readFile(path(name)),
    open: async (name) => fileOf(await open(path(name), constants.O_RDWR | constants.O_CREAT, 0o600)),
    rename: (from, to) => rename(path(from), path(to)),
    remove: (name) => rm(path(name)),
    syncNames: async () => {
      if (process.platform === 'win32') return; // folders cannot be opened there, and names are journalled
      const handle = await open(dir, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}

const fileOf = (handle: FileHandle): DiskFile => ({
  write: async (bytes, at) => {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  },
  sync: () => handle.datasync(),
  truncate: (bytes) => handle.truncate(bytes),
  close: () => handle.close(),
});
