/** Errors as clients get them: problem documents (RFC 9457) with a stable code, without a stack or a path of the server. */

interface ProblemFields {
  /** HTTP headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document. */
  readonly members?: Readonly<Record<string, unknown>>;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    { headers = {}, members = {} }: ProblemFields = {},
  ) {
    super(detail);
    this.headers = headers;
    this.members = members;
  }
}

export const notFound = (what: string) => new Problem(404, 'ERR_NOT_FOUND', `There is no such ${what}.`);

/** How an HTTP status is called; those that are used here. */
const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Token needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Too slow',
  409: 'Conflict',
  411: 'Length required',
  413: 'Too large',
  415: 'Unsupported media type',
  416: 'Range not satisfiable',
  422: 'Cannot be processed',
  429: 'Too many',
  500: 'Internal error',
  503: 'Not available now',
  504: 'Took too long',
  507: 'No space left',
};

export function problemDocument(problem: Problem, requestId?: string): Record<string, unknown> {
  const { status, code, message, members } = problem;
  return {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    code,
    detail: message,
    ...(requestId === undefined ? {} : { requestId }),
    ...members,
  };
}

/** What the system says when the disk is full. */
export const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException | null)?.code));

export const noSpace = () =>
  new Problem(507, 'ERR_NO_SPACE', 'The server has no space left for this; try again later.', {
    headers: { 'retry-after': '60' },
  });
