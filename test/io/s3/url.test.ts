import { describe, expect, it } from 'vitest';
import { isS3Url, OptionError, parseS3Url } from '../../../lib/index.js';
import { s3Location } from '../../../lib/io/s3/url.js';

const urls: [url: string, bucket: string, key: string, region?: string][] = [
  ['s3://lab/a/b.h5', 'lab', 'a/b.h5'],
  ['s3://lab/a%20b.h5', 'lab', 'a%20b.h5'],
  ['s3://lab/a#1?.h5', 'lab', 'a#1?.h5'],
  ['S3://Lab/key/', 'Lab', 'key'],
  [' s3://lab/key\n', 'lab', 'key'],
  ['https://s3.amazonaws.com/lab/a/b.h5', 'lab', 'a/b.h5'],
  ['https://s3.eu-west-1.amazonaws.com/lab/b.h5', 'lab', 'b.h5', 'eu-west-1'],
  ['https://s3-us-west-2.amazonaws.com/lab/b.h5', 'lab', 'b.h5', 'us-west-2'],
  ['https://s3.dualstack.us-gov-west-1.amazonaws.com/lab/b.h5', 'lab', 'b.h5', 'us-gov-west-1'],
  ['https://lab.s3.amazonaws.com/b.h5', 'lab', 'b.h5'],
  ['https://Old.Lab.s3.us-west-2.amazonaws.com/a%20b%23.h5', 'Old.Lab', 'a b#.h5', 'us-west-2'],
  ['https://lab.s3.cn-north-1.amazonaws.com.cn/b.h5', 'lab', 'b.h5', 'cn-north-1'],
  ['https://a.s3.b.s3.us-east-2.amazonaws.com/x', 'a.s3.b', 'x', 'us-east-2'],
];

describe('S3 URLs', () => {
  it.each(urls)('%s', (url, bucket, key, region) => {
    expect(isS3Url(url)).toBe(true);
    expect(parseS3Url(url)).toEqual({ bucket, key });
    expect(s3Location(url, 'source').region).toBe(region);
  });

  it.each([
    '',
    'a.h5',
    '/s3/lab/a.h5',
    'file:///s3.amazonaws.com/a',
    'https://example.org/s3/lab',
    'https://s3.amazonaws.com.example.org/lab/a.h5',
    'https://s3.evil.amazonaws.com.attacker.example/lab/a.h5',
    'https://lab-s3.amazonaws.com/a.h5',
    'https://s3amazonaws.com/lab/a.h5',
    'https://s3.amazonaws.com@example.org/lab/a.h5',
    'https://lab.s3-website-us-east-1.amazonaws.com/a.h5',
    'https://ec2.amazonaws.com/a.h5',
    'ftp://s3.amazonaws.com/lab/a.h5',
    'https://',
  ])('%j is none', (url) => {
    expect(isS3Url(url)).toBe(false);
    expect(() => parseS3Url(url)).toThrow(OptionError);
  });

  it.each([
    's3://',
    's3://lab',
    's3://lab/',
    's3:///key',
    'https://s3.amazonaws.com/lab',
    'https://lab.s3.amazonaws.com/',
  ])('%s names no object', (url) => {
    expect(isS3Url(url)).toBe(true);
    expect(() => parseS3Url(url)).toThrow(OptionError);
  });

  it('takes what is no string for no URL', () => {
    for (const value of [undefined, null, 3, {}, ['s3://a/b']]) expect(isS3Url(value as string)).toBe(false);
  });

  it('keeps a signature out of the error', () => {
    const url = 'https://lab.s3.amazonaws.com/?X-Amz-Signature=abc123';
    expect(() => parseS3Url(url)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('abc123') }));
  });
});
