/** Pictures of products: only picture files, only inside the data folder or the workspace. */
import { resolve } from 'node:path';
import { type PictureFile, pictureFile } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { Store } from './store.ts';

/**
 * The picture file of a product.
 *
 * @throws IMAGE_UNKNOWN when the product has none, or its path leads anywhere else
 */
export async function pictureOf(store: Store, id: string): Promise<PictureFile> {
  const [row] = await store.compute.rows<{ path: string | null }>(
    'select image_path as path from serve_products where product_id = $id limit 1',
    { id },
  );
  const path = row?.path ?? null;
  const roots = [...(store.facts.dataDir == null ? [] : [resolve(store.dir, store.facts.dataDir)]), store.dir];
  if (path !== null)
    for (const root of roots) {
      const found = await pictureFile(root, path);
      if (found !== null) return found;
    }
  throw known('IMAGE_UNKNOWN', { id });
}
