/**
 * Words for what a parsed document must hold, made from its zod schema, and the first place where
 * a document does not fit.
 *
 * The words come from the JSON Schema that zod makes. Where they are not enough,
 * `.meta({ requirement })` says what must hold, and then for all that lies inside, too.
 *
 * @module
 */
import type { z } from "zod";

/** A schema of zod, as far as it is needed here. */
export interface DocumentSchema<Value = unknown> {
  /** Checks a document; of an issue, `keys` are those that are not known. */
  safeParse(document: unknown): { success: true; data: Value } | {
    success: false;
    error: { issues: readonly { path: PropertyKey[]; keys?: string[] }[] };
  };
  /** Makes the JSON Schema. */
  toJSONSchema(options: { io: "input"; unrepresentable: "any" }): unknown;
}

/** The first place where a document does not fit. */
export interface Misfit {
  /** Keys and positions that lead there. */
  readonly path: readonly PropertyKey[];
  /** What must hold, to complete "must be"; `null` if the key is not known. */
  readonly requirement: string | null;
  /** What came; `undefined` if nothing did. */
  readonly value: unknown;
  /** Keys that are known beside one that is not; otherwise none. */
  readonly known: readonly string[];
}

/** What a schema says about its value. */
export interface SchemaWords {
  /** What the value must be, to complete "must be", such as "a number above 0, or null". */
  readonly requirement: string;
  /** The values that it may have; `null` where they cannot be listed. */
  readonly choices: readonly (string | number)[] | null;
  /** What it is where nothing is given; `undefined` if it must be given. */
  readonly default: unknown;
  /** What it is for; empty if the schema does not say. */
  readonly description: string;
}

/** A JSON Schema as zod makes it, with words of its own. */
type Shape = z.core.JSONSchema.BaseSchema & { readonly requirement?: string };

/** Takes a document that fits its schema, as the schema makes it, or throws what `refuse` makes. */
export function checkDocument<Value>(
  document: unknown,
  { schema, refuse }: { schema: DocumentSchema<Value>; refuse: (misfit: Misfit) => Error },
): Value {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const { issues } = result.error;
  // A misspelt key is why the right one seems to be missing.
  const issue = issues.find(({ keys }) => keys !== undefined) ?? issues[0]!;
  const path: PropertyKey[] = [];
  let shape = shapeOf(schema), value = document;
  const enter = (key: PropertyKey): void => {
    path.push(key);
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  };
  for (const key of issue.path) {
    const inner = shape.properties?.[String(key)] ?? shape.items;
    if (shape.requirement !== undefined || inner === undefined) break;
    enter(key);
    shape = inner as Shape;
  }
  const [unknown] = issue.keys ?? [];
  if (unknown === undefined || shape.requirement !== undefined) {
    throw refuse({ path, requirement: requirementOf(shape), value, known: [] });
  }
  enter(unknown);
  throw refuse({ path, requirement: null, value, known: Object.keys(shape.properties ?? {}) });
}

/** Puts what a schema says about its value into words. */
export function describeSchema(schema: Pick<DocumentSchema, "toJSONSchema">): SchemaWords {
  const shape = shapeOf(schema);
  return {
    requirement: requirementOf(shape),
    choices: shape.enum as (string | number)[] | undefined ?? null,
    default: shape.default,
    description: shape.description ?? "",
  };
}

function shapeOf(schema: Pick<DocumentSchema, "toJSONSchema">): Shape {
  return schema.toJSONSchema({ io: "input", unrepresentable: "any" }) as Shape;
}

function requirementOf(shape: Shape): string {
  if (shape.requirement !== undefined) return shape.requirement;
  const kinds = [shape.type].flat();
  const options = shape.anyOf ?? (kinds.length > 1 ? kinds.map((type) => ({ type })) : null);
  if (options !== null) {
    const given = options.filter(({ type }) => type !== "null");
    const words = given.map((option) => requirementOf(option as Shape)).join(" or ");
    return given.length < options.length ? `${words}, or null` : words;
  }
  const choices = shape.enum ?? (shape.const === undefined ? null : [shape.const]);
  if (choices !== null) return `one of ${choices.join(", ")}`;
  if (shape.type === "number") return describeNumber("a number", shape);
  if (shape.type === "integer") return describeNumber("an integer", shape);
  const words = { string: "text", boolean: "true or false", array: "a list", object: "an object" };
  return words[shape.type as keyof typeof words] ?? "given";
}

function describeNumber(kind: string, shape: Shape): string {
  // The bound of every integer says nothing to a reader.
  const said = (limit: number | undefined): number | undefined =>
    Math.abs(limit ?? 0) === Number.MAX_SAFE_INTEGER ? undefined : limit;
  const least = said(shape.minimum), most = said(shape.maximum);
  if (least !== undefined && most !== undefined) return `${kind} from ${least} to ${most}`;
  const limits = [
    ["above", shape.exclusiveMinimum],
    ["from", least],
    ["below", shape.exclusiveMaximum],
    ["at most", most],
  ];
  const words = limits.flatMap(([word, limit]) => limit === undefined ? [] : [`${word} ${limit}`]);
  return words.length === 0 ? kind : `${kind} ${words.join(" and ")}`;
}
