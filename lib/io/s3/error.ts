/** Errors of the AWS SDK as ours: named after what the user can do, without anything secret. */
import { NotFoundError, RemoteError } from '../../core/errors.js';
import { brokenConnection, retryAfterMs } from '../transfer.js';

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
  Code?: string;
}

const advice: Record<string, string> = {
  InvalidAccessKeyId: 'the server does not know this access key',
  SignatureDoesNotMatch: 'the secret access key does not fit the access key',
  ExpiredToken: 'the session token has expired',
  InvalidToken: 'the session token is not valid',
  AccessDenied: 'these credentials may not read it (or it does not exist and may not be listed)',
  RequestTimeTooSkewed: 'the clock of this machine differs too much from the server’s',
  PermanentRedirect: 'the bucket is in another region: set regionName',
  AuthorizationHeaderMalformed: 'the bucket is in another region: set regionName',
};

/**
 * Server messages are not repeated: some quote the access key and the string to sign. The SDK's error is not kept as cause
 * either, since it holds the request with its headers.
 */
export function s3Error(error: unknown, name: string): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'AbortError') return error;
  const { $metadata, $response } = error as SdkError;
  if (error.name === 'CredentialsProviderError') {
    const hint = 'pass awsAccessKeyId and awsSecretAccessKey, set up a profile, or use anonymous: true for public data';
    return new RemoteError(`${name}: no AWS credentials were found; ${hint}`, { url: name });
  }
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return brokenConnection(error, name);
  const code = ['Unknown', 'UnknownError', 'Error'].includes(error.name) ? '' : error.name;
  if (status === 404) {
    const what = code === 'NoSuchBucket' ? 'this bucket does not exist' : 'no object has this key';
    return new NotFoundError(`${name}: ${what}`, { path: name });
  }
  const answer = `the S3 server answered ${status}${code && ` ${code}`}`;
  const hint = advice[code] ?? (status === 403 ? advice.AccessDenied : '');
  return new RemoteError(`${name}: ${answer}${hint && `: ${hint}`}`, {
    url: name,
    status,
    retryable:
      status >= 500 ||
      status === 429 ||
      status === 408 ||
      // two that create one object at the same moment: one of them has by the next try
      (status === 409 && code === 'ConditionalRequestConflict') ||
      code === 'RequestTimeTooSkewed',
    retryAfterMs: retryAfterMs($response?.headers?.['retry-after']),
  });
}
