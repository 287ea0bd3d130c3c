/**
 * What was found out about the files of a dataset.
 *
 * @module
 */

/** Width and height in pixels. */
export interface ImageSize {
  /** Columns of pixels. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
}

/** What the header of an image file says; the size is that of the pixels as the file stores them. */
export interface ImageHeader extends ImageSize {
  /** Such as `png`. */
  readonly format: string;
  /** Values per pixel: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha. */
  readonly channels: number;
  /** Bits per value. */
  readonly bits: number;
  /** Whether an EXIF orientation turns or mirrors it. */
  readonly isRotated: boolean;
}

/** What a mask marks. */
export interface MaskContent {
  /** Anomalous pixels as a share of all, from 0 to 1. */
  readonly area: number;
  /** Number of different values of anomalous pixels. */
  readonly values: number;
}

/** One image or mask; what is not known or was not asked for is `null`. */
export interface InspectedFile {
  /** What its header says. */
  readonly header: ImageHeader | null;
  /** Its size once decoded, with the EXIF orientation applied where that was asked for. */
  readonly decoded: ImageSize | null;
  /** Why it cannot be read or decoded. */
  readonly fault: string | null;
  /** SHA-256 of its bytes as 64 hexadecimal digits. */
  readonly sha256: string | null;
  /** What it marks, if it is a mask. */
  readonly mask: MaskContent | null;
}

/** Inspected files by their path, relative to the dataset folder with forward slashes. */
export type InspectedFiles = ReadonlyMap<string, InspectedFile>;
