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
  /** A file that lies elsewhere, which `path` names: HDF5, the one container that is read by ranges here. */
  remote?: RemoteFile;
  /** A Zarr folder that lies elsewhere. */
  remoteZarr?: ZarrFolder;
}

export interface RecordingFormat {
  /** What openRecording looks for, for messages. */
  readonly marks: string;
  recognises(place: RecordPlace, context: RecordContext): Promise<boolean>;
  open(place: RecordPlace, context: RecordContext): Promise<Recording>;
}
