/** How events come in. */
export interface Traffic {
  readonly name: string;
  readonly text: string;
  readonly perRequest: number;
  /** Whether each request waits until the event before is delivered: no batch holds two. */
  readonly isSparse: boolean;
}

export const traffics: readonly Traffic[] = [
  {
    name: 'sparse',
    text: 'one at a time, each after the one before is delivered',
    perRequest: 1,
    isSparse: true,
  },
  { name: 'tens', text: '10 per request', perRequest: 10, isSparse: false },
  { name: 'hundreds', text: '100 per request', perRequest: 100, isSparse: false },
];
