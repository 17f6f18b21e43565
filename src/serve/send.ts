/** Answers that leave as streams. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PictureFile } from '#engines/index.ts';
import { type CsvColumn, csvChunks } from './csv.ts';

/** Sends all batches as a CSV attachment; a fault in the first batch is still answered as an error. */
export async function sendCsv<Row>(
  reply: FastifyReply,
  name: string,
  columns: readonly CsvColumn<Row>[],
  batches: AsyncGenerator<readonly Row[]>,
): Promise<FastifyReply> {
  const first = await batches.next();
  async function* all(): AsyncGenerator<readonly Row[]> {
    if (first.done) return;
    yield first.value;
    yield* batches;
  }
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .send(Readable.from(csvChunks(columns, all()), { objectMode: false }));
}

/** Sends a picture, or 304 when the caller has it. Scripts in a drawing cannot run. */
export function sendPicture(request: FastifyRequest, reply: FastifyReply, picture: PictureFile): FastifyReply {
  const tag = `"${picture.bytes.toString(36)}-${Math.round(picture.changedMs).toString(36)}"`;
  void reply
    .header('etag', tag)
    .header('cache-control', 'private, max-age=3600')
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  if (request.headers['if-none-match'] === tag) return reply.code(304).send();
  return reply.type(picture.type).header('content-length', picture.bytes).send(createReadStream(picture.file));
}
