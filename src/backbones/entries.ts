/**
 * The list of backbones as data: what an entry may say, and the checks made of it.
 *
 * @module
 */
import { z } from "zod";
import { checkDocument, type Misfit } from "@/files/document_schema.ts";
import type { Normalization } from "@/images/read.ts";
import { askForName } from "@/messages.ts";

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

const text = z.string().min(1);
const count = z.int().min(1).meta({ requirement: "a positive integer" });
const number = z.number();
const positive = z.number().gt(0);

/** A value that may be left out, which makes it `null`, but not given as `null`. */
function orNull<Value>(schema: z.ZodType<Value>): z.ZodType<Value | null> {
  return schema.optional().transform((value) => value ?? null);
}

/** What an entry may say. */
const entrySchema = z.strictObject({
  format: z.enum(["embedded", "resnet", "onnx"]),
  source: text,
  licence: orNull(text),
  file: orNull(text),
  addresses: z.array(z.string().regex(/^https?:\/\/[^/]/)).default([])
    .meta({ requirement: "a list of addresses that begin with http:// or https://" }),
  sha256: orNull(z.string().regex(/^[0-9a-f]{64}$/).meta({ requirement: "64 hex digits" })),
  bytes: orNull(count),
  normalization: orNull(
    z.object({
      scale: positive,
      mean: z.tuple([number, number, number]),
      std: z.tuple([positive, positive, positive]),
    }).meta({
      requirement: "{ scale, mean, std } with a positive scale, three means and three positive " +
        "deviations",
    }),
  ),
  layers: orNull(z.array(text).min(1).meta({ requirement: "a list of at least one layer" })),
  semantic_layer: orNull(text),
  pretrain_embed_dimension: orNull(count),
  target_embed_dimension: orNull(count),
});

/**
 * Reads the list of backbones from a parsed document; refuses an unknown key and a value that
 * does not fit.
 */
export function readBackboneEntries(document: unknown, source: string): BackboneEntries {
  const refuse = (): RangeError => refusal(source, "it must map names to entries");
  const schema = z.record(z.string(), z.unknown());
  const entries = Object.entries(checkDocument(document, { schema, refuse }));
  if (entries.length === 0) throw refuse();
  return new Map(entries.map(([name, entry]) => [name, readEntry(name, { entry, source })]));
}

function readEntry(
  name: string,
  { entry, source }: { entry: unknown; source: string },
): BackboneEntry {
  const refuse = ({ path: [key], requirement, value, known }: Misfit): RangeError => {
    if (key === undefined) return refusal(source, `"${name}" must hold keys`);
    const at = `"${name}.${String(key)}"`;
    if (requirement === null) {
      const hint = askForName(String(key), known, { prefix: `${name}.` });
      return refusal(source, `unknown key ${at}${hint}`);
    }
    if (value === undefined) return refusal(source, `${at} must be given, got none`);
    return refusal(source, `${at} must be ${requirement}, got ${JSON.stringify(value)}`);
  };
  const { layers, semantic_layer, pretrain_embed_dimension, target_embed_dimension, ...parts } =
    checkDocument(entry, { schema: entrySchema, refuse });
  if (parts.addresses.length > 0 && (parts.file === null || parts.sha256 === null)) {
    throw refusal(source, `"${name}" must give "file" and "sha256" beside "addresses", got none`);
  }
  const defaults = { layers, semantic_layer, pretrain_embed_dimension, target_embed_dimension };
  return { name, ...parts, defaults };
}

/** Finds a backbone by name, or refuses with a similar one. */
export function findBackboneEntry(entries: BackboneEntries, name: string): BackboneEntry {
  const found = entries.get(name);
  if (found === undefined) {
    const names = [...entries.keys()];
    throw new RangeError(
      `Cannot open a backbone: its name must be one of ` +
        `${names.map((each) => `"${each}"`).join(", ")}, got "${name}"${askForName(name, names)}`,
    );
  }
  return found;
}

function refusal(source: string, what: string): RangeError {
  return new RangeError(`Cannot load "${source}": ${what}`);
}
