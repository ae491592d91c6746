/** What became of a frame. `gone`: the connection is closed, or not open yet. */
export type PostOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Posts text to a connection. Never throws: a viewer who cannot be reached is nobody else's concern. */
export type PostToViewer = (connectionId: string, text: string) => Promise<PostOutcome>;

/** Ends a connection. Throws when that is not possible; one that has ended is none of it. */
export type CloseConnection = (connectionId: string) => Promise<void>;
