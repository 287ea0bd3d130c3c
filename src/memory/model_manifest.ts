/**
 * The text of `model.json`: everything about a trained model but its embeddings.
 *
 * @module
 */
import type { PatchGrid } from "@/features/embedder.ts";
import type { NamedScore } from "@/memory/trained_model.ts";

/** A group as `model.json` has it. */
export interface ManifestGroup {
  /** Name of the group. */
  readonly name: string;
  /** File of its embeddings, beside `model.json`. */
  readonly file: string;
  /** Number of embeddings. */
  readonly rows: number;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
  /** Semantic key. */
  readonly key: readonly number[];
  /** Covering radius, or `null`. */
  readonly radius: number | null;
  /** Training images in the group. */
  readonly train_count: number;
  /** Calibration scores. */
  readonly calibration: readonly NamedScore[];
}

/** The content of `model.json`. */
export interface ModelManifest {
  /** Version of this layout. */
  readonly schema: 1;
  /** The resolved configuration. */
  readonly config: unknown;
  /** The backbone: its name and the SHA-256 of its graph file. */
  readonly backbone: { readonly name: string; readonly hash: string };
  /** Columns of the embeddings. */
  readonly dimension: number;
  /** Length of the keys. */
  readonly semantic_dimension: number;
  /** Patch positions of an image. */
  readonly grid: PatchGrid;
  /** The groups. */
  readonly groups: readonly ManifestGroup[];
}

/**
 * Reads the text of `model.json`.
 *
 * @param text JSON.
 * @param path Where it came from, for error messages.
 * @returns The content, every field of the type it should have.
 * @throws {SyntaxError} If it is not JSON, has another schema, or a field is missing or of another type.
 *
 * @example Made by a later version
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseManifest } from "@/memory/model_manifest.ts";
 *
 * assert.throws(() => parseManifest('{ "schema": 2 }', "model.json"), {
 *   message: 'Cannot load "model.json": schema must be 1, got 2',
 * });
 * ```
 */
export function parseManifest(text: string, path: string): ModelManifest {
  const root = objectAt({ value: parseJson(text, path), field: "", path });
  const at = (value: unknown, field: string): Place => ({ value, field, path });
  if (root.schema !== 1) refuse(at(root.schema, "schema"), "1");
  if (root.config === undefined) refuse(at(root.config, "config"), "given");
  const backbone = objectAt(at(root.backbone, "backbone"));
  const grid = objectAt(at(root.grid, "grid"));
  return {
    schema: 1,
    config: root.config,
    backbone: {
      name: textAt(at(backbone.name, "backbone.name")),
      hash: textAt(at(backbone.hash, "backbone.hash")),
    },
    dimension: countAt(at(root.dimension, "dimension")),
    semantic_dimension: countAt(at(root.semantic_dimension, "semantic_dimension")),
    grid: {
      rows: countAt(at(grid.rows, "grid.rows")),
      columns: countAt(at(grid.columns, "grid.columns")),
    },
    groups: listAt(at(root.groups, "groups")).map(parseGroup),
  };
}

function parseGroup(place: Place): ManifestGroup {
  const group = objectAt(place);
  const at = (name: string): Place => inside(place, { value: group[name], name: `.${name}` });
  return {
    name: textAt(at("name")),
    file: textAt(at("file")),
    rows: countAt(at("rows")),
    sha256: textAt(at("sha256")),
    key: listAt(at("key")).map(numberAt),
    radius: group.radius === null ? null : numberAt(at("radius")),
    train_count: countAt(at("train_count")),
    calibration: listAt(at("calibration")).map((entryPlace) => {
      const entry = objectAt(entryPlace);
      return {
        image: textAt(inside(entryPlace, { value: entry.image, name: ".image" })),
        score: numberAt(inside(entryPlace, { value: entry.score, name: ".score" })),
      };
    }),
  };
}

/** A value and where it stands. */
interface Place {
  readonly value: unknown;
  readonly field: string;
  readonly path: string;
}

function inside(place: Place, { value, name }: { value: unknown; name: string }): Place {
  return { value, field: place.field + name, path: place.path };
}

function objectAt(place: Place): Readonly<Record<string, unknown>> {
  const { value } = place;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  return refuse(place, "an object");
}

function listAt(place: Place): Place[] {
  const { value } = place;
  if (!Array.isArray(value)) return refuse(place, "a list");
  return value.map((item, i) => inside(place, { value: item, name: `[${i}]` }));
}

function textAt(place: Place): string {
  return typeof place.value === "string" ? place.value : refuse(place, "text");
}

function numberAt(place: Place): number {
  return typeof place.value === "number" ? place.value : refuse(place, "a number");
}

function countAt(place: Place): number {
  const value = numberAt(place);
  return Number.isSafeInteger(value) && value >= 1 ? value : refuse(place, "a positive integer");
}

function refuse({ value, field, path }: Place, wanted: string): never {
  const what = field === "" ? "it" : field;
  const got = value === undefined
    ? "nothing"
    : Array.isArray(value)
    ? "a list"
    : JSON.stringify(value);
  throw new SyntaxError(`Cannot load "${path}": ${what} must be ${wanted}, got ${got}`);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`Cannot load "${path}": it must be JSON, got ${reason}`);
  }
}
