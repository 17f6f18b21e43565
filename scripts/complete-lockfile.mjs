// Adds to package-lock.json the optional platform packages that the registry in use did not list, so that
// `npm ci` accepts the file everywhere. Run after each `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'win32',
  android: 'android',
  freebsd: 'freebsd',
  win: 'win32',
  windows: 'win32',
};
let added = 0;

for (const [path, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || lock.packages[`${path}/${key}`]) continue;
    const words = name.split(/[-/]/);
    const os = words.map((word) => systems[word]).find(Boolean);
    const cpu = words.find((word) => ['x64', 'arm64', 'ia32', 'arm'].includes(word));
    if (!os || !cpu) throw new Error(`cannot tell the platform of ${name}; add it to package-lock.json by hand`);
    lock.packages[key] = {
      version,
      cpu: [cpu],
      optional: true,
      os: [os],
      ...(path === '' || !entry.dev ? {} : { dev: true }),
    };
    if (name.includes('musl')) lock.packages[key].libc = ['musl'];
    added += 1;
  }
}
const root = lock.packages[''];
lock.packages = {
  '': root,
  ...Object.fromEntries(
    Object.entries(lock.packages)
      .filter(([key]) => key !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ),
};
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} platform entries added`);
