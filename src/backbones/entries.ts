/**
 * The list of backbones as data: what an entry may say, and the checks made of it.
 *
 * @module
 */
import { isRecord } from "@/files/text_records.ts";
import type { Normalization } from "@/images/read.ts";
import { closestName } from "@/messages.ts";

/** How a backbone's weights are stored, and so who builds its graph. */
export type BackboneFormat = "embedded" | "resnet" | "onnx";

/** Settings that a backbone brings along; a configuration may override each. */
export interface BackboneDefaults {
  /** Layers that make the patch embedding; `null` where they must be given. */
  readonly layers: readonly string[] | null;
  /** Layer whose mean is the semantic vector; `null` where it must be given. */
  readonly semantic_layer: string | null;
  /** Values per layer before aggregation; `null` keeps the natural width. */
  readonly pretrain_embed_dimension: number | null;
  /** Values per patch embedding; `null` keeps all. */
  readonly target_embed_dimension: number | null;
}

/** One backbone of the list. */
export interface BackboneEntry {
  /** Name in configurations. */
  readonly name: string;
  /** How its weights are stored. */
  readonly format: BackboneFormat;
  /** Where it comes from, in words. */
  readonly source: string;
  /** Licence of the weights; `null` where they are the user's own. */
  readonly licence: string | null;
  /** File in the folder for weights; `null` where there is none or the user names it. */
  readonly file: string | null;
  /** Where the file can be downloaded, tried in order. */
  readonly addresses: readonly string[];
  /** SHA-256 of the file in hex; `null` where it is not known. */
  readonly sha256: string | null;
  /** Size of the file; `null` where it is not known. */
  readonly bytes: number | null;
  /** Input range; `null` where the network knows its own, or it must be given. */
  readonly normalization: Normalization | null;
  /** Defaults for the configuration. */
  readonly defaults: BackboneDefaults;
}

/** Every backbone by its name. */
export type BackboneEntries = ReadonlyMap<string, BackboneEntry>;

/** What must hold for a value, in words and as a test. */
type Check = readonly [requirement: string, accepts: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0;
const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const isThree = (value: unknown, accepts: (each: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length === 3 && value.every(accepts);
const isPositive = (value: unknown): boolean => isNumber(value) && Number(value) > 0;
const text: Check = ["text", isText];
const count: Check = ["a positive integer", isCount];

/** What each key of an entry must hold. */
const checks: Readonly<Record<string, Check>> = {
  format: [
    "one of embedded, resnet, onnx",
    (value) => ["embedded", "resnet", "onnx"].includes(String(value)),
  ],
  source: text,
  licence: text,
  file: text,
  addresses: [
    "a list of addresses that begin with http:// or https://",
    (value) => Array.isArray(value) && value.every((each) => /^https?:\/\/[^/]/.test(String(each))),
  ],
  sha256: ["64 hex digits", (value) => /^[0-9a-f]{64}$/.test(String(value))],
  bytes: count,
  normalization: [
    "{ scale, mean, std } with a positive scale, three means and three positive deviations",
    (value) => {
      const { scale, mean, std } = (value ?? {}) as Readonly<Record<string, unknown>>;
      return isPositive(scale) && isThree(mean, isNumber) && isThree(std, isPositive);
    },
  ],
  layers: [
    "a list of at least one layer",
    (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  ],
  semantic_layer: text,
  pretrain_embed_dimension: count,
  target_embed_dimension: count,
};

/**
 * Reads the list of backbones from a parsed document; refuses an unknown key and a value that
 * does not fit.
 */
export function readBackboneEntries(document: unknown, source: string): BackboneEntries {
  if (!isRecord(document) || Object.keys(document).length === 0) {
    throw refusal(source, "it must map names to entries");
  }
  return new Map(
    Object.entries(document).map(([name, entry]) => [name, readEntry(name, { entry, source })]),
  );
}

function readEntry(
  name: string,
  { entry, source }: { entry: unknown; source: string },
): BackboneEntry {
  if (!isRecord(entry)) throw refusal(source, `"${name}" must hold keys`);
  for (const [key, value] of Object.entries(entry)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) {
      const similar = closestName(key, Object.keys(checks));
      const hint = similar === null ? "" : `, did you mean "${name}.${similar}"?`;
      throw refusal(source, `unknown key "${name}.${key}"${hint}`);
    }
    const [requirement, accepts] = check;
    if (!accepts(value)) {
      throw refusal(
        source,
        `"${name}.${key}" must be ${requirement}, got ${JSON.stringify(value)}`,
      );
    }
  }
  for (const key of ["format", "source"]) {
    if (!(key in entry)) throw refusal(source, `"${name}.${key}" must be given, got none`);
  }
  const part = <Value>(key: string): Value | null => (entry[key] ?? null) as Value | null;
  const addresses = part<string[]>("addresses") ?? [];
  if (addresses.length > 0 && (entry.file === undefined || entry.sha256 === undefined)) {
    throw refusal(source, `"${name}" must give "file" and "sha256" beside "addresses", got none`);
  }
  return {
    name,
    format: entry.format as BackboneFormat,
    source: entry.source as string,
    licence: part("licence"),
    file: part("file"),
    addresses,
    sha256: part("sha256"),
    bytes: part("bytes"),
    normalization: part("normalization"),
    defaults: {
      layers: part("layers"),
      semantic_layer: part("semantic_layer"),
      pretrain_embed_dimension: part("pretrain_embed_dimension"),
      target_embed_dimension: part("target_embed_dimension"),
    },
  };
}

/** Finds a backbone by name, or refuses with a similar one. */
export function findBackboneEntry(entries: BackboneEntries, name: string): BackboneEntry {
  const found = entries.get(name);
  if (found === undefined) {
    const names = [...entries.keys()];
    const similar = closestName(name, names);
    const hint = similar === null ? "" : `, did you mean "${similar}"?`;
    throw new RangeError(
      `Cannot open a backbone: its name must be one of ` +
        `${names.map((each) => `"${each}"`).join(", ")}, got "${name}"${hint}`,
    );
  }
  return found;
}

function refusal(source: string, what: string): RangeError {
  return new RangeError(`Cannot load "${source}": ${what}`);
}
