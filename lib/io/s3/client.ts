/** The AWS SDK, loaded when the first S3 source is used, with the client that a load's options describe. */

import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { boolean, text } from '../../core/checks.js';
import { OptionError } from '../../core/errors.js';
import type { LoadOptions } from '../../core/options.js';
import type { S3Location } from './url.js';

export type S3Options = Pick<
  LoadOptions,
  | 'awsAccessKeyId'
  | 'awsSecretAccessKey'
  | 'awsSessionToken'
  | 'regionName'
  | 'endpointUrl'
  | 'forcePathStyle'
  | 'anonymous'
>;
type Sdk = typeof import('@aws-sdk/client-s3');

export interface S3 {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

export async function openS3(location: S3Location, options: S3Options): Promise<S3> {
  checkS3Options(options);
  const sdk = await import('@aws-sdk/client-s3');
  const config = clientConfig(options);
  const region = options.regionName ?? location.region ?? (await configuredRegion(sdk, config));
  return { sdk, client: new sdk.S3Client({ ...config, region }) };
}

function clientConfig(options: S3Options): S3ClientConfig {
  const { awsAccessKeyId, awsSecretAccessKey, awsSessionToken, endpointUrl, anonymous } = options;
  const config: S3ClientConfig = {
    // we retry ourselves: bodies that break count as well as requests, and each request is counted
    maxAttempts: 1,
    followRegionRedirects: true,
    // older Ceph and MinIO refuse the checksums that the SDK would add by itself
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
  // servers of labs seldom have a wildcard DNS name, which virtual-hosted buckets need
  if (endpointUrl) Object.assign(config, { endpoint: endpointUrl, forcePathStyle: options.forcePathStyle ?? true });
  else if (options.forcePathStyle !== undefined) config.forcePathStyle = options.forcePathStyle;
  if (anonymous) {
    config.credentials = async () => ({ accessKeyId: '', secretAccessKey: '' });
    config.signer = { sign: async (request) => request };
  } else if (awsAccessKeyId && awsSecretAccessKey) {
    config.credentials = {
      accessKeyId: awsAccessKeyId,
      secretAccessKey: awsSecretAccessKey,
      ...(awsSessionToken ? { sessionToken: awsSessionToken } : {}),
    };
  }
  return config;
}

/** The region of environment or profile; us-east-1 where neither names one (the SDK alone would fail). */
async function configuredRegion(sdk: Sdk, config: S3ClientConfig): Promise<string> {
  const probe = new sdk.S3Client(config);
  try {
    return await probe.config.region();
  } catch {
    return 'us-east-1';
  } finally {
    probe.destroy();
  }
}

/** Checks the S3 options by themselves. Values of keys never get into the message. */
function checkS3Options(options: S3Options): void {
  for (const key of ['awsAccessKeyId', 'awsSecretAccessKey', 'awsSessionToken'] as const) {
    const value: unknown = options[key];
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new OptionError(key, 'a non-empty string', typeof value === 'string' ? '' : `a ${typeof value}`);
  }
  if ((options.awsAccessKeyId === undefined) !== (options.awsSecretAccessKey === undefined))
    throw new OptionError('awsAccessKeyId', 'given together with awsSecretAccessKey', 'only one of the two');
  if (options.awsSessionToken !== undefined && options.awsAccessKeyId === undefined)
    throw new OptionError('awsSessionToken', 'given together with awsAccessKeyId and awsSecretAccessKey', 'it alone');
  if (options.regionName !== undefined) text(options.regionName, 'regionName');
  if (options.forcePathStyle !== undefined) boolean(options.forcePathStyle, 'forcePathStyle');
  if (options.anonymous !== undefined) boolean(options.anonymous, 'anonymous');
  if (options.anonymous && options.awsAccessKeyId !== undefined)
    throw new OptionError('anonymous', 'false where keys are given', true);
  const { endpointUrl } = options;
  if (endpointUrl !== undefined && !(URL.canParse(endpointUrl) && /^https?:$/.test(new URL(endpointUrl).protocol)))
    throw new OptionError('endpointUrl', 'an http or https URL', endpointUrl);
}
