/** Pictures of products: only picture files, only inside the data folder or the workspace. */
import { realpath, stat } from 'node:fs/promises';
import { extname, isAbsolute, join, resolve, sep } from 'node:path';
import { known } from '#errors.ts';
import type { Store } from './store.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.svg': 'image/svg+xml',
};

export interface Picture {
  readonly file: string;
  readonly type: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/**
 * The picture file of a product.
 *
 * @throws IMAGE_UNKNOWN when the product has none, or its path leads anywhere else
 */
export async function pictureOf(store: Store, id: string): Promise<Picture> {
  const [row] = await store.compute.rows<{ path: string | null }>(
    'select image_path as path from serve_products where product_id = $id limit 1',
    { id },
  );
  const path = row?.path ?? null;
  const roots = [...(store.facts.dataDir == null ? [] : [resolve(store.dir, store.facts.dataDir)]), store.dir];
  if (path !== null)
    for (const root of roots) {
      const found = await inside(root, path);
      if (found !== null) return found;
    }
  throw known('IMAGE_UNKNOWN', { id });
}

async function inside(root: string, path: string): Promise<Picture | null> {
  const type = TYPES[extname(path).toLowerCase()];
  const parts = path.split(/[/\\]/);
  if (type === undefined || isAbsolute(path) || path.includes('\0') || parts.includes('..')) return null;
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || parts.some((part) => part.startsWith('.') && part !== '.')) return null;
  try {
    const [base, file] = await Promise.all([realpath(root), realpath(join(root, ...parts))]);
    if (!file.startsWith(base + sep)) return null;
    const { size, mtimeMs, isFile } = await stat(file).then((s) => ({
      size: s.size,
      mtimeMs: s.mtimeMs,
      isFile: s.isFile(),
    }));
    return isFile ? { file, type, bytes: size, changedMs: mtimeMs } : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'EACCES' || code === 'ELOOP')
      return null;
    throw error;
  }
}
