/** What a raw-recording format is to openRecording. */
import type { ZarrFolder } from '../containers/zarr/folder.js';
import type { SourceContext } from '../io/context.js';
import type { RemoteFile } from '../io/ranges/remote-file.js';
import type { Recording, RecordingOptions } from './recording.js';

export interface RecordContext extends SourceContext {
  readonly options: RecordingOptions;
  /** Runs what was registered with onEnd: when the recording is closed, or cannot be opened. */
  close(): Promise<void>;
}

export interface RecordPlace {
  path: string;
  isFolder: boolean;
  /** A file that lies elsewhere, which `path` names: HDF5, or of a format that is read by ranges. */
  remote?: RemoteFile;
  /** A Zarr folder that lies elsewhere. */
  remoteZarr?: ZarrFolder;
}

export interface RecordingFormat {
  /** What openRecording looks for, for messages. */
  readonly marks: string;
  /** Whether a file on a server, which is no HDF5, is of this format and read there; others are downloaded. */
  readonly isReadRemotely?: (file: RemoteFile, options: RecordingOptions) => boolean;
  recognises(place: RecordPlace, context: RecordContext): Promise<boolean>;
  open(place: RecordPlace, context: RecordContext): Promise<Recording>;
}
