/**
 * Thresholds and limits of refusal of a finished run, group by group, with what they promise.
 *
 * They come from `thresholds.json` where the model or the run has one, or from the file that is named
 * instead; else from `test_binary_results.json` and `test_results.json`.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { checkDocument, type DocumentSchema, type Misfit } from "@/files/document_schema.ts";
import { promiseOf, type ThresholdRule } from "@/thresholds/rules.ts";

/** What is decided about images of a group. */
export interface GroupVerdict {
  /** Scores at or above it are anomalous; infinite if nothing can ever be. */
  readonly threshold: number;
  /** Calibration scores that it rests on. */
  readonly count: number;
  /** What it promises, in words. */
  readonly promise: string;
  /** Mean patch score from which on, together with the next, an image is refused. */
  readonly patchMean: number;
  /** 1 − cosine to the key. */
  readonly keyDistance: number;
}

/** What is decided about images. */
export interface Verdicts {
  /** The file that the thresholds come from. */
  readonly source: string;
  /** For whom one threshold holds. */
  readonly scope: "class" | "group" | "global";
  /** The rule that set them; `null` where each has its own, or none. */
  readonly rule: ThresholdRule | null;
  /** Alpha of refusal; `null` where nothing is refused. */
  readonly refuseAlpha: number | null;
  /** By number of the group. */
  readonly groups: readonly GroupVerdict[];
}

const number = z.number().nullable();
const rule = z.looseObject({ name: z.string() }).nullable()
  .transform((value) => value as ThresholdRule | null);
const scope = z.enum(["class", "group", "global"]);
const thresholdsFile = z.looseObject({
  schema: z.literal(1),
  model: z.looseObject({ hash: z.string() }),
  scope,
  rule,
  thresholds: z.record(
    z.string(),
    z.looseObject({ value: number, count: z.number(), promise: z.string() }),
  ),
  refusal: z.looseObject({
    alpha: z.number(),
    limits: z.record(z.string(), z.looseObject({ patch_mean: number, key_distance: number })),
  }).nullable(),
});
const binaryFile = z.looseObject({
  schema: z.literal(1),
  rule: z.looseObject({ name: z.string(), scope }),
  thresholds: z.record(z.string(), z.looseObject({ value: number, count: z.number() })),
});
const limit = z.looseObject({ value: number });
const resultsFile = z.looseObject({
  schema: z.literal(1),
  refusal: z.looseObject({
    alpha: z.number(),
    limits: z.record(z.string(), z.looseObject({ patch_mean: limit, key_distance: limit })),
  }).nullable(),
});

/** Thresholds and limits by the names that a file gives them. */
interface NamedVerdicts extends Omit<Verdicts, "groups"> {
  readonly thresholds: Readonly<
    Record<
      string,
      { readonly value: number | null; readonly count: number; readonly promise: string }
    >
  >;
  readonly limits: Readonly<
    Record<string, { readonly patchMean: number | null; readonly keyDistance: number | null }>
  >;
}

/** What errors are about. */
const task = (run: string): string => `Cannot export "${run}"`;

/** Reads what a run decides about images of each of its groups. */
export async function readVerdicts(
  run: string,
  { groupNames, thresholds = null, modelFolder = join(run, "model") }: {
    readonly groupNames: readonly string[];
    readonly thresholds?: string | null;
    readonly modelFolder?: string;
  },
): Promise<Verdicts> {
  const named = await readNamed(run, { given: thresholds, modelFolder });
  const { source } = named;
  const find = <Value>(
    values: Readonly<Record<string, Value>>,
    { names, what }: { readonly names: readonly string[]; readonly what: string },
  ): Value => {
    const name = names.find((each) => Object.hasOwn(values, each));
    if (name !== undefined) return values[name]!;
    const known = Object.keys(values).map((each) => `"${each}"`).join(", ") || "none";
    throw new RangeError(`${task(run)}: "${source}" must have ${what}, got those for ${known}`);
  };
  const groups = groupNames.map((name, group): GroupVerdict => {
    // Runs of before called groups by their numbers.
    const names = [name, `group ${group}`];
    if (named.scope === "class" && !Object.hasOwn(named.thresholds, name)) {
      throw new RangeError(
        `${task(run)}: a detector is not told the class of a photograph, so that there must be a ` +
          `threshold for group "${name}" or a global one, got those for classes; ` +
          "run with EVALUATION.known_class=false",
      );
    }
    const threshold = find(named.thresholds, {
      names: named.scope === "global" ? ["global"] : names,
      what: named.scope === "global" ? "a global threshold" : `a threshold for group "${name}"`,
    });
    const limits = named.refuseAlpha === null ? null : find(named.limits, {
      names,
      what: `limits of refusal for group "${name}"`,
    });
    return {
      threshold: threshold.value ?? Infinity,
      count: threshold.count,
      promise: threshold.promise,
      patchMean: limits?.patchMean ?? Infinity,
      keyDistance: limits?.keyDistance ?? Infinity,
    };
  });
  const { scope, rule, refuseAlpha } = named;
  return { source, scope, rule, refuseAlpha, groups };
}

async function readNamed(
  run: string,
  { given, modelFolder }: { readonly given: string | null; readonly modelFolder: string },
): Promise<NamedVerdicts> {
  const places = [modelFolder, run].map((folder) => join(folder, "thresholds.json"));
  const texts = await Promise.all(places.map(readIfThere));
  const place = texts[0] === null ? 1 : 0;
  const own = places[place]!, ownText = texts[place]!;
  const text = given === null ? ownText : await readIfThere(given);
  const source = given ?? own;
  if (text === null) {
    if (given === null) return await readResults(run);
    throw new Error(`${task(run)}: thresholds must be a file, got nothing at "${given}"`);
  }
  const read = (content: string, path: string) =>
    parse(content, { schema: thresholdsFile, path, run });
  const file = read(text, source);
  const hash = ownText === null ? null : read(ownText, own).model.hash;
  if (hash !== null && file.model.hash !== hash) {
    throw new RangeError(
      `${task(run)}: thresholds of "${source}" must be of its model ${hash.slice(0, 12)}, ` +
        `got those of ${file.model.hash.slice(0, 12)}`,
    );
  }
  return {
    source,
    scope: file.scope,
    rule: file.rule,
    refuseAlpha: file.refusal?.alpha ?? null,
    thresholds: file.thresholds,
    limits: Object.fromEntries(
      Object.entries(file.refusal?.limits ?? {}).map(([name, { patch_mean, key_distance }]) => [
        name,
        { patchMean: patch_mean, keyDistance: key_distance },
      ]),
    ),
  };
}

/** Thresholds and limits as results have them. */
async function readResults(run: string): Promise<NamedVerdicts> {
  const need = async <Value>(name: string, schema: DocumentSchema<Value>): Promise<Value> => {
    const path = join(run, name), text = await readIfThere(path);
    if (text !== null) return parse(text, { schema, path, run });
    throw new Error(
      `${task(run)}: it must be the folder of a finished run, got no "${name}" in it`,
    );
  };
  const source = join(run, "test_binary_results.json");
  const binary = await need("test_binary_results.json", binaryFile);
  const { refusal } = await need("test_results.json", resultsFile);
  const { scope, ...own } = binary.rule;
  const rule = own as ThresholdRule;
  return {
    source,
    scope,
    rule,
    refuseAlpha: refusal?.alpha ?? null,
    thresholds: Object.fromEntries(
      Object.entries(binary.thresholds).map(([name, { value, count }]) => [name, {
        value,
        count,
        promise: promiseOf(rule, { count, isApproximate: true }).sentence,
      }]),
    ),
    limits: Object.fromEntries(
      Object.entries(refusal?.limits ?? {}).map(([name, { patch_mean, key_distance }]) => [
        name,
        { patchMean: patch_mean.value, keyDistance: key_distance.value },
      ]),
    ),
  };
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    throw error;
  }
}

function parse<Value>(
  text: string,
  { schema, path, run }: {
    readonly schema: DocumentSchema<Value>;
    readonly path: string;
    readonly run: string;
  },
): Value {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new SyntaxError(`${task(run)}: "${path}" must be JSON, got other text`);
  }
  const refuse = ({ path: place, requirement, value }: Misfit): SyntaxError => {
    const key = place.length === 0 ? "it" : `"${place.map(String).join(".")}"`;
    const got = value === undefined ? "none" : JSON.stringify(value);
    return new SyntaxError(
      `${task(run)}: in "${path}" ${key} must be ${requirement ?? "known"}, got ${
        got.slice(0, 80)
      }`,
    );
  };
  return checkDocument(document, { schema, refuse });
}
