/** What the shop's pictures show, each read once in a run. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { picturesFeatures } from '#embeddings/index.ts';
import { pictureFile } from '#engines/index.ts';

/** Larger files are passed over. */
const BYTES_MAX = 20_000_000;

/** Reads features of a product's picture out of the data folder; null where there is none, or none that can be read. */
export function pictureReader(dataDir: string): (path: string) => Promise<Float32Array | null> {
  const kept = new Map<string, Float32Array | null>();
  return async (path) => {
    const before = kept.get(path);
    if (before !== undefined) return before;
    const found = await pictureFile(resolve(dataDir), path);
    const seen = found === null || found.bytes > BYTES_MAX ? undefined : picturesFeatures([readFileSync(found.file)]);
    const features = seen === undefined || seen.unreadable.length > 0 ? null : seen.features.values;
    kept.set(path, features);
    return features;
  };
}
