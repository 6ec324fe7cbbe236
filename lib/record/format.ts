/** What a raw-recording format is to openRecording. */
import type { LoadContext } from '../load/context.js';
import type { OpenRecordingOptions, Recording } from '../recording.js';

export interface RecordContext extends LoadContext {
  readonly options: OpenRecordingOptions;
  /** Runs what was registered with onEnd: when the recording is closed, or cannot be opened. */
  close(): Promise<void>;
}

export interface RecordPlace {
  path: string;
  isFolder: boolean;
}

export interface RecordingFormat {
  /** What openRecording looks for, for messages. */
  readonly marks: string;
  recognise(place: RecordPlace, context: RecordContext): Promise<boolean>;
  open(place: RecordPlace, context: RecordContext): Promise<Recording>;
}
