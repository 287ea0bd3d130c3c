import assert from "node:assert/strict";
import { z } from "zod";
import { checkDocument, describeSchema, type Misfit } from "@/files/document_schema.ts";

const words = (schema: z.ZodType): string => describeSchema(schema).requirement;

Deno.test("describeSchema() says the bounds of a number", () => {
  const cases: [z.ZodType, string][] = [
    [z.number(), "a number"],
    [z.int(), "an integer"],
    [z.int().min(1), "an integer from 1"],
    [z.int().min(2).max(9), "an integer from 2 to 9"],
    [z.number().min(-1).max(1), "a number from -1 to 1"],
    [z.number().gt(0), "a number above 0"],
    [z.number().gt(0).lte(1), "a number above 0 and at most 1"],
    [z.number().gt(0).lt(1), "a number above 0 and below 1"],
    [z.number().max(3), "a number at most 3"],
  ];
  for (const [schema, expected] of cases) assert.equal(words(schema), expected);
});

Deno.test("describeSchema() says kinds, choices and alternatives", () => {
  const cases: [z.ZodType, string][] = [
    [z.string().min(1), "text"],
    [z.boolean(), "true or false"],
    [z.boolean().nullable(), "true or false, or null"],
    [z.array(z.string()), "a list"],
    [z.object({ a: z.string() }), "an object"],
    [z.unknown(), "given"],
    [z.enum(["a", "b"]), "one of a, b"],
    [z.literal([1, 3]), "one of 1, 3"],
    [z.union([z.literal(0), z.int().min(100)]), "one of 0 or an integer from 100"],
    [z.string().nullable().default(null), "text, or null"],
    [z.union([z.string(), z.boolean()]).nullable(), "text or true or false, or null"],
  ];
  for (const [schema, expected] of cases) assert.equal(words(schema), expected);
});

Deno.test("describeSchema() takes words of the schema's own, also inside others", () => {
  const odd = z.int().refine((value) => value % 2 === 1).meta({ requirement: "odd" });
  assert.equal(words(odd), "odd");
  assert.equal(words(odd.nullable().default(null).describe("A number.")), "odd, or null");
  assert.equal(words(z.union([odd, z.string()])), "odd or text");
});

Deno.test("describeSchema() says default, choices and purpose, or that there are none", () => {
  const described = z.enum(["a", "b"]).default("b").describe("Which.");
  assert.deepEqual(describeSchema(described), {
    requirement: "one of a, b",
    choices: ["a", "b"],
    default: "b",
    description: "Which.",
  });
  assert.deepEqual(describeSchema(z.boolean()), {
    requirement: "true or false",
    choices: null,
    default: undefined,
    description: "",
  });
});

/** Where and why a document does not fit. */
function misfitOf(document: unknown, schema: z.ZodType): Misfit {
  let found: Misfit | undefined;
  const refuse = (misfit: Misfit): Error => {
    found = misfit;
    return new RangeError("refused");
  };
  assert.throws(() => checkDocument(document, { schema, refuse }), { message: "refused" });
  return found!;
}

const schema = z.strictObject({
  name: z.string(),
  sizes: z.array(z.object({ rows: z.int().min(1) })),
  range: z.tuple([z.number(), z.number()]).meta({ requirement: "two numbers" }).optional(),
});
const sound = { name: "a", sizes: [{ rows: 2 }] };

Deno.test("checkDocument() gives what the schema makes of a document that fits", () => {
  const refuse = (): Error => new Error("refused");
  assert.deepEqual(checkDocument(sound, { schema, refuse }), sound);
  const usual = z.object({ a: z.int().default(3) });
  assert.deepEqual(checkDocument({ b: 1 }, { schema: usual, refuse }), { a: 3 });
});

Deno.test("checkDocument() says where a document does not fit, what must hold and what came", () => {
  const cases: [unknown, Omit<Misfit, "known">][] = [
    [[], { path: [], requirement: "an object", value: [] }],
    [{ sizes: [] }, { path: ["name"], requirement: "text", value: undefined }],
    [{ ...sound, sizes: {} }, { path: ["sizes"], requirement: "a list", value: {} }],
    [
      { ...sound, sizes: [{ rows: 1 }, { rows: 0 }] },
      { path: ["sizes", 1, "rows"], requirement: "an integer from 1", value: 0 },
    ],
    // What a schema says in its own words holds for the whole.
    [{ ...sound, range: [1, "2"] }, {
      path: ["range"],
      requirement: "two numbers",
      value: [1, "2"],
    }],
  ];
  for (const [document, expected] of cases) {
    assert.deepEqual(misfitOf(document, schema), { ...expected, known: [] });
  }
});

Deno.test("checkDocument() names an unknown key before one that is missing", () => {
  const known = ["name", "sizes", "range"];
  assert.deepEqual(misfitOf({ nmae: "a", sizes: [] }, schema), {
    path: ["nmae"],
    requirement: null,
    value: "a",
    known,
  });
});
