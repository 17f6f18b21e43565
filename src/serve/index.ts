export type { App } from './app-type.ts';
export type { Reload } from './reload.ts';
export type { ServerOptions } from './server.ts';
export { listen, makeServer } from './server.ts';
export type { Store } from './store.ts';
export { openStore } from './store.ts';
