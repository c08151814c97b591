import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '../refusal.ts';

type Hashed = Readonly<{ sha256: string }>;
export type Upload = Readable & { readonly truncated?: boolean };

/**
 * Takes the one file of a form. `take` reads it before anything is checked and puts its hash in place of the body, so
 * that the hash is what makes two requests the same; `of` gives what was read of it. `forms` names what is accepted.
 */
export function formFile<File extends Hashed>(read: (upload: Upload) => Promise<File>, forms: string) {
  const files = new WeakMap<object, File>();
  const onePart = () =>
    new Refusal('invalid-input', 'the form has one part, the file', {
      field: '/file',
      in: 'body',
      accepted: `one part named file, of ${forms}`,
    });

  async function fileOf(request: FastifyRequest): Promise<File> {
    let file: File | undefined;
    try {
      for await (const part of request.parts()) {
        if (part.type !== 'file' || part.fieldname !== 'file' || file !== undefined) throw onePart();
        file = await read(part.file);
      }
    } catch (error) {
      if (error instanceof Refusal || String((error as { code?: string }).code).startsWith('FST_')) throw error;
      throw new Refusal('malformed-body', 'the form cannot be read to its end');
    }
    if (file === undefined) throw onePart();
    return file;
  }

  return {
    take: async (request: FastifyRequest): Promise<void> => {
      if (!request.isMultipart()) {
        throw new Refusal('unsupported-media-type', 'the file comes as a form', {
          field: 'Content-Type',
          in: 'header',
          accepted: 'multipart/form-data',
        });
      }
      const file = await fileOf(request);
      const body = { file: file.sha256 };
      files.set(body, file);
      request.body = body;
    },
    of: (body: object): File => files.get(body) as File,
  };
}
