/** Picture files that a table names: only pictures, only inside a folder. */
import { realpath, stat } from 'node:fs/promises';
import { extname, isAbsolute, join, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.svg': 'image/svg+xml',
};

export interface PictureFile {
  readonly file: string;
  readonly type: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/** The picture file at `path` inside `root`; null where it is none, or leads anywhere else. */
export async function pictureFile(root: string, path: string): Promise<PictureFile | null> {
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
