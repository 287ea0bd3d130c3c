/**
 * Where a command of the command line writes to: text for people, or one JSON document.
 *
 * @module
 */
import type { StartProgress } from "@/files/progress.ts";

/** Where a command writes to. Nothing of it ends the process. */
export interface Output {
  /** Whether one JSON document is wanted on standard output, and no text. */
  readonly isJson: boolean;
  /** Takes a line of results for people; nothing where a document is wanted. */
  text(line: string): void;
  /** Takes what must be read whatever the results are for, such as a licence. */
  notice(line: string): void;
  /** Takes what a program is to read, once; nothing where text is wanted. */
  document(value: unknown): void;
  /** Shows progress of long work. */
  readonly startProgress: StartProgress;
}

/** What an output is made of. */
export interface OutputOptions {
  /** Whether one JSON document is wanted. */
  readonly isJson: boolean;
  /** Receives results, for standard output. */
  readonly print: (line: string) => void;
  /** Receives notices beside a document, for standard error. */
  readonly complain: (line: string) => void;
  /** Shows progress. */
  readonly startProgress: StartProgress;
}

/** Makes an output; without JSON, notices stand among the results. */
export function createOutput(options: OutputOptions): Output {
  const { isJson, print, complain, startProgress } = options;
  return {
    isJson,
    text: (line) => isJson || print(line),
    notice: (line) => isJson ? complain(line) : print(line),
    document: (value) => isJson && print(JSON.stringify(value, null, 2)),
    startProgress,
  };
}
