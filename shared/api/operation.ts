import type * as z from 'zod';
import type { Scope } from '../api-key.ts';

/** What a route takes as its body. */
type RequestBody =
  | { readonly json: z.ZodType; readonly optional?: true }
  /** Not JSON: taken as it is. */
  | { readonly text: string };

/** The body of a successful answer: JSON, or what it is instead. */
type AnswerBody = z.ZodType | 'text' | 'none';

/** A route of the API as its callers see it. Errors are the same for all of them. */
export interface Operation {
  /** Its name in the document, and of the method in clients that are made from it. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Such as `/api/v1/webhooks/{id}`. */
  readonly path: string;
  /** What a key needs for it; `open` asks for no key. */
  readonly scope: Scope | 'open';
  /** What shows an open route who sends, each way by the names of `securitySchemes`. */
  readonly proofs?: readonly (readonly string[])[];
  readonly query?: z.ZodObject;
  /** Request headers that it heeds, and what they do. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Every successful answer by its status. */
  readonly answers: Readonly<Record<number, AnswerBody>>;
}
