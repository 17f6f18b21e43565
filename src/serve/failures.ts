/** Every failure leaves as `{error: {code, message, fix}}`; what is not meant for the caller stays here. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { KnownError, known } from '#errors.ts';

/** Failures of the machine that the caller can do something about. */
const TOLD: ReadonlySet<string> = new Set(['DISK_FULL', 'SERVER_BUSY', 'NOT_OFFERED', 'LEDGER_BUSY']);

/** The error that the caller sees. */
export function shown(error: unknown): KnownError {
  if (error instanceof KnownError) return error.status < 500 || TOLD.has(error.code) ? error : hidden(error);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    const where = `${error.validationContext ?? 'request'}${first?.instancePath === '/' ? '' : (first?.instancePath ?? '')}`;
    return known('REQUEST_INVALID', { what: first?.message ?? 'not as described', where: where.slice(0, 200) });
  }
  const { statusCode, code, message } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return known('BODY_TOO_LARGE', {});
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return known('MEDIA_REFUSED', {});
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return known('REQUEST_INVALID', { what: (message ?? 'not understood').slice(0, 200), where: 'request' });
  return hidden(error);
}

const hidden = (cause: unknown): KnownError => known('SERVER_FAILED', {}, cause);

export const bodyOf = ({ code, message, fix }: KnownError) => ({ error: { code, message, fix } });

/** The error to tell; what is not told is logged. */
export function logged(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: (line: string) => void,
): KnownError {
  const told = shown(error);
  if (told.code === 'SERVER_FAILED') {
    const route = request.routeOptions.url ?? 'unmatched';
    log(
      `${request.method} ${route} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  if (told.code === 'SERVER_BUSY') void reply.header('retry-after', '2');
  return told;
}

/** Answers with `error`, and logs what the caller is not told. */
export function fail(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: (line: string) => void,
): FastifyReply {
  const told = logged(error, request, reply, log);
  return reply
    .code(told.status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(bodyOf(told)));
}
