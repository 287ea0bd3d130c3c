/**
 * A trained model as plain data: what is saved, loaded and turned into a detector again.
 *
 * `model.json` holds everything about it but its embeddings; its text is checked field by field.
 *
 * @module
 */
import type { PatchGrid } from "@/features/embedder.ts";
import type { Matrix } from "@/math/matrix.ts";
import type { KeptRows, MemoryGroup } from "@/memory/memory_bank.ts";

/** The anomaly score of a normal training image by a bank that has not seen it. */
export interface NamedScore {
  /** Image file, relative to the dataset. */
  readonly image: string;
  /** Its anomaly score. */
  readonly score: number;
}

/** A group of the memory bank with the calibration scores of its images. */
export interface TrainedGroup<Rows extends Matrix | KeptRows = Matrix>
  extends Omit<MemoryGroup, "embeddings"> {
  /** The kept patch embeddings, one a row. */
  readonly embeddings: Rows;
  /** Calibration scores; none if the group could not be calibrated. */
  readonly calibration: readonly NamedScore[];
}

/** A trained model, whose embeddings are in memory or can be fetched group by group. */
export interface TrainedModel<Rows extends Matrix | KeptRows = Matrix> {
  /** The resolved configuration, as plain JSON. */
  readonly config: unknown;
  /** The backbone that the embeddings come from. */
  readonly backbone: {
    /** Its name. */
    readonly name: string;
    /** SHA-256 of its graph file, in hex. */
    readonly hash: string;
  };
  /** Columns of the embeddings. */
  readonly dimension: number;
  /** Length of the keys. */
  readonly semanticDimension: number;
  /** Patch positions of an image. */
  readonly grid: PatchGrid;
  /** The groups of the memory bank. */
  readonly groups: readonly TrainedGroup<Rows>[];
}

/**
 * Looks for something that no trained model can have: a size that does not fit, or a value that is
 * not finite; `null` if there is nothing of the kind.
 *
 * Embeddings that are in memory are looked at, too.
 */
export function findModelFault(model: TrainedModel<Matrix | KeptRows>): string | null {
  const { dimension, semanticDimension, grid, groups } = model;
  if (model.config === undefined) return "config must be given, got undefined";
  const sizes = {
    dimension,
    semanticDimension,
    "grid.rows": grid.rows,
    "grid.columns": grid.columns,
  };
  for (const [name, size] of Object.entries(sizes)) {
    if (!isCount(size)) return `${name} must be a positive integer, got ${size}`;
  }
  if (groups.length === 0) return "there must be at least one group, got none";
  const names = new Set<string>();
  for (const group of groups) {
    if (names.has(group.name)) return `group names must differ, got "${group.name}" twice`;
    names.add(group.name);
    const fault = findGroupFault(group, model);
    if (fault !== null) return fault;
  }
  return null;
}

function findGroupFault(
  group: TrainedGroup<Matrix | KeptRows>,
  model: TrainedModel<Matrix | KeptRows>,
): string | null {
  const { name, key, embeddings, radius, trainCount, calibration } = group;
  if (key.length !== model.semanticDimension) {
    return `the key of group "${name}" must have ${model.semanticDimension} values, got ${key.length}`;
  }
  if (!key.every(Number.isFinite)) return `the key of group "${name}" must be finite`;
  if (embeddings.rows < 1) return `group "${name}" must have at least one embedding, got none`;
  if (embeddings.columns !== model.dimension) {
    return `the embeddings of group "${name}" must have ${model.dimension} columns, ` +
      `got ${embeddings.columns}`;
  }
  const fault = "data" in embeddings ? findRowFault(embeddings, name) : null;
  if (fault !== null) return fault;
  if (radius !== null && !(radius >= 0 && radius < Infinity)) {
    return `the radius of group "${name}" must be a finite number from 0 or null, got ${radius}`;
  }
  if (!isCount(trainCount)) {
    return `trainCount of group "${name}" must be a positive integer, got ${trainCount}`;
  }
  const odd = calibration.find(({ score }) => !Number.isFinite(score));
  if (odd !== undefined) {
    return `the calibration score of "${odd.image}" must be finite, got ${odd.score}`;
  }
  return null;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

/** Looks for something that no embeddings of a group can have; `null` if there is nothing. */
export function findRowFault(embeddings: Matrix, name: string): string | null {
  const { rows, columns, data } = embeddings;
  if (data.length !== rows * columns) {
    return `the embeddings of group "${name}" must have ${rows} × ${columns} values, ` +
      `got ${data.length}`;
  }
  const broken = data.findIndex((value) => !Number.isFinite(value));
  if (broken < 0) return null;
  return `the embeddings of group "${name}" must be finite, got ${data[broken]} ` +
    `in row ${Math.floor(broken / columns)}`;
}

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

/** Reads the text of `model.json`; what is wrong in it is named by its field and the path. */
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
