import * as z from 'zod';
import { sourceKinds } from './source.ts';
import { nameFieldSchema } from './webhook-fields.ts';

const secretLengthMin = 8;
const secretLengthMax = 256;

/** Sonarr and Radarr encode their credentials in ISO 8859-1, others in UTF-8: in ASCII both are the same. */
const printableAscii = /^[\x20-\x7e]*$/;
const isPrintable = (text: string | null | undefined): boolean => printableAscii.test(text ?? '');

/** `POST /api/v1/sources` */
export const createSourceSchema = z
  .strictObject({
    kind: z.enum(sourceKinds),
    /** The kind unless given. */
    name: nameFieldSchema.optional(),
    username: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^:]*$/, 'must not hold a ":", which ends the user name in basic authentication')
      .nullable()
      .optional(),
    secret: z.string().min(secretLengthMin).max(secretLengthMax).nullable().optional(),
  })
  .refine(({ kind, username }) => kind !== 'sublarr' || !username, {
    path: ['username'],
    message: 'is for sonarr and radarr: Sublarr signs what it sends with the secret',
  })
  .refine(({ secret, username }) => !username || Boolean(secret), {
    path: ['secret'],
    message: 'is missing: it is the password of this username',
  })
  .refine(({ kind, username }) => kind === 'sublarr' || isPrintable(username), {
    path: ['username'],
    message: 'must be printable ASCII',
  })
  .refine(({ kind, secret }) => kind === 'sublarr' || isPrintable(secret), {
    path: ['secret'],
    message: 'must be printable ASCII',
  });
