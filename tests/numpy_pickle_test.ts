import assert from "node:assert/strict";
import { numpyArrayOf } from "@/numpy_pickle.ts";
import { entriesOf, itemsOf, type PickleObject, type PickleValue } from "@/pickle_data.ts";
import { readPickle } from "@/pickle_values.ts";
import { adevalPickles, bytesOf } from "./helpers_saved.ts";

const source = "a.pkl: map";

function objectOf(
  name: string,
  args: readonly PickleValue[],
  state?: PickleValue,
): PickleObject {
  return { kind: "object", name, args, state, entries: new Map() };
}

const typeOf = (kind: string, order: string): PickleObject =>
  objectOf("numpy.dtype", [kind, false, true], [3, order, null, null, null, -1, -1, 0]);

const scalarOf = (type: PickleValue, bytes: PickleValue): PickleObject =>
  objectOf("numpy.core.multiarray.scalar", [type, bytes]);

const arrayOf = (...state: PickleValue[]): PickleObject =>
  objectOf("numpy.core.multiarray._reconstruct", [[0]], [1, ...state]);

function assertRefused(value: PickleValue, fault: string): void {
  assert.throws(() => numpyArrayOf(value, { source }), {
    name: "SyntaxError",
    message: `Cannot read "${source}": ${fault}`,
  });
}

Deno.test("numpyArrayOf() reads what NumPy 1 and 2 pickled in every protocol", () => {
  for (const [name, base64] of Object.entries(adevalPickles)) {
    const entries = entriesOf(readPickle(bytesOf(base64), { source }))!;
    const [first, second] = [...entries.values()].map((entry) => itemsOf(entry)!);
    const map = numpyArrayOf(first![0], { source });
    assert.deepEqual(map, { shape: [2, 3], data: Float32Array.of(0.5, -1, 2, 3, 4, 5) }, name);
    const byColumns = numpyArrayOf(second![0], { source });
    assert.deepEqual(byColumns, { shape: [2, 3], data: Float32Array.of(1, -2, 4, 6, 8, 10) }, name);
    const score = numpyArrayOf(second![1], { source });
    assert.deepEqual(score, { shape: [], data: Float32Array.of(0.1) }, name);
  }
});

Deno.test("numpyArrayOf() reads numbers and booleans of other types", () => {
  const numbers: [string, string, number[], number][] = [
    ["f8", "<", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5],
    ["i8", "<", [7, 0, 0, 0, 0, 0, 0, 0], 7],
    ["i2", ">", [1, 0], 256],
    ["b1", "|", [1], 1],
  ];
  for (const [kind, order, bytes, number] of numbers) {
    const array = numpyArrayOf(scalarOf(typeOf(kind, order), Uint8Array.from(bytes)), { source });
    assert.deepEqual([array!.shape, ...array!.data], [[], number], kind);
  }
});

Deno.test("numpyArrayOf() leaves everything else alone", () => {
  const others: (PickleValue | undefined)[] = [
    null,
    undefined,
    1.5,
    [1, 2],
    new Map(),
    Uint8Array.of(1),
    { kind: "name", name: "numpy.ndarray" },
    objectOf("collections.OrderedDict", []),
  ];
  for (const value of others) assert.equal(numpyArrayOf(value, { source }), null);
});

Deno.test("numpyArrayOf() refuses values that are no numbers", () => {
  const must = "its values must be numbers or booleans, got type";
  assertRefused(scalarOf(typeOf("O8", "|"), new Uint8Array(8)), `${must} |O8`);
  assertRefused(scalarOf(typeOf("U4", "<"), new Uint8Array(16)), `${must} <U4`);
  assertRefused(scalarOf(typeOf("c8", "<"), new Uint8Array(8)), `${must} <c8`);
  assertRefused(scalarOf("f4", new Uint8Array(4)), `${must} the text "f4"`);
  assertRefused(arrayOf(), `${must} nothing`);
  assertRefused(objectOf("numpy.core.multiarray._reconstruct", [[0]]), `${must} nothing`);
});

Deno.test("numpyArrayOf() refuses arrays whose parts do not fit", () => {
  const type = typeOf("f4", "<");
  const must = "it must have a shape and bytes, got";
  assertRefused(
    arrayOf([2, -1], type, false, new Uint8Array(8)),
    `${must} a list of 2 and 8 bytes`,
  );
  assertRefused(
    arrayOf([2, "3"], type, false, new Uint8Array(8)),
    `${must} a list of 2 and 8 bytes`,
  );
  assertRefused(arrayOf(null, type, false, new Uint8Array(8)), `${must} None and 8 bytes`);
  assertRefused(arrayOf([2], type, false, [1, 2]), `${must} a list of 1 and a list of 2`);
  const coded = (text: PickleValue, name: PickleValue) => objectOf("_codecs.encode", [text, name]);
  for (const bytes of [coded("\u0100", "latin1"), coded("abcd", "utf-8"), coded(1, "latin1")]) {
    assertRefused(arrayOf([1], type, false, bytes), `${must} a list of 1 and "_codecs.encode"`);
  }
  assertRefused(
    arrayOf([2, 3], type, false, new Uint8Array(20)),
    "it must have 24 bytes for shape [2, 3] and type <f4, got 20",
  );
  assertRefused(
    arrayOf([2 ** 40, 2 ** 40], type, false, new Uint8Array(8)),
    "it must have 4.835703278458517e+24 bytes for shape [1099511627776, 1099511627776] and type " +
      "<f4, got 8",
  );
});
