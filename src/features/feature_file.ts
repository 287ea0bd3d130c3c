/**
 * The file in which the features of one image are kept: header, semantic vector, patch
 * embeddings.
 *
 * All numbers are little-endian. The header has 64 bytes: the letters `HCFT`, then as unsigned
 * 32-bit integers the version 2, the bits per embedding value (32 or 16), grid rows, grid
 * columns, embedding columns, semantic columns, and a CRC-32; zeros fill it up. The CRC-32 is of
 * the key that the features are kept under, of the header with zero in place of the CRC-32, and
 * of everything after the header: an entry that was moved to another key does not match. The
 * semantic vector is always of 32-bit floats.
 *
 * @module
 */
import type { PatchGrid } from "@/features/embedder.ts";

/** How embedding values are kept. */
export type FeaturePrecision = "float32" | "float16";

/** The shape of the features of one image. */
export interface FeatureShape {
  /** Patch positions. */
  readonly grid: PatchGrid;
  /** Values per patch embedding. */
  readonly dimension: number;
  /** Values of the semantic vector. */
  readonly semanticDimension: number;
}

/** What a header says. */
export interface FeatureHeader extends FeatureShape {
  /** How embedding values are kept. */
  readonly precision: FeaturePrecision;
  /** CRC-32 of key, header and everything after it. */
  readonly checksum: number;
}

/** Bytes of a header. */
export const featureHeaderBytes = 64;

const magic = 0x54464348; // "HCFT"

/** Version of the format; raised whenever it changes. */
export const featureFileVersion = 2;

/** Tells how many bytes follow the header. */
export function featurePayloadBytes(
  { grid, dimension, semanticDimension, precision }: FeatureShape & {
    readonly precision: FeaturePrecision;
  },
): { readonly semantics: number; readonly embeddings: number } {
  const perValue = precision === "float16" ? 2 : 4;
  return {
    semantics: 4 * semanticDimension,
    embeddings: grid.rows * grid.columns * dimension * perValue,
  };
}

/** Writes a header. */
export function encodeFeatureHeader(header: FeatureHeader): Uint8Array<ArrayBuffer> {
  const { grid, dimension, semanticDimension, precision, checksum } = header;
  const bytes = new Uint8Array(featureHeaderBytes);
  const view = new DataView(bytes.buffer);
  const bits = precision === "float16" ? 16 : 32;
  const fields = [
    magic,
    featureFileVersion,
    bits,
    grid.rows,
    grid.columns,
    dimension,
    semanticDimension,
    checksum,
  ];
  fields.forEach((field, i) => view.setUint32(4 * i, field, true));
  return bytes;
}

/** Reads a header; `null` if there is none, one of another version, or one that is not filled up. */
export function decodeFeatureHeader(bytes: Uint8Array): FeatureHeader | null {
  if (bytes.length < featureHeaderBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const field = (i: number): number => view.getUint32(4 * i, true);
  const bits = field(2);
  if (field(0) !== magic || field(1) !== featureFileVersion) return null;
  if (bits !== 16 && bits !== 32) return null;
  for (let i = 8; i < featureHeaderBytes / 4; i++) if (field(i) !== 0) return null;
  return {
    precision: bits === 16 ? "float16" : "float32",
    grid: { rows: field(3), columns: field(4) },
    dimension: field(5),
    semanticDimension: field(6),
    checksum: field(7),
  };
}

/** The largest value that a 16-bit float holds. */
const largestFloat16 = 65504;

/** Rounds values to 16-bit floats; refuses what these cannot hold. */
export function toFloat16(values: Float32Array): Float16Array<ArrayBuffer> {
  const rounded = new Float16Array(values.length);
  rounded.set(values);
  for (let i = 0; i < rounded.length; i++) {
    if (rounded[i]! - rounded[i]! === 0) continue;
    throw new RangeError(
      `Cannot keep features as 16-bit floats: values must be at most ${largestFloat16} in size, ` +
        `got ${values[i]}; RUNTIME.feature_cache=float32 keeps them`,
    );
  }
  return rounded;
}
