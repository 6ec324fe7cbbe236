/** The place that the option `out` names. */
import { isS3Url } from '../io/s3/url.js';
import type { Place } from './place.js';
import { BucketPlace } from './place-bucket.js';
import { FolderPlace } from './place-folder.js';
import type { Settings } from './settings.js';

/** @throws the system's error where the folder cannot be made; NotFoundError, RemoteError, UnsupportedError of a bucket */
export function openPlace({ out, s3, signal }: Pick<Settings, 'out' | 's3' | 'signal'>): Promise<Place> {
  return isS3Url(out) ? BucketPlace.open(out, { ...s3, signal }) : FolderPlace.open(out);
}
