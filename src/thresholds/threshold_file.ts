/**
 * The document `thresholds.json`: thresholds with what they rest on and promise, made to be read
 * and edited by people.
 *
 * Scopes are named as people know them: by class, by the name of the group, or `global`. Reading
 * and writing the file is left to others; here is what it holds.
 *
 * @module
 */
import { z } from "zod";
import { checkDocument, type DocumentSchema, type Misfit } from "@/files/document_schema.ts";
import { askForName, closestName } from "@/messages.ts";
import type { RefusalLimits } from "@/thresholds/refusal.ts";
import { promiseOf, type Threshold, type ThresholdRule } from "@/thresholds/rules.ts";

/** What of a file is said when nothing can be said about false alarms. */
export const NOT_PROMISED = "as given; nothing is promised";

/** What a run is told to say about a file that people may edit. */
const ABOUT = "An image is anomalous when its score is at or above the value of its scope; null: " +
  "never. Values may be edited: what they promise is then no longer known. " +
  "EVALUATION.thresholds=FILE uses them.";

const rule = z.union([
  z.strictObject({ name: z.literal("gumbel"), alpha: z.number().gt(0).lt(1) }),
  z.strictObject({ name: z.literal("conformal"), alpha: z.number().gt(0).lt(1) }),
  z.strictObject({ name: z.literal("quantile"), quantile: z.number().min(0).max(1) }),
  z.strictObject({ name: z.literal("max") }),
  z.strictObject({ name: z.literal("mean_std"), factor: z.number() }),
  z.strictObject({ name: z.literal("oracle_f1") }),
]).nullable().meta({
  requirement: 'a rule with its parameter, such as {"name": "gumbel", "alpha": 0.05}, or null',
});

const line = z.strictObject({
  value: z.number().nullable(),
  reason: z.string().optional(),
  count: z.int().min(0),
  promise: z.string(),
  rule: rule.optional(),
});
const limits = z.strictObject({
  patch_mean: z.number().nullable(),
  key_distance: z.number().nullable(),
});
const file = z.strictObject({
  schema: z.literal(1),
  about: z.string(),
  model: z.strictObject({ name: z.string(), hash: z.string() }),
  scope: z.enum(["class", "group", "global"]),
  rule,
  calibration: z.string(),
  thresholds: z.record(z.string(), z.unknown()),
  refusal: z.strictObject({
    alpha: z.number().gt(0).lt(1),
    limits: z.record(z.string(), z.unknown()),
  }).nullable(),
});

/** One threshold of a file. */
export interface ThresholdLine {
  /** Scores at or above it are anomalous; `null` if nothing can ever be. */
  readonly value: number | null;
  /** Why it is `null`; absent otherwise. */
  readonly reason?: string | undefined;
  /** Scores it was computed from. */
  readonly count: number;
  /** What it promises, in words. */
  readonly promise: string;
  /** Its own rule; absent where it is that of the file. */
  readonly rule?: ThresholdRule | null | undefined;
}

/** Limits of refusal of one group in a file; `null`: no image reaches it. */
export interface LimitLine {
  /** Limit of the mean patch distance. */
  readonly patch_mean: number | null;
  /** Limit of the distance to the key. */
  readonly key_distance: number | null;
}

/** The content of `thresholds.json`. */
export interface ThresholdFile {
  /** Version of the layout. */
  readonly schema: 1;
  /** What a person who opens the file must know. */
  readonly about: string;
  /** The model whose scores the thresholds are for: what it is, and a SHA-256 that tells it. */
  readonly model: { readonly name: string; readonly hash: string };
  /** For whom one threshold holds. */
  readonly scope: "class" | "group" | "global";
  /** The rule that set them; `null` where each has its own, or none. */
  readonly rule: ThresholdRule | null;
  /** How calibration scores were made. */
  readonly calibration: string;
  /** By class, by name of the group, or `global`. */
  readonly thresholds: Readonly<Record<string, ThresholdLine>>;
  /** Limits by name of the group; `null` where nothing was refused. */
  readonly refusal: {
    readonly alpha: number;
    readonly limits: Readonly<Record<string, LimitLine>>;
  } | null;
}

/** Reads the content of `thresholds.json`, refusing what it must not hold in one line. */
export function parseThresholdFile(text: string, source: string): ThresholdFile {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new SyntaxError(`Cannot read thresholds of "${source}": it must be JSON, got other text`);
  }
  const refuse = (place: readonly string[]) => ({ path, requirement, value, known }: Misfit) => {
    const key = [...place, ...path.map(String)].join(".");
    const got = value === undefined ? "none" : JSON.stringify(value);
    const what = requirement === null
      ? `unknown key "${key}"${askForName(String(path.at(-1)), known)}`
      : key === ""
      ? `it must be ${requirement}, got ${got}`
      : `"${key}" must be ${requirement}, got ${got}`;
    return new SyntaxError(`Cannot read thresholds of "${source}": ${what}`);
  };
  const whole = checkDocument(document, { schema: file, refuse: refuse([]) });
  const each = <Value>(
    values: Readonly<Record<string, unknown>>,
    { schema, place }: { schema: DocumentSchema<Value>; place: readonly string[] },
  ): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        checkDocument(value, { schema, refuse: refuse([...place, name]) }),
      ]),
    );
  return {
    ...whole,
    thresholds: each(whole.thresholds, { schema: line, place: ["thresholds"] }),
    refusal: whole.refusal && {
      ...whole.refusal,
      limits: each(whole.refusal.limits, { schema: limits, place: ["refusal", "limits"] }),
    },
  };
}

/** Makes the content of `thresholds.json`; scopes and groups in alphabetical order. */
export function makeThresholdFile(content: {
  readonly model: ThresholdFile["model"];
  readonly scope: ThresholdFile["scope"];
  readonly rule: ThresholdRule | null;
  readonly calibration: string;
  readonly thresholds: ReadonlyMap<string, Threshold>;
  readonly rules?: ReadonlyMap<string, ThresholdRule>;
  readonly refusal: ThresholdFile["refusal"];
}): ThresholdFile {
  const { model, scope, rule, calibration, thresholds, rules, refusal } = content;
  const sorted = [...thresholds].sort(([a], [b]) => a < b ? -1 : 1);
  return {
    schema: 1,
    about: ABOUT,
    model,
    scope,
    rule,
    calibration,
    thresholds: Object.fromEntries(sorted.map(([name, threshold]): [string, ThresholdLine] => {
      const own = rules?.get(name);
      const { value, reason, count } = threshold;
      return [name, {
        value: finiteOrNull(value),
        ...(reason !== undefined && { reason }),
        count,
        promise: promiseText(threshold, own ?? rule),
        ...(own !== undefined && { rule: own }),
      }];
    })),
    refusal,
  };
}

/** Writes the limits of refusal as a file can hold them, by name of the group. */
export function limitLines(
  limits: ReadonlyMap<number, RefusalLimits>,
  groupNames: readonly string[],
): Record<string, LimitLine> {
  return Object.fromEntries(
    [...limits].sort(([a], [b]) => a - b).map(([group, { patchMean, keyDistance }]) => [
      groupNames[group]!,
      { patch_mean: finiteOrNull(patchMean.value), key_distance: finiteOrNull(keyDistance.value) },
    ]),
  );
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * Says what a threshold promises: what is known of one from a file, else what the rule makes of its
 * count; `null` as the rule promises nothing.
 */
export function promiseText(
  { count, promise }: Threshold,
  rule: ThresholdRule | null,
): string {
  if (promise !== undefined) return promise;
  return rule === null ? NOT_PROMISED : promiseOf(rule, { count, isApproximate: true }).sentence;
}

/**
 * Takes the thresholds of the scopes that are needed from a file.
 *
 * A value that is still what its rule makes of the calibration scores at hand keeps its promise; of
 * any other nothing is promised.
 */
export function takeThresholds(
  { thresholds, scope, rule }: ThresholdFile,
  options: {
    /** Names of the scopes. */
    readonly names: readonly string[];
    /** What errors call the file. */
    readonly source: string;
    /** What a rule makes of a scope. */
    readonly byRule: (name: string, rule: ThresholdRule) => Threshold | null;
  },
): Map<string, Threshold> {
  const { names, source, byRule } = options;
  const missing = names.find((name) => !Object.hasOwn(thresholds, name));
  if (missing !== undefined) {
    const known = Object.keys(thresholds);
    const kind = scope === "global" ? "all together" : `${scope} "${missing}"`;
    const meant = closestName(missing, known);
    const got = meant === null ? known.join(", ") || "none" : `"${meant}"`;
    throw new RangeError(
      `Cannot use thresholds of "${source}": there must be one for ${kind}, got ${
        meant === null ? `those for ${got}` : `one for ${got}`
      }`,
    );
  }
  return new Map(names.map((name): [string, Threshold] => {
    const { value: written, count, reason, rule: own = rule } = thresholds[name]!;
    const value = written ?? Infinity;
    const made = own === null || own.name === "oracle_f1" ? null : byRule(name, own);
    const isUnchanged = made !== null && own !== null && isSame(made.value, value);
    const promise = isUnchanged ? promiseText(made, own) : NOT_PROMISED;
    const why = reason ?? `no value is given in "${source}"`;
    return [name, {
      value,
      count: isUnchanged ? made.count : count,
      ...(value === Infinity && { reason: why }),
      promise,
    }];
  }));
}

/** Whether two thresholds are the same but for rounding on another machine. */
function isSame(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
}

/** Reads limits of refusal from a file, by number of the group; `undefined` where it has none. */
export function takeLimits(
  { refusal }: ThresholdFile,
  { groupNames, source }: { readonly groupNames: readonly string[]; readonly source: string },
): Map<number, RefusalLimits> | undefined {
  if (refusal === null) return undefined;
  const limitOf = (value: number | null): Threshold => ({ value: value ?? Infinity, count: 0 });
  return new Map(groupNames.flatMap((name, group): [number, RefusalLimits][] => {
    if (!Object.hasOwn(refusal.limits, name)) {
      throw new RangeError(
        `Cannot use thresholds of "${source}": limits of refusal must be there for group "${name}", ` +
          `got those for ${Object.keys(refusal.limits).join(", ") || "none"}`,
      );
    }
    const { patch_mean, key_distance } = refusal.limits[name]!;
    return [[group, { patchMean: limitOf(patch_mean), keyDistance: limitOf(key_distance) }]];
  }));
}
