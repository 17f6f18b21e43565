/** The only file that talks to the server. Addresses are relative to the page, so that the console may live in a subfolder. */
import { type Query, queryText } from '../router.ts';

/** What the server says when it refuses: what happened and the way out. `code` NETWORK: no answer came. */
export class ApiError extends Error {
  readonly code: string;
  readonly fix: string;
  readonly status: number;

  constructor(said: { code: string; message: string; fix: string; status: number }) {
    super(said.message);
    this.name = 'ApiError';
    this.code = said.code;
    this.fix = said.fix;
    this.status = said.status;
  }
}

/** Address of an endpoint under /api/v1; `path` starts with a slash. */
export const apiAddress = (path: string, query: Query = {}): string =>
  new URL(`api/v1${path}${queryText(query)}`, document.baseURI).toString();

/** Address of the same list as a CSV file, all its rows. */
export const csvAddress = (path: string, query: Query = {}): string => apiAddress(path, { ...query, format: 'csv' });

/** A picture on this server ('/api/v1/products/7/image'). Other addresses are refused: the page asks nobody but its server. */
export function pictureAddress(imageUrl: string | null | undefined): string | undefined {
  if (!imageUrl?.startsWith('/')) return undefined;
  return new URL(imageUrl.slice(1), document.baseURI).toString();
}

async function ask<T>(address: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, { ...init, headers: { accept: 'application/json', ...init.headers } });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError({ code: 'NETWORK', message: '', fix: '', status: 0 });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  throw refusal(response.status, body);
}

function refusal(status: number, body: unknown): ApiError {
  const said = (body as { error?: { code?: string; message?: string; fix?: string } } | undefined)?.error;
  return new ApiError({
    code: said?.code ?? 'UNEXPECTED',
    message: said?.message ?? '',
    fix: said?.fix ?? '',
    status,
  });
}

/** GET a JSON document. @throws ApiError; an AbortError when `signal` fires */
export const getJson = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  ask<T>(apiAddress(path), signal === undefined ? {} : { signal });

/** Sends a JSON document and reads the answer. @throws ApiError; an AbortError when `signal` fires */
export function sendJson<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const init: RequestInit = { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return ask<T>(apiAddress(path), signal === undefined ? init : { ...init, signal });
}

/** POST a JSON document and read the answer. @throws ApiError; an AbortError when `signal` fires */
export const postJson = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  sendJson<T>('POST', path, body, signal);
