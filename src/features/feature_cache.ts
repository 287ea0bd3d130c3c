/**
 * Keeps the features of images on disk, so that no image is embedded twice.
 *
 * An entry is found by what it was made of: the bytes of the image file, how they were cropped and
 * scaled to network input, and the graph. Where the file lies and what it is called plays no part.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type EmbeddedImages, selectImages } from "@/features/embedder.ts";
import {
  decodeFeatureHeader,
  encodeFeatureHeader,
  featureFileVersion,
  featureHeaderBytes,
  featurePayloadBytes,
  type FeaturePrecision,
  type FeatureShape,
  toFloat16,
} from "@/features/feature_file.ts";
import type { BoundedFolder } from "@/files/cache.ts";
import { toMatrix } from "@/math/matrix.ts";
import { bytesOf } from "@/math/number_formats.ts";

/** Where features are kept, and what shapes them. */
export interface FeatureCacheOptions {
  /** The folder of the cache, which may hold other things, too. */
  readonly files: BoundedFolder;
  /** Everything but the image that shapes features, such as graph hash and geometry. */
  readonly recipe: readonly unknown[];
  /** How embedding values are kept; default `float32`, which loses nothing. */
  readonly precision?: FeaturePrecision;
}

/** A cache of features. */
export interface FeatureCache {
  /** How embedding values are kept. */
  readonly precision: FeaturePrecision;
  /** Identifies everything but the image that shapes features. */
  readonly space: string;
  /** Whether there is an entry; `key` is the SHA-256 of the image file. */
  has(key: string): boolean;
  /**
   * The features of one image; `null` if there is no entry, or a damaged one, which is named and
   * removed.
   */
  read(key: string): EmbeddedImages | null;
  /** Keeps the features of one image; tells whether they are kept. */
  write(key: string, image: EmbeddedImages): Promise<boolean>;
  /** Says something about what is kept here. */
  remark(line: string): void;
}

/**
 * Opens a cache of features.
 *
 * Damaged entries, and entries of another key, are noticed by a checksum and count as missing.
 * Several processes may share it.
 *
 * @param options Where it lies, what shapes features, and precision.
 * @returns The cache.
 *
 * @example Kept and found
 * ```ts
 * import assert from "node:assert/strict";
 * import { openFeatureCache } from "@/features/mod.ts";
 * import { openBoundedFolder } from "@/files/mod.ts";
 * import { matrixOf } from "@/math/mod.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const files = openBoundedFolder({ folder, limit: 1e6 });
 * const cache = openFeatureCache({ files, recipe: ["a graph"] });
 * const image = {
 *   count: 1,
 *   grid: { rows: 1, columns: 2 },
 *   embeddings: matrixOf([[1, 2], [3, 4]]),
 *   semantics: matrixOf([[5]]),
 * };
 * await cache.write("00ff", image);
 * assert.deepEqual(cache.read("00ff"), image);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function openFeatureCache(options: FeatureCacheOptions): FeatureCache {
  const { files, recipe, precision = "float32" } = options;
  const shape = JSON.stringify([recipe, precision, featureFileVersion]);
  const space = createHash("sha256").update(shape).digest("hex").slice(0, 32);
  const nameOf = (key: string): string =>
    join("features", space, key.slice(0, 2), `${key}.features`);
  return {
    precision,
    space,
    has: (key) => files.has(nameOf(key)),
    read: (key) => {
      const name = nameOf(key);
      const bytes = files.read(name);
      if (bytes === null) return null;
      try {
        return decodeFeatures(bytes, `${space} ${key}`);
      } catch (error) {
        files.drop(name, (error as Error).message);
        return null;
      }
    },
    write: async (key, image) => {
      const parts = encodeFeatures(image, { key: `${space} ${key}`, precision });
      return await files.put(nameOf(key), parts);
    },
    remark: (line) => files.remark(line),
  };
}

/** What features are once they have been through a cache: rounded where it keeps 16-bit floats. */
export function roundFeatures(
  images: EmbeddedImages,
  precision: FeaturePrecision,
): EmbeddedImages {
  if (precision === "float32") return images;
  const { embeddings } = images;
  const data = new Float32Array(embeddings.data.length);
  data.set(toFloat16(embeddings.data));
  return { ...images, embeddings: { ...embeddings, data } };
}

function encodeFeatures(
  image: EmbeddedImages,
  { key, precision }: { key: string; precision: FeaturePrecision },
): Uint8Array<ArrayBuffer>[] {
  if (image.count !== 1) {
    throw new RangeError(`Cannot keep features: images come one by one, got ${image.count}`);
  }
  const { grid, embeddings, semantics } = selectImages(image, [0]);
  const values = precision === "float16" ? toFloat16(embeddings.data) : embeddings.data;
  const payload = [bytesOf(semantics.data), bytesOf(values)];
  const shape = {
    grid,
    dimension: embeddings.columns,
    semanticDimension: semantics.columns,
    precision,
  };
  const checksum = sumOf(payload, { key, shape });
  return [encodeFeatureHeader({ ...shape, checksum }), ...payload];
}

/** CRC-32 of the key, the header as it is without a checksum, and what follows it. */
function sumOf(
  payload: readonly Uint8Array[],
  { key, shape }: { key: string; shape: FeatureShape & { precision: FeaturePrecision } },
): number {
  const header = encodeFeatureHeader({ ...shape, checksum: 0 });
  return [header, ...payload].reduce((sum, part) => crc32(part, sum), crc32(key));
}

/** Reads features back; throws what must hold and what came instead. */
function decodeFeatures(bytes: Uint8Array<ArrayBuffer>, key: string): EmbeddedImages {
  const header = decodeFeatureHeader(bytes);
  if (header === null) throw new SyntaxError("it must begin with a header, got none");
  const { grid, dimension, semanticDimension, precision } = header;
  const parts = featurePayloadBytes(header);
  const length = featureHeaderBytes + parts.semantics + parts.embeddings;
  if (bytes.length !== length) {
    throw new RangeError(`it must have ${length} bytes, got ${bytes.length}`);
  }
  const payload = bytes.subarray(featureHeaderBytes);
  if (sumOf([payload], { key, shape: header }) !== header.checksum) {
    throw new RangeError("its checksum must be that of its key and content, got another");
  }
  const semantics = new Float32Array(semanticDimension);
  bytesOf(semantics).set(payload.subarray(0, parts.semantics));
  const rows = grid.rows * grid.columns;
  const stored = precision === "float16"
    ? new Float16Array(rows * dimension)
    : new Float32Array(rows * dimension);
  bytesOf(stored).set(payload.subarray(parts.semantics));
  const data = stored instanceof Float32Array ? stored : new Float32Array(stored.length);
  if (data !== stored) data.set(stored);
  return {
    count: 1,
    grid,
    embeddings: toMatrix(data, { rows, columns: dimension }),
    semantics: toMatrix(semantics, { rows: 1, columns: semanticDimension }),
  };
}
